# SPDX-License-Identifier: AGPL-3.0-or-later
"""The disk of a server fails, or is slow, while it runs (failing_disk.c)."""

import mmap
import struct

from binaries import built

SEEN, SKIP, FAIL, ERROR, SLOW, FAILED = range(6)


class FailingDisk:
    def __init__(self, path):
        path.write_bytes(bytes(24))
        with open(path, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 24)
        self.env = {"LD_PRELOAD": str(built("tests/e2e/failing_disk.so")), "PRATU_FAILING_DISK": str(path)}

    def get(self, place):
        return struct.unpack_from("=i", self.control, 4 * place)[0]

    def put(self, place, value):
        struct.pack_into("=i", self.control, 4 * place, value)

    def fail(self, error, calls=-1, skip=0):
        """From now on so many calls fail with this errno (-1: all), behind those that are skipped."""
        self.put(FAIL, 0)
        self.put(ERROR, error)
        self.put(SKIP, skip)
        self.put(FAIL, calls)

    def be_slow(self, milliseconds):
        self.put(SLOW, milliseconds)

    def be_well(self):
        for place in (FAIL, SKIP, SLOW):
            self.put(place, 0)
