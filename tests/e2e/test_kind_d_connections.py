# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind D: one address without a proxy cannot hold all connections, and a head must arrive soon.

Before: 10,000 connections of one address were allowed, each for as long as two idle times.
"""

import socket
from urllib.parse import urlsplit

from harness import wait_for

LIMIT = 200  # server.connections_per_ip
ASK = b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


def connect(demo, source):
    parts = urlsplit(demo.issuer)
    return socket.create_connection((parts.hostname, parts.port), timeout=30,
                                    source_address=(source, 0))


def served(demo, source):
    """Whether a new connection from this address gets an answer."""
    with connect(demo, source) as s:
        try:
            s.sendall(ASK % urlsplit(demo.issuer).netloc.encode())
            return s.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False


def closed(s):
    """Has the server closed it? Nothing is asked, so nothing else can come."""
    s.setblocking(False)
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_one_address_cannot_hold_all_connections(demo):
    held = [connect(demo, "127.0.0.3") for _ in range(LIMIT + 50)]
    wait_for(lambda: sum(map(closed, held)) >= 50, what="refusal of what is over the limit")
    assert not served(demo, "127.0.0.3")
    assert served(demo, "127.0.0.4")
    # They said nothing: after ten seconds they are gone, and the address may come again.
    wait_for(lambda: all(map(closed, held)), seconds=60, what="the end of silent connections")
    assert served(demo, "127.0.0.3")
    for s in held:
        s.close()


def test_a_head_that_drips_is_cut(demo):
    heads = [connect(demo, "127.0.0.5") for _ in range(20)]
    for s in heads:
        s.sendall(b"GET / HTTP/1.1\r\n")

    def drip():
        for s in heads:
            try:
                s.setblocking(True)
                s.sendall(b"X")
            except OSError:
                pass
        return all(map(closed, heads))

    wait_for(drip, seconds=60, what="the end of dripping heads")
    assert served(demo, "127.0.0.5")
    for s in heads:
        s.close()
