# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the demo, speaks to its commands, and knows its addresses, clients and people."""

import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "scripts" / "demo"
PORT_OFFSETS = (0, 1, 10, 11, 12, 13, 20)  # issuer, management, sandbox, portals, mail server
START_SECONDS = 900  # the first start builds

# Nobody listens there: the agent stops when it is sent to an address below it.
CALLBACK = "http://localhost:9"


def port_is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """Below the range the kernel takes for outgoing connections, which could come between."""
    while True:
        port = random.randrange(20000, 32000)
        if port_is_free(port):
            return port


def free_base_port():
    for _ in range(200):
        base = random.randrange(20000, 32000)
        if all(port_is_free(base + n) for n in PORT_OFFSETS):
            return base
    raise RuntimeError("no free ports for the demo")


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

    def __init__(self, data, own):
        self.data = Path(data)
        self.own = own
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
            return cls(attached, own=False)
        data = tempfile.mkdtemp(prefix="pratu-e2e-")
        done = run([DEMO, "--background", "--base-port", str(free_base_port()), "--data", data],
                   timeout=START_SECONDS)
        if done.returncode:
            raise RuntimeError("scripts/demo failed (%d):\n%s\n%s"
                               % (done.returncode, done.stdout, done.stderr))
        return cls(data, own=True)

    def stop(self):
        if self.own:
            run([DEMO, "--stop", "--data", self.data])
            shutil.rmtree(self.data, ignore_errors=True)

    def person(self, what):
        """The first test person that is there for this: everyday, unknown, no_grant, ..."""
        return next(p for p in self.people if p["for"] == what)

    def pratu(self, *args):
        """Runs a command of the server's binary on the demo's configuration."""
        return run([pratu_binary(), *args, "--config", self.config])

    def add_client(self, **metadata):
        """Registers a client by `pratu client add --file`; its answer as a dict."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(metadata, file, ensure_ascii=False)
        done = self.pratu("client", "add", "--file", file.name)
        os.unlink(file.name)
        assert done.returncode == 0, "client add: %s%s" % (done.stdout, done.stderr)
        return json.loads(done.stdout)


def pratu_binary():
    for base in (os.environ.get("PRATU_BUILD"), ROOT / "build/demo", ROOT / "build/gcc"):
        for path in ("src/main/pratu", "pratu"):
            if base and (Path(base) / path).is_file():
                return Path(base) / path
    raise RuntimeError("the binary pratu was not found: build it, or set PRATU_BUILD")
