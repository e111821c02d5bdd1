# SPDX-License-Identifier: AGPL-3.0-or-later
"""An installation with nothing in front of it and nothing beside it: made by pratu init, its server
started as a test wants it (descriptors, sockets, environment), its log read from a file or a pipe."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from binaries import pratu_binary
from harness import free_port, run, wait_for

PATIENCE = 60  # seconds, for a loaded machine; nothing is judged by it
# What a service manager does: the sockets become descriptors 3, 4, ..., named in the environment.
ACTIVATE = """import os, sys
names, n = sys.argv[1], int(sys.argv[2])
fds = [os.dup(int(fd)) for fd in sys.argv[3:3 + n]]
fds = [fd if fd > 50 else os.dup2(fd, 50 + k) for k, fd in enumerate(fds)]
for k, fd in enumerate(fds):
    os.dup2(fd, 3 + k)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(n), LISTEN_FDNAMES=names)
os.execv(sys.argv[3 + n], sys.argv[3 + n:])
"""
TERMS = "-".join(("ordinary", "secret", "of", "tests"))


class BareSite:
    def __init__(self, more="", server=""):
        self.home = Path(tempfile.mkdtemp(prefix="pratu-bare-"))
        self.port, self.management = free_port(), free_port()
        self.issuer = "http://localhost:%d" % self.port
        self.config = self.home / "site" / "pratu.yaml"
        self.store = self.home / "site" / "data"
        self.good("init", "--dir", self.home / "site", "--issuer", self.issuer, config=False)
        self.write(more, server)
        self.processes = []

    def write(self, more="", server=""):
        self.config.write_text(
            "issuer: %s\nmaster_key_file: master.key\nstore:\n  directory: data\n"
            "server:\n  port: %d\n  trusted_proxies: [127.0.0.1]\n%s"
            "management:\n  port: %d\n%s" % (self.issuer, self.port, server, self.management, more),
            encoding="utf-8")

    def secret(self, name):
        path = self.home / "site" / name
        path.write_text(TERMS)
        path.chmod(0o600)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self, *args, config=True, **options):
        return run([pratu_binary(), *args, *(("--config", self.config) if config else ())], **options)

    def good(self, *args, config=True):
        done = self.run(*args, config=config)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    # --- the server ---

    def serve(self, *args, stderr=None, sockets=None, ready=True, **options):
        """pratu serve; the log goes to a file unless stderr is given. sockets: name -> socket."""
        command = [str(pratu_binary()), "serve", "--config", str(self.config), *args]
        if sockets:
            fds = [s.fileno() for s in sockets.values()]
            command = [sys.executable, "-c", ACTIVATE, ":".join(sockets), str(len(fds)),
                       *map(str, fds), *command]
            options["pass_fds"] = fds
        log = None if stderr is not None else open(self.log_path(len(self.processes)), "wb")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=stderr if log is None else log, **options)
        if log:
            log.close()
        process.log = self.log_path(len(self.processes))
        self.processes.append(process)
        if ready:
            self.wait_ready(process)
        return process

    def log_path(self, n):
        return self.home / ("server-%d.log" % n)

    def text(self):
        return "".join(self.log_path(n).read_text(encoding="utf-8") for n in range(len(self.processes))
                       if self.log_path(n).exists())

    def events(self, name):
        return [e for e in map(json.loads, re.findall(r"^\{.*\}$", self.text(), re.M)) if e["event"] == name]

    def started(self, process):
        """Has this process said that it serves?"""
        return '"event":"started"' in process.log.read_text(encoding="utf-8")

    def wait_ready(self, process):
        def ready():
            assert process.poll() is None, (process.returncode, self.text())
            try:
                return self.get("/readyz", self.management)[0] == 200
            except OSError:
                return False
        wait_for(ready, PATIENCE, "the server")

    def get(self, path, port=None):
        connection = http.client.HTTPConnection("localhost", port or self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name):
        text = self.get("/metrics", self.management)[1]
        return float(re.search(r"^%s (\S+)$" % re.escape(name), text, re.M)[1])

    def stop(self, process):
        """Asks it to stop; its status and the seconds it took."""
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=PATIENCE), time.monotonic() - begin

    def connect(self, port=None):
        return socket.create_connection(("127.0.0.1", port or self.port), timeout=PATIENCE)


def listening(port):
    """A socket as a service manager opens it."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    s.listen(4096)
    return s
