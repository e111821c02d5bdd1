# SPDX-License-Identifier: AGPL-3.0-or-later
"""R16: request bodies that never end have a bound, and their memory goes back to the system. On b4adb63 10,000
of them took 726 MB, which stayed with the process when all were gone."""

import resource
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from harness import Demo, wait_for
from password_site import PasswordSite

KEPT = 24  # MB above the start: pools, arenas of threads, caches
BOUND = 128  # MB, server.bodies
CONNECTION = 40  # kB of a connection and its request, but for the body
HEAD = "POST /oauth2/token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
HOLDER = "127.0.1.10"  # the first address of Senders
PER_ADDRESS = 190  # server.connections_per_ip is 200


@pytest.fixture(scope="module")
def demo():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    running = Demo.start()
    yield running
    running.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def anonymous(demo):
    """Megabytes of anonymous memory of the server."""
    status = Path("/proc/%d/status" % demo.info["pids"]["pratu"]).read_text(encoding="ascii")
    return next(int(x.split()[1]) for x in status.splitlines() if x.startswith("RssAnon")) // 1024


def metric(demo, name):
    text = requests.get(demo.management + "/metrics", timeout=20).text
    return sum(float(x.rsplit(" ", 1)[1]) for x in text.splitlines() if x.startswith(name))


class Senders:
    """Clients that announce a body and send most of it."""

    def __init__(self, demo, n, size):
        parts = urlsplit(demo.issuer)
        head = (HEAD % (parts.netloc, size)).encode()
        self.sockets = []
        for i in range(n):
            source = "127.0.%d.%d" % (1 + i // PER_ADDRESS // 200, 10 + i // PER_ADDRESS % 200)
            s = socket.create_connection((parts.hostname, parts.port), timeout=30, source_address=(source, 0))
            s.sendall(head + b"x" * (size - 100))
            self.sockets.append(s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.sockets:
            s.close()


@pytest.mark.parametrize("size", [30000, 64000])
@pytest.mark.fault("10,000 clients each send most of a body of 30 kB (64 kB) and stop",
                   "at most `server.bodies` is held, others get 503, and the memory goes back when they have gone")
def test_half_sent_bodies(demo, scale, observed, size):
    n = scale(short=1500, full=9000 if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 24000 else 9900)
    before = anonymous(demo)
    with Senders(demo, n, size):
        wait_for(lambda: metric(demo, "pratu_http_connections ") >= n, what="all connections")
        peak = anonymous(demo)
        assert peak <= before + BOUND + KEPT + n * CONNECTION // 1024
        # Another client's request of the same size is not turned away.
        answer = requests.post(demo.issuer + "/oauth2/token", data={"grant_type": "x" * 20000}, timeout=20)
        assert answer.status_code in (400, 401), answer.text
    wait_for(lambda: metric(demo, "pratu_http_connections ") < 10, what="the end of all connections")
    wait_for(lambda: anonymous(demo) <= before + KEPT, seconds=60, what="memory that goes back")
    observed("%d bodies: %d MB, then %d MB, after all closed %d MB" % (n, before, peak, anonymous(demo)))


def post(site, source, size):
    """Status and head of the answer to a whole request of that size."""
    parts = urlsplit(site.issuer)
    with socket.create_connection((parts.hostname, parts.port), timeout=30, source_address=(source, 0)) as s:
        s.sendall((HEAD % (parts.netloc, size)).encode() + b"x" * size)
        head = s.recv(4096).decode()
    return int(head.split()[1]), head


@pytest.mark.fault("one client holds as much memory for bodies as it can get",
                   "its next request fails alone with 503 and Retry-After; another client finds room")
def test_over_the_bound(observed):
    site = PasswordSite.start(change=lambda tree, made: tree["server"].update(bodies="16M"))
    try:
        with Senders(site, 15, 65000):  # 15 of 64 KiB: a seventeenth of all
            wait_for(lambda: metric(site, "pratu_http_body_bytes ") >= 15 * 65000, what="the bodies")
            status, head = post(site, HOLDER, 65000)
            assert status == 503 and "Retry-After: " in head, head
            assert post(site, HOLDER, 1000)[0] in (400, 401)
            assert post(site, "127.0.0.77", 65000)[0] in (400, 401)
            assert metric(site, "pratu_http_bodies_rejected_total ") == 1
        wait_for(lambda: metric(site, "pratu_http_body_bytes ") == 0, what="the end of all bodies")
        assert post(site, HOLDER, 65000)[0] in (400, 401)
        observed("16 MB allowed: one client held 15 bodies of 64 kB, its next got 503, another client none")
    finally:
        site.stop()
