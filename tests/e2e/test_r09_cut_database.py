# SPDX-License-Identifier: AGPL-3.0-or-later
"""A database file that is shorter than it says, at the start or while it is served: one line says so,
and the exit code is 5, after which systemd does not start it again."""

import os
import random
import re
import shutil
from pathlib import Path

import pytest

from binaries import ROOT
from harness import wait_for
from plain_site import PlainSite

DAMAGED = 5


@pytest.fixture(scope="module")
def site():
    with PlainSite() as made:
        made.fill()
        rows = "".join("%06d,สำนักงาน %d,\n" % (n, n) for n in range(100000, 103000))
        made.good("import", "offices", made.file("many.csv", "code,name_th,parent\n" + rows))
        made.good("backup", made.home / "copy")
        yield made


@pytest.fixture(autouse=True)
def whole(site):
    shutil.copyfile(site.home / "copy" / "data.mdb", site.data / "data.mdb")


def last_page(path):
    """The size the file says it has: 4096 bytes a page, the last page of the newer meta page."""
    head = path.read_bytes()[:8192]
    metas = [head[at + 16:at + 16 + 136] for at in (0, 4096)]
    newest = max(metas, key=lambda m: int.from_bytes(m[128:136], "little"))
    return (int.from_bytes(newest[120:128], "little") + 1) * 4096


def says_why(done, command):
    lines = [line for line in done.stderr.splitlines() if line]
    assert done.returncode == DAMAGED, (command, done.returncode, done.stderr)
    assert any("damaged" in line and ("shorter" in line or "nothing is at byte" in line) for line in lines), done.stderr


@pytest.mark.fault("the database file was cut", "every command and the server end with code 5 and say why")
def test_at_the_start(site, scale, observed):
    data = site.data / "data.mdb"
    size = last_page(data)
    assert size <= data.stat().st_size
    sizes = [size - 4096, size // 2, size // 4 * 4096 // 4096, 5 * 4096, 8192]
    for cut in scale(short=sizes[:2] + sizes[-1:], full=sizes + [size - 4096 * n for n in range(2, 40)]):
        for command in (["serve"], ["audit", "verify"], ["client", "list"], ["backup", site.home / "other"],
                        ["keys", "rotate"], ["outbox", "run"], ["store", "info"]):
            os.truncate(data, cut)
            says_why(site.run(*command), (cut, command))
    observed("%d bytes cut to %s: code 5 each" % (size, ", ".join(map(str, sizes))))


@pytest.mark.fault("a backup was cut", "restore ends with code 5 and leaves no database")
def test_half_a_backup(site):
    half = site.home / "half"
    half.mkdir(exist_ok=True)
    shutil.copyfile(site.home / "copy" / "data.mdb", half / "data.mdb")
    os.truncate(half / "data.mdb", last_page(half / "data.mdb") // 2)
    aside = site.data.rename(site.home / "aside")
    try:
        says_why(site.run("restore", half), "restore")
        assert not site.data.exists() or not list(site.data.glob("data.mdb*"))
    finally:
        shutil.rmtree(site.data, ignore_errors=True)
        aside.rename(site.data)


@pytest.mark.fault("the database file is cut while it is served",
                   "the server ends with code 5, its last line says why")
def test_while_it_is_served(site, scale, observed):
    for _ in range(scale(short=1, full=10)):
        shutil.copyfile(site.home / "copy" / "data.mdb", site.data / "data.mdb")
        with site.serve() as server:
            os.truncate(site.data / "data.mdb", 8192)
            wait_for(lambda: asked(site, server) is not None, 60, "its end")
            assert server.returncode == DAMAGED
            last = site.log().splitlines()[-1]
            assert '"event":"fatal"' in last and '"exit":5' in last and "data.mdb" in last, last
    observed(last)


def asked(site, server):
    """The end of the server, after a question that needs the database."""
    try:
        site.get("/oauth2/authorize?client_id=none%d" % random.randrange(10**6))
    except OSError:
        pass
    return server.poll()


def test_the_unit_does_not_start_it_again():
    """The codes of the table that are no use to repeat."""
    page = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8")
    never = re.findall(r"^\| (\d+) \| no \|", page, re.M)
    unit = Path(ROOT / "config/pratu.service").read_text(encoding="utf-8")
    assert re.search(r"^RestartPreventExitStatus=(.*)$", unit, re.M).group(1).split() == never
    assert str(DAMAGED) in never


def test_a_whole_file_may_be_longer_or_end_in_free_pages(site, scale):
    """Nothing is refused that is whole."""
    with open(site.data / "data.mdb", "ab") as file:
        file.write(b"\0" * 40960)
    site.good("client", "list")
    for n in range(scale(short=6, full=30)):
        site.good("import", "offices", site.file("some.csv", "code,name_th,parent\n" + "".join(
            "%06d,%s,\n" % (m, "ก" * (n + 1)) for m in range(100000, 100000 + n * 40))))
        site.good("store", "info")
