# SPDX-License-Identifier: AGPL-3.0-or-later
"""The programs under test: those of the build directory PRATU_BUILD, or, while working on tests, of
one that is built here first."""

import fcntl
import functools
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 900
PROGRAMS = ("src/main/pratu", "src/sandbox/pratu-sandbox")


@functools.cache
def build_directory():
    """Sets PRATU_BUILD for what is started from here, so that all of it is of one build."""
    given = os.environ.get("PRATU_BUILD")
    known = [d for d in (ROOT / "build/demo", ROOT / "build/gcc") if (d / "build.ninja").exists()]
    directory = Path(given).resolve() if given else (known + [ROOT / "build/demo"])[0]
    if not given:
        if not known:
            command("meson", "setup", directory)
        for name in PROGRAMS:
            ninja(directory, name)
    os.environ["PRATU_BUILD"] = str(directory)
    return directory


def command(*args):
    done = subprocess.run([str(a) for a in args], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BUILD_SECONDS)
    if done.returncode:
        raise RuntimeError("%s failed:\n%s" % (args[0], done.stdout))


def ninja(directory, name):
    """One process at a time: ninja itself does not mind another one in its directory."""
    with open(directory / "e2e.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command("ninja", "-C", directory, name)


def built(name):
    """The path of something the build makes; made when it is not there."""
    path = build_directory() / name
    if not path.is_file():
        ninja(build_directory(), name)
    return path


def pratu_binary():
    return built(PROGRAMS[0])
