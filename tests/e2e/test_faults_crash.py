# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was answered is on disk, whatever ends the server: kill -9 under load, a power cut at any write, a clock that jumps."""

import random
import shutil
import signal
import struct
import tempfile
import time
from pathlib import Path

import pytest

from bare_server import BareServer, lost
from binaries import built
from clock import Clock

ENTRY = struct.Struct("=QQQ")
SECTOR = 512


@pytest.fixture
def server():
    made = BareServer().init()
    yield made
    made.remove()


def kill(server):
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def check_trail(server):
    done = server.pratu("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.fault("kill -9 under a mixed load of token requests and introspections, again and again in one database",
                   "what was answered is there, the audit trail is whole, the next start needs no help")
def test_killed_under_load(server, scale, observed):
    rounds, answers, slowest, dice = scale(short=4, full=200), 0, 0, random.Random(9)
    for _ in range(rounds):
        begin = time.monotonic()
        server.start()
        slowest = max(slowest, time.monotonic() - begin)
        with server.load(threads=4) as load:
            time.sleep(dice.uniform(0.02, 0.6))
            kill(server)
        server.start()
        answers += len(load.tokens)
        assert not lost(server, load.tokens)
        kill(server)
    check_trail(server)
    assert answers > rounds
    observed("%d kills, %d answered writes, none lost; slowest start %.1f s" % (2 * rounds, answers, slowest))


# ---- power cuts ----


def entries(path):
    """(end, kind, offset, bytes) of everything that was written."""
    data, at, found = path.read_bytes(), 0, []
    while at + ENTRY.size <= len(data):
        kind, offset, n = ENTRY.unpack_from(data, at)
        at += ENTRY.size + n
        found.append((at, chr(kind), offset, data[at - n:at]))
    return found


def put(image, offset, part):
    if len(image) < offset + len(part):
        image.extend(bytes(offset + len(part) - len(image)))
    image[offset:offset + len(part)] = part


def image_at(base, log, cut, dice):
    """The file after a power cut behind entry number cut: what was durable, and any sectors of the rest."""
    image = bytearray(base)
    durable = max([i for i in range(cut) if log[i][1] == "S"], default=-1)
    for i in range(cut):
        _, kind, offset, part = log[i]
        if kind == "D" or i < durable:
            put(image, offset, part)
            continue
        for at in range(0, len(part), SECTOR):
            if dice.random() < 0.5:
                put(image, offset + at, part[at:at + SECTOR])
    return bytes(image)


@pytest.mark.fault("the power is cut at any write: of what was not yet durable, any sectors are on disk",
                   "what was answered is there, the audit trail is whole")
def test_power_cuts(scale, observed):
    home, dice, cuts = Path(tempfile.mkdtemp(prefix="pratu-power-")), random.Random(18), scale(short=6, full=100)
    record = home / "record"
    server = BareServer(env={"LD_PRELOAD": str(built("tests/e2e/recorded_disk.so"))}).init()
    try:
        base = (server.data / "data.mdb").read_bytes()
        server.start(PRATU_RECORDED_DISK=str(record))
        acknowledged = []
        for _ in range(scale(short=60, full=600)):
            status, token = server.write()
            assert status == 200
            acknowledged.append((record.stat().st_size, token))
        kill(server)
        log = entries(record)
        assert sum(kind == "D" for _, kind, _, _ in log) >= len(acknowledged) // 2
        checked = 0
        for _ in range(cuts):
            cut = dice.randrange(1, len(log) + 1)
            (server.data / "data.mdb").write_bytes(image_at(base, log, cut, dice))
            (server.data / "lock.mdb").unlink(missing_ok=True)
            server.start()
            due = [token for size, token in acknowledged if size <= log[cut - 1][0]]
            assert not lost(server, due), "cut behind entry %d of %d" % (cut, len(log))
            checked += len(due)
            kill(server)
            check_trail(server)
        observed("%d cuts among %d writes, %d answers looked for, none lost" % (cuts, len(log), checked))
    finally:
        server.remove()
        shutil.rmtree(home, ignore_errors=True)


# ---- the clock ----


@pytest.mark.fault("the clock jumps: an hour, a day, a year ahead, and back", "the server goes on; what expired is refused, what is made now is good")
def test_clock_jumps(observed):
    home = Path(tempfile.mkdtemp(prefix="pratu-clock-"))
    clock = Clock(home / "clock")
    server = BareServer(env=clock.env).init().start()
    try:
        first = server.write()[1]
        for seconds in (3600, 86400, 365 * 86400, -365 * 86400, -86400, -3600, -3600):
            clock.forward(seconds)
            status, token = server.write()
            assert status == 200 and server.read(token) == (200, True), seconds
            assert server.status("/oauth2/jwks") == 200 and server.process.poll() is None
            assert clock.ahead() < 3600 or not server.read(first)[1], seconds
        assert server.ready() == 200
        assert server.stop() == 0
        check_trail(server)
        observed("seven jumps, no restart needed")
    finally:
        server.remove()
        shutil.rmtree(home, ignore_errors=True)
