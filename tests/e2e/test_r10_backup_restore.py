# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backup, restore and init are interrupted at each step: what is left is nothing, or a whole one; the
next try succeeds and leaves nothing behind."""

import errno
import os
import re
import shutil
import signal

import pytest

from binaries import built
from plain_site import PlainSite


@pytest.fixture(scope="module")
def site():
    with PlainSite() as made:
        made.fill()
        rows = "".join("%06d,สำนักงาน %d,\n" % (n, n) for n in range(100000, 100300))
        made.good("import", "offices", made.file("many.csv", "code,name_th,parent\n" + rows))
        made.good("backup", made.home / "copy")
        yield made


def interrupted(site, below, at, command, half=False, fail=None):
    env = {**os.environ, "LD_PRELOAD": str(built("tests/e2e/interrupted.so")),
           "PRATU_INTERRUPT_BELOW": str(below), "PRATU_INTERRUPT_AT": str(at)}
    if half:
        env["PRATU_INTERRUPT_HALF"] = "1"
    if fail:
        env["PRATU_INTERRUPT_FAIL"] = str(fail)
    return site.run(*command, env=env)


def every_step(site, below, command, check, **how):
    """Kills the command before its first changing call, its second ... until it ends by itself."""
    for at in range(1, 400):
        done = interrupted(site, below, at, command, **how)
        check(done)
        if done.returncode != -signal.SIGKILL and not how.get("fail") or done.returncode == 0:
            return at - 1
        shutil.rmtree(below, ignore_errors=True)
    raise AssertionError("it does not end")


def is_whole(site, directory):
    """The backup in the directory can be restored, and is all there."""
    aside = site.data.rename(site.home / "aside")
    try:
        site.good("restore", directory)
        whole = "102" in site.good("office", "list", "--limit", "1000") and \
            "machine" in site.good("client", "list")
        assert whole and "0 faults" in site.good("audit", "verify")
    finally:
        shutil.rmtree(site.data)
        aside.rename(site.data)


@pytest.mark.fault("a backup is killed at each of its writes, half of a write, and fails at each",
                   "there is no backup, or a whole one; the next try succeeds")
@pytest.mark.parametrize("how", [{}, {"half": True}, {"fail": errno.ENOSPC}], ids=["killed", "half", "full"])
def test_backup(site, how, observed):
    into = site.home / "into"

    def check(done):
        if (into / "data.mdb").exists():
            if done.returncode != 0:  # killed between the name and the end
                is_whole(site, into)
            assert not list(into.glob("*.part"))
        else:
            assert done.returncode != 0, done
            again = site.run("backup", into)
            assert again.returncode == 0, again
            assert sorted(p.name for p in into.iterdir()) == ["data.mdb"]
        if how.get("fail") and done.returncode:
            assert done.returncode == 1, done

    steps = every_step(site, into, ["backup", into], check, **how)
    is_whole(site, into)
    shutil.rmtree(into)
    assert steps >= 5
    observed("%d steps" % steps)


def version_base(path):
    """The base of versions that the file holds: the highest, as pages of before stay in it."""
    found = re.findall(rb"version-base(\d+)", path.read_bytes())
    return max(map(int, found), default=0)


@pytest.mark.fault("a restore is killed at each of its writes, and half of a write",
                   "there is no database, or a whole one with its versions raised; the next try succeeds")
@pytest.mark.parametrize("how", [{}, {"half": True}], ids=["killed", "half"])
def test_restore(site, how, observed):
    aside = site.data.rename(site.home / "aside")
    want = version_base(site.home / "copy" / "data.mdb")

    def check(done):
        data = site.data / "data.mdb"
        if data.exists():
            assert version_base(data) > want
            assert "machine" in site.good("client", "list")
            assert not list(site.data.glob("*.part"))
        else:
            assert site.run("client", "list").returncode == 4
            again = site.run("restore", site.home / "copy")
            assert again.returncode == 0 and not list(site.data.glob("*.part")), again

    try:
        steps = every_step(site, site.data, ["restore", site.home / "copy"], check, **how)
        assert "machine" in site.good("client", "list")
    finally:
        shutil.rmtree(site.data, ignore_errors=True)
        aside.rename(site.data)
    assert steps >= 5
    observed("%d steps" % steps)


@pytest.mark.fault("init is killed at each of its writes", "the next init succeeds, with a whole key and configuration")
def test_init(site, scale, observed):
    fresh = site.home / "fresh"
    command = ["init", "--dir", fresh, "--issuer", "http://localhost:1"]

    def run(*args, **options):
        return site.run(*args, config=False, **options)

    steps = 0
    for at in range(1, 400, scale(short=12, full=1)):
        env = {**os.environ, "LD_PRELOAD": str(built("tests/e2e/interrupted.so")),
               "PRATU_INTERRUPT_BELOW": str(fresh), "PRATU_INTERRUPT_AT": str(at)}
        done = run(*command, env=env)
        if done.returncode == 0:
            break
        steps += 1
        again = run(*command)
        assert again.returncode == 0, (at, again)
        assert not list(fresh.rglob("*.part"))
        listed = run("client", "list", "--config", fresh / "pratu.yaml")
        assert listed.returncode == 0, listed
        shutil.rmtree(fresh)
    assert steps
    observed("%d steps" % steps)


def test_two_at_once(site):
    """The second one is refused, and the first one is not harmed."""
    import fcntl

    into = site.home / "into"
    into.mkdir(mode=0o700)
    with open(into / "data.mdb.part", "w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = site.run("backup", into)
        assert done.returncode == 1 and "another backup" in done.stderr, done
    site.good("backup", into)
    assert sorted(p.name for p in into.iterdir()) == ["data.mdb"]
    shutil.rmtree(into)


def test_a_slip_is_whole(site):
    """What is printed for a person: no slip without a secret, no half of one."""
    slip = site.home / "slip.html"
    done = interrupted(site, slip, 2, ["account", "issue-secret", "somchai", "--slip", slip], fail=errno.ENOSPC)
    assert done.returncode == 1 and not slip.exists(), done
    done = site.run("account", "issue-secret", "somchai", "--slip", slip)
    assert done.returncode == 0 and slip.stat().st_mode & 0o777 == 0o600, done
    assert "</html>" in slip.read_text(encoding="utf-8") and not list(site.home.glob("*.part"))
