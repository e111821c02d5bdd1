# SPDX-License-Identifier: AGPL-3.0-or-later
"""A damaged database is found by `pratu store verify`, and whatever reads it ends with one line at
worst: never a crash without it, never a hang."""

import os
import random
import shutil
import subprocess
import time

import pytest

from bare_server import BareServer
from harness import run, wait_for

PAGE = 4096
SECONDS = 30
DAMAGED, LAST_CODE = 5, 7  # src/base/exit_codes.def
COMMANDS = (("store", "verify"), ("audit", "verify"), ("client", "list"))


@pytest.fixture(scope="module")
def server():
    site = BareServer().init().start()
    for _ in range(200):
        assert site.write()[1]
    for n in range(20):
        site.add_client(client_name="client %d" % n)
    site.stop()
    site.pristine = (site.data / "data.mdb").read_bytes()
    yield site
    site.remove()


def put_back(site, contents=None):
    shutil.rmtree(site.data)
    site.data.mkdir(mode=0o700)
    (site.data / "data.mdb").write_bytes(contents or site.pristine)
    (site.data / "data.mdb").chmod(0o600)


def damage(pristine, chance):
    """One of the ways in which disks go wrong: a bit, some bytes, a sector of zeros or of another
    place, a page of zeros, two pages exchanged, an older page."""
    contents = bytearray(pristine)
    way = chance.choice(["bit", "bytes", "sector", "zeros", "foreign", "exchange"])
    pages = len(contents) // PAGE
    at = chance.randrange(2, pages) * PAGE
    if way == "bit":
        contents[at + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
    elif way == "bytes":
        begin = at + chance.randrange(PAGE - 64)
        contents[begin:begin + 64] = chance.randbytes(64)
    elif way == "sector":
        begin = at + 512 * chance.randrange(8)
        contents[begin:begin + 512] = bytes(512)
    elif way == "zeros":
        contents[at:at + PAGE] = bytes(PAGE)
    elif way == "foreign":
        contents[at:at + PAGE] = chance.randbytes(PAGE)
    else:
        other = chance.randrange(2, pages) * PAGE
        contents[at:at + PAGE], contents[other:other + PAGE] = (
            contents[other:other + PAGE], contents[at:at + PAGE])
    return way, bytes(contents)


def ends_well(done):
    """Not by a signal, and with a line where it failed."""
    return 0 <= done.returncode <= LAST_CODE and (done.returncode == 0 or done.stderr.strip())


def serves_or_says(site):
    """Begins and is asked a little, or ends with its line. What its end was; None: it ran."""
    before = len(site.log_text())
    site.start(wait=False)
    wait_for(lambda: site.process.poll() is not None or site.status("/oauth2/jwks") == 200, SECONDS)
    for _ in range(3):
        if site.process.poll() is None:
            site.write()
    ended = site.process.poll()
    if ended is None:
        assert site.stop() in (0, DAMAGED), site.log_text()[before:][-2000:]
        return None
    assert ended >= 0 and site.log_text()[before:].strip(), (ended, site.log_text()[-2000:])
    return ended


@pytest.mark.fault("copies of the database with a bit, bytes, sectors or pages changed",
                   "a command or the server that meets it ends with one line, or serves; nothing hangs")
def test_damaged_copies(server, scale, observed):
    chance = random.Random(12)
    seen = {"noticed": 0, "served": 0, "ended": 0}
    copies = scale(short=25, full=400)
    for n in range(copies):
        way, contents = damage(server.pristine, chance)
        put_back(server, contents)
        for command in COMMANDS:
            done = server.pratu(*command, timeout=SECONDS)
            assert ends_well(done), (n, way, command, done.returncode, done.stderr[-600:])
            if command[0] == "store":
                seen["noticed"] += done.returncode != 0
        if scale(short=n % 5 == 0, full=True):
            seen["ended" if serves_or_says(server) is not None else "served"] += 1
    assert seen["noticed"] > copies // 4, seen
    observed("%d copies: %d noticed by store verify, %d served, %d ended with one line"
             % (copies, seen["noticed"], seen["served"], seen["ended"]))


@pytest.mark.fault("one byte of one stored record is changed", "that request fails alone; the record is named, metric and log line")
def test_one_record(server, observed):
    client = server.add_client
    put_back(server)
    victim = client(client_name="THE-ONE-THAT-IS-DAMAGED")
    file = server.data / "data.mdb"
    file.write_bytes(file.read_bytes().replace(b"THE-ONE-THAT-IS-DAMAGED", b"THE-ONE-THAT-IS-DAMAGEd"))
    done = server.pratu("store", "verify")
    name = victim["client_id"].encode().hex()
    assert done.returncode == 1 and "table client, key %s: its checksum is wrong" % name in done.stderr
    server.start()
    try:
        good, server.client = server.client, victim
        assert server.write()[0] in (500, 503)
        server.client = good
        assert server.write()[0] == 200
        assert server.metric("pratu_store_damaged_records_total") >= 1
        # The copies of the test before are in the same log.
        wait_for(lambda: [e for e in server.events("store_damaged") if (e["table"], e["key"]) == ("client", name)], 10)
    finally:
        server.client = good
        server.stop()
        put_back(server)
    observed("store verify names table and key; 1 request failed, the next was answered")


def test_a_whole_database_has_no_faults(server):
    put_back(server)
    done = server.pratu("store", "verify")
    assert done.returncode == 0 and " 0 faults" in done.stdout, done.stderr
    assert " 0 of them without a checksum" in done.stdout


@pytest.mark.fault("the database is on a read-only mount", "store verify, audit verify and backup work there")
def test_read_only_mount(server, tmp_path, observed):
    put_back(server)
    if os.geteuid() != 0:
        pytest.skip("directories can be mounted by root only")
    subprocess.run(["mount", "--bind", server.data, server.data], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", server.data], check=True)
        for command in [*COMMANDS, ("backup", tmp_path / "copy")]:
            done = server.pratu(*command)
            assert done.returncode == 0, (command, done.stderr)
    finally:
        subprocess.run(["umount", server.data], check=True)
    assert sorted(p.name for p in server.data.iterdir()) == ["data.mdb"]
    observed("all of them done, nothing written")
