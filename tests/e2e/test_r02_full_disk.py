# SPDX-License-Identifier: AGPL-3.0-or-later
"""On a full disk reads go on, writes get 503, and the server recovers by itself when there is space."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from bare_server import BareServer, lost, until
from faults import is_full

MAKE = {"ext4": (["mkfs.ext4", "-q", "-F", "-m", "0"], 24), "xfs": (["mkfs.xfs", "-q", "-f"], 320),
        "btrfs": (["mkfs.btrfs", "-q", "-f", "-M"], 130), "tmpfs": (None, 12)}
WORKERS = {"default": "", "most": "  workers: 448\n"}


def shell(*args):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True)
    assert done.returncode == 0, (args, done.stderr)


@contextmanager
def mounted(kind):
    """A small file system of this kind, in a file."""
    make, megabytes = MAKE[kind]
    image, place = tempfile.NamedTemporaryFile(suffix="." + kind), tempfile.mkdtemp(prefix="pratu-fs-")
    if make:
        image.truncate(megabytes << 20)
        shell(*make, image.name)
        shell("mount", "-o", "loop", image.name, place)
    else:
        shell("mount", "-t", "tmpfs", "-o", "size=%dm" % megabytes, "none", place)
    try:
        yield Path(place)
    finally:
        shell("umount", place)
        os.rmdir(place)
        image.close()


@cache
def can_mount():
    """Tried, not guessed: a container may have the device and not the right to use it."""
    if os.geteuid() != 0:
        return False
    try:
        with mounted("ext4"):
            return True
    except AssertionError:
        return False


def fill(place):
    """Nothing fits any more; the file that took the space."""
    ballast = place / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def use(server, place, rounds, observed, kind):
    held = [server.write()[1] for _ in range(20)]
    assert all(held)
    ballast = fill(place)
    # What the file has room for is still taken; then it is full.
    assert until(lambda: server.write()[0] == 503, 60) is not None
    reads = [server.read(held[n % 20]) for n in range(rounds)]
    assert set(reads) == {(200, True)}, reads[:5]
    assert server.ready() == 200 and server.process.poll() is None
    refused = [server.write()[0] for _ in range(10)]
    assert set(refused) <= {200, 503} and 503 in refused
    ballast.unlink()
    again = until(lambda: server.write()[0] == 200, 20)
    assert again is not None and server.process.poll() is None, server.log_text()[-2000:]
    assert not lost(server, held)
    observed("%s: %d reads while full, all answered; writes 503; writing again %.1f s after there was space"
             % (kind, rounds, again))


# The short form leaves out what differs least.
CASES = [(kind, workers) for kind in ("ext4", "tmpfs", "xfs") for workers in WORKERS
         if is_full() or (kind != "xfs" and workers != "default")]


@pytest.mark.skipif(not can_mount(), reason="file systems can be mounted by root only")
@pytest.mark.parametrize("kind, workers", CASES)
@pytest.mark.fault("the disk becomes full", "reads go on, writes get 503, it recovers by itself when there is space")
def test_full_disk(kind, workers, scale, observed):
    with mounted(kind) as place:
        server = BareServer(place / "data")
        try:
            server.init()
            if WORKERS[workers]:
                text = server.config.read_text()
                server.config.write_text(text.replace("server:\n", "server:\n" + WORKERS[workers]))
            server.start()
            use(server, place, scale(short=100, full=1000), observed, kind)
        finally:
            server.remove()


@pytest.mark.skipif(not can_mount(), reason="file systems can be mounted by root only")
@pytest.mark.fault("the database is to be on btrfs, where each touch of a page needs a new block",
                   "refused by name, with what to do instead")
def test_btrfs_is_refused(observed):
    with mounted("btrfs") as place:
        server = BareServer(place / "data")
        try:
            done = server.pratu("init", "--data", server.data, "--issuer", "http://localhost:1")
            assert done.returncode and "btrfs" in done.stderr and "ext4" in done.stderr, done.stderr
            observed(done.stderr.splitlines()[0][:200])
        finally:
            server.remove()
