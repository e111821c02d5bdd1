# SPDX-License-Identifier: AGPL-3.0-or-later
"""Only init and restore make a database: every other command says why there is none, and ends with a
code of its own."""

import os
import shutil

import pytest

from faults import is_full
from plain_site import CLIENT, RECORDS, PlainSite

NO_DATABASE = 4


@pytest.fixture(scope="module")
def site():
    with PlainSite() as made:
        made.fill()
        made.good("backup", made.home / "copy")
        made.good("version")
        yield made


@pytest.fixture(autouse=True)
def whole(site):
    """Each test begins with the whole database."""
    yield
    shutil.rmtree(site.data, ignore_errors=True)
    site.data.mkdir(mode=0o700)
    shutil.copyfile(site.home / "copy" / "data.mdb", site.data / "data.mdb")
    (site.data / "data.mdb").chmod(0o600)


def remove_directory(site):
    shutil.rmtree(site.data)


def empty_directory(site):
    for path in site.data.iterdir():
        path.unlink()


def empty_file(site):
    os.truncate(site.data / "data.mdb", 0)


def interrupted(site):
    empty_directory(site)
    (site.data / "data.mdb.part").write_bytes(b"half")


CASES = {
    "the directory is missing": (remove_directory, "is the volume mounted"),
    "the file is missing": (empty_directory, "is the volume mounted"),
    "the file is empty": (empty_file, "is empty"),
    "a restore was interrupted": (interrupted, "was interrupted"),
}


def commands(site):
    reading = [["client", "list"], ["audit", "verify"], ["backup", site.home / "other"], ["store", "info"]]
    writing = [["serve"], ["import", "people", site.file("people.csv", RECORDS["people"])],
               ["client", "add", "--file", site.file("c.json", {**CLIENT, "client_id": "x"})],
               ["keys", "rotate"], ["outbox", "run"]]
    more = [["person", "list"], ["keys", "list"], ["audit", "list"], ["request", "list"],
            ["outbox", "list"], ["office", "list"]]
    return [*reading, *writing, *(more if is_full() else [])]


def listing(path):
    """The files of the database; serve.lock is of the one server."""
    return sorted(p.name for p in path.iterdir() if p.name != "serve.lock") if path.exists() else None


@pytest.mark.fault("the database is missing when a command or the server is started",
                   "it ends with code 4 and the likely cause, and makes no database")
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.replace(" ", "-"))
def test_no_command_makes_one(site, case, observed):
    break_it, says = CASES[case]
    break_it(site)
    before = listing(site.data)
    for command in commands(site):
        done = site.run(*command)
        assert done.returncode == NO_DATABASE, (command, done)
        assert says in done.stderr, (command, done.stderr)
        assert listing(site.data) == before, (command, listing(site.data))
    observed("%s: %d commands ended with 4, nothing was made" % (case, len(commands(site))))


@pytest.mark.fault("the database belongs to another user", "every command ends with code 4 and the owner's name")
@pytest.mark.parametrize("name", [".", "data.mdb", "lock.mdb", "open.lock"])
def test_of_another_user(site, name, observed):
    if os.getuid() != 0:
        observed("only root can give it away")
        return
    site.good("client", "list")  # makes the lock files
    os.chown(site.data / name, 1, 1)
    for command in (["serve"], ["client", "list"], ["restore", site.home / "copy"]):
        done = site.run(*command)
        assert done.returncode == NO_DATABASE and "belongs to user" in done.stderr, (command, done)


@pytest.mark.fault("others may read or write the files of the database",
                   "every command ends with code 4 and the chmod to run")
@pytest.mark.parametrize("name,mode", [(".", 0o770), (".", 0o777), ("data.mdb", 0o640), ("data.mdb", 0o604),
                                       ("lock.mdb", 0o622), ("open.lock", 0o644)])
def test_loose_modes(site, name, mode):
    site.good("client", "list")
    (site.data / name).chmod(mode)
    for command in (["serve"], ["client", "list"], ["client", "remove", "machine"]):
        done = site.run(*command)
        assert done.returncode == NO_DATABASE and "run chmod " in done.stderr, (command, done)
        assert str(site.data) in done.stderr, done.stderr


@pytest.mark.fault("others may write the configuration, or read a secret", "every command ends with code 3 and the file's name")
@pytest.mark.parametrize("name,mode", [("pratu.yaml", 0o664), ("pratu.yaml", 0o606), ("master.key", 0o640),
                                       ("master.key", 0o604)])
def test_loose_configuration(site, name, mode):
    path = site.home / name
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        for command in (["serve"], ["check-config"], ["client", "list"]):
            done = site.run(*command)
            assert done.returncode == 3, (command, done)
            assert "run chmod" in done.stderr and "pratu.yaml" in done.stderr, done.stderr
    finally:
        path.chmod(before)


def test_init_and_restore_make_one(site):
    empty_directory(site)
    done = site.run("init")
    assert done.returncode == 0 and listing(site.data) == ["data.mdb", "lock.mdb", "open.lock"]
    done = site.run("restore", site.home / "copy")
    assert done.returncode == 1 and "holds a database already" in done.stderr
    remove_directory(site)
    site.good("restore", site.home / "copy")
    assert "machine" in site.good("client", "list")


def test_init_keeps_an_empty_file(site):
    """It may be what is left of a database."""
    empty_file(site)
    assert site.run("init").returncode == NO_DATABASE
    assert (site.data / "data.mdb").stat().st_size == 0


@pytest.mark.fault("another master key, or a database of a newer version", "code 6, which systemd does not start again for")
def test_of_another_key(site):
    key = site.home / "master.key"
    before = key.read_text(encoding="ascii")
    key.write_text(before[::-1], encoding="ascii")
    try:
        done = site.run("serve")
        assert done.returncode == 6 and "master_key_file" in done.stderr, done
        shutil.rmtree(site.data)
        done = site.run("restore", site.home / "copy")
        assert done.returncode == 6 and "master key" in done.stderr, done
    finally:
        key.write_text(before, encoding="ascii")


def test_of_a_newer_version(site):
    data = site.data / "data.mdb"
    text = data.read_bytes()
    assert b"pratu-store-2" in text
    data.write_bytes(text.replace(b"pratu-store-2", b"pratu-store-9"))
    for command in (["serve"], ["client", "list"]):
        done = site.run(*command)
        assert done.returncode == 6, done
        assert "newer version" in done.stderr and "pratu 0." in done.stderr, done.stderr
        assert "master key" not in done.stderr
