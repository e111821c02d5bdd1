# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the demo, speaks to its commands, and knows its addresses, clients and people."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from binaries import ROOT, build_directory, pratu_binary
from clock import Clock, MachineClock

sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "scripts/lib")]
import demo as setup  # noqa: E402
from ports import free_base_port, free_port  # noqa: E402, F401

DEMO = ROOT / "scripts" / "demo"
START_SECONDS = 120

# Nobody listens there: the agent stops when it is sent to an address below it.
CALLBACK = "http://localhost:9"


def wait_for(condition, seconds=20, what="condition"):
    """Polls until condition() is true; that value. For things other programs do."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain for %s" % (seconds, what))
        time.sleep(0.05)


def run(args, **options):
    options.setdefault("timeout", 60)
    return subprocess.run([str(a) for a in args], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


class Demo:
    """A running demo. Made by start() or attached to a directory that one was started with."""

    def __init__(self, data, clock):
        self.data = Path(data)
        self.clock = clock or MachineClock()
        self.own = clock is not None
        self.info = json.loads((self.data / "demo.json").read_text(encoding="utf-8"))
        self.issuer = self.info["issuer"]
        self.management = self.info["management"]
        self.sandbox = self.info["sandbox"]
        self.portals = self.info["portals"]
        self.people = self.info["people"]
        self.config = Path(self.info["config"])

    @classmethod
    def start(cls):
        attached = os.environ.get("PRATU_DEMO_DIR")
        if attached:
            return cls(attached, None)
        build_directory()
        data = Path(tempfile.mkdtemp(prefix="pratu-e2e-"))
        (data / setup.MARK).touch()
        clock = Clock(data / "clock")
        base = free_base_port(setup.PORT_OFFSETS)
        done = run([DEMO, "--background", "--base-port", base, "--data", data],
                   timeout=START_SECONDS, env={**os.environ, **clock.env})
        if done.returncode:
            raise RuntimeError("scripts/demo failed (%d):\n%s\n%s"
                               % (done.returncode, done.stdout, done.stderr))
        return cls(data, clock)

    def stop(self):
        if self.own:
            run([DEMO, "--stop", "--data", self.data])
            shutil.rmtree(self.data, ignore_errors=True)

    def person(self, what):
        """The first test person that is there for this: everyday, unknown, no_grant, ..."""
        return next(p for p in self.people if p["for"] == what)

    def pratu(self, *args):
        """A command of the server's binary on the demo's configuration, at the demo's time."""
        return run([pratu_binary(), *args, "--config", self.config],
                   env={**os.environ, **self.clock.env})

    def good(self, *args):
        """The output of a command that must succeed."""
        done = self.pratu(*args)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def add_client(self, **metadata):
        """Registers a client by `pratu client add --file`; its answer as a dict."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(metadata, file, ensure_ascii=False)
        try:
            return json.loads(self.good("client", "add", "--file", file.name))
        finally:
            os.unlink(file.name)

    def check_logs(self):
        """No citizen number, password, client secret or token is in any log so far."""
        logs = [p for p in self.data.rglob("*.log") if "sandbox" not in p.name]
        assert logs, "the demo keeps no log"
        text = "\n".join(p.read_text(errors="replace") for p in logs)
        for person in self.people:
            for secret in (person["pid"], person.get("password"), person.get("initial_secret")):
                assert not secret or secret not in text, person["username"]
        for client in self.info["clients"].values():
            assert not client.get("client_secret") or client["client_secret"] not in text
        assert not re.search(r"\beyJ[\w-]{20,}\.[\w-]{20,}\.", text)
        assert not re.search(r"pratu_[a-z]{2}_[\w-]{20,}", text)
