# SPDX-License-Identifier: AGPL-3.0-or-later
"""TCP ports for the servers of tests, each given to one test process at a time.

Several test processes run at once, and a port that is free when it is looked at may be bound by
another one before the server gets there. A process therefore locks a port before it looks: byte N of
one file stands for port N. The lock lasts until the process ends, however it ends.
Thread-safe. The ports are below the range the kernel takes for outgoing connections."""

import errno
import fcntl
import os
import random
import socket
import tempfile
import threading

FIRST, LAST = 20000, 32000
FILE = os.path.join(tempfile.gettempdir(), "pratu-test-ports-%d" % os.getuid())
TRIES = 1000

_guard = threading.Lock()
_mine = set()
_file = None


def _lock(port):
    """True when the port was nobody's; now it is this process's. Locks of one process do not
    exclude each other, so its own are remembered."""
    global _file
    if port in _mine:
        return False
    if _file is None:  # never closed: that would drop every lock
        _file = os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.lockf(_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            raise
        return False
    _mine.add(port)
    return True


def _is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _take(port):
    return _lock(port) and _is_free(port)


def free_port():
    return free_base_port((0,))


def free_base_port(offsets):
    """A number to which all the offsets may be added."""
    for _ in range(TRIES):
        base = random.randrange(FIRST, LAST - max(offsets))
        with _guard:
            if all(_take(base + n) for n in offsets):
                return base
    raise RuntimeError("no free ports between %d and %d" % (FIRST, LAST))
