# SPDX-License-Identifier: AGPL-3.0-or-later
"""A write of the disk that fails costs the requests that wait for it, and nothing else: reads go on, the
next write is stored, without a restart. On b4adb63 one failed write of the meta page ended the service
for good: 503 to everybody, readers too, and the process stayed."""

import errno
import threading
import time

import pytest

from bare_server import BareServer, lost, until
from failing_disk import FAILED, FailingDisk


@pytest.fixture
def site(tmp_path):
    server = BareServer()
    server.disk = FailingDisk(tmp_path / "disk")
    server.init().start(**server.disk.env)
    yield server
    server.remove()


def check_whole(site, held):
    """Nothing that was answered is lost, also after a restart; the trail is whole."""
    assert not lost(site, held)
    assert site.stop() == 0, site.log_text()[-1000:]
    done = site.pratu("store", "verify")
    assert done.returncode == 0, done.stderr
    site.start()
    assert not lost(site, held)


def fail_one(site, error, n, held):
    """One write of which the call behind n others fails; False: it needed no more than n."""
    before = site.disk.get(FAILED)
    site.disk.fail(error, calls=1, skip=n)
    status, token = site.write()
    site.disk.be_well()
    failed = site.disk.get(FAILED) > before
    assert status == (503 if failed else 200), n
    assert site.read(held[-1]) == (200, True), n
    held.append(token or site.write()[1])
    assert held[-1], (n, site.log_text()[-800:])
    return failed


@pytest.mark.parametrize("name", ["EIO", "ENOSPC"])
@pytest.mark.fault("each call by which a commit reaches the disk fails once, in turn",
                   "that request gets 503; reads go on, the next write is stored, without a restart")
def test_each_call_fails_once(site, name, observed):
    held, calls = [site.write()[1] for _ in range(8)], 0
    # A commit needs as many calls as its pages lie apart: six or seven, the meta page last.
    while any(fail_one(site, getattr(errno, name), calls, held) for _ in range(3)):
        calls += 1
        assert site.ready() == 200 and site.process.poll() is None and calls < 50
    assert calls > 4, calls
    reopened = len(site.events("store_reopened"))
    assert reopened >= 1
    check_whole(site, held)
    observed("%s at each of %d calls: each cost one request; the database was opened again after that of the meta "
             "page, %d times; nothing lost" % (name, calls, reopened))


class Readers:
    """Reads that go on meanwhile; the longest, and those that were not answered."""

    def __init__(self, site, token):
        self.site, self.token, self.over = site, token, False
        self.n, self.longest, self.wrong = 0, 0.0, []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over:
            begin = time.monotonic()
            result = self.site.read(self.token)
            self.longest = max(self.longest, time.monotonic() - begin)
            self.n += 1
            if result != (200, True):
                self.wrong.append(result)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()


@pytest.mark.fault("every write of the disk fails for a time (EIO)",
                   "writes get 503, reads go on; it recovers by itself when the disk is well")
def test_the_disk_fails_for_a_time(site, scale, observed):
    seconds = scale(short=2, full=30)
    held = [site.write()[1] for _ in range(10)]
    with Readers(site, held[0]) as readers:
        site.disk.fail(errno.EIO)
        end, refused = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            assert site.write()[0] == 503
            refused += 1
        site.disk.be_well()
        again = until(lambda: site.write()[0] == 200, 20)
    assert again is not None and site.process.poll() is None, site.log_text()[-2000:]
    assert not readers.wrong and readers.n > 10, (readers.n, readers.wrong[:5])
    # Folded: a line a second and endpoint, not one a request.
    assert len(site.events("request_failed")) <= seconds + 2 < refused
    check_whole(site, held)
    observed("%d s: %d writes refused, %d reads answered, the longest %.2f s; writing again after %.1f s" % (
        seconds, refused, readers.n, readers.longest, again))


@pytest.mark.fault("the disk hangs: each write takes seconds", "reads go on; writes wait, and are stored")
def test_the_disk_hangs(site, scale, observed):
    slow = scale(short=700, full=3000)
    held = [site.write()[1] for _ in range(5)]
    with Readers(site, held[0]) as readers:
        site.disk.be_slow(slow)
        begin = time.monotonic()
        status, token = site.write()
        took = time.monotonic() - begin
        site.disk.be_well()
    assert status == 200 and took > slow / 1000, (status, took)
    assert not readers.wrong and readers.longest < took / 2, (readers.longest, took)
    check_whole(site, [*held, token])
    observed("each call %.1f s: the write was answered after %.1f s, the slowest of %d reads took %.2f s" % (
        slow / 1000, took, readers.n, readers.longest))


@pytest.mark.fault("the disk fails at the start (EIO)", "reads are answered, writes get 503, it recovers by itself")
def test_the_disk_fails_at_the_start(site, observed):
    held = [site.write()[1]]
    site.stop()
    site.disk.fail(errno.EIO)
    site.start(**site.disk.env)
    assert site.read(held[0]) == (200, True) and site.write()[0] == 503
    site.disk.be_well()
    again = until(lambda: site.write()[0] == 200, 20)
    assert again is not None and site.process.poll() is None
    check_whole(site, held)
    observed("started; writing again %.1f s after the disk was well" % again)
