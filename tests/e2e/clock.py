# SPDX-License-Identifier: AGPL-3.0-or-later
"""The wall clock of the programs under test, which a test moves instead of waiting: moved_clock.c,
preloaded. The programs themselves have no such switch."""

import mmap
import struct
import time

import pytest

from binaries import built


class Clock:
    """Only goes forward. env: the environment of a program that lives by this clock."""

    def __init__(self, path):
        path.write_bytes(struct.pack("=q", 0))
        with open(path, "r+b") as file:
            self.moved = mmap.mmap(file.fileno(), 8)
        self.env = {"LD_PRELOAD": str(built("tests/e2e/moved_clock.so")),
                    "PRATU_MOVED_CLOCK": str(path)}

    def ahead(self):
        """Seconds between this clock and the machine's."""
        return struct.unpack("=q", self.moved[:8])[0]

    def forward(self, seconds):
        self.moved[:8] = struct.pack("=q", self.ahead() + seconds)

    def now(self):
        return time.time() + self.ahead()


class MachineClock:
    """That of a demo which was started by hand: tests that move the clock are skipped."""

    env = {}
    now = staticmethod(time.time)

    @staticmethod
    def forward(_):
        pytest.skip("the clock of an attached demo cannot be moved")
