# SPDX-License-Identifier: AGPL-3.0-or-later
"""One server without a sandbox, for tests that break its disk, its files or its process: begun in a
moment, with one client that gets tokens for itself. A token is a write, its introspection a read."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

from binaries import pratu_binary
from harness import free_port, run, wait_for

SYSTEM = "id,name_th,roles\nmachines,ระบบทดสอบ,user\n"
CLIENT = {"client_name": "machine", "system": "machines", "grant_types": ["client_credentials"],
          "scope": "api"}


class BareServer:
    """Files in a directory of its own (home), the database where it is wanted (data)."""

    def __init__(self, data=None, options="", env=None, binary=None):
        self.home = Path(tempfile.mkdtemp(prefix="pratu-bare-"))
        self.data = Path(data) if data else self.home / "data"
        self.binary, self.env = binary or pratu_binary(), {**os.environ, **(env or {})}
        self.port, self.management = free_port(), free_port()
        self.config, self.log = self.home / "pratu.yaml", self.home / "log"
        self.process = self.client = None
        self.options = options

    def init(self):
        done = self.pratu("init", "--data", self.data, "--issuer", "http://localhost:%d" % self.port)
        assert done.returncode == 0, done.stderr
        text = self.config.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^(management:\n  port:).*", r"\1 %d" % self.management, text)
        self.config.write_text(text + self.options, encoding="utf-8")
        (self.home / "systems.csv").write_text(SYSTEM, encoding="utf-8")
        done = self.pratu("import", "systems", self.home / "systems.csv")
        assert done.returncode == 0, done.stderr
        self.client = self.add_client()
        return self

    def add_client(self, **metadata):
        file = self.home / "client.json"
        file.write_text(json.dumps({**CLIENT, **metadata}))
        done = self.pratu("client", "add", "--file", file)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def pratu(self, *args, timeout=60):
        return run([self.binary, *args, "--config", self.config], timeout=timeout, env=self.env)

    def start(self, wait=True, **env):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={**self.env, **env})
        if wait:
            wait_for(lambda: self.process.poll() is not None or self.status("/oauth2/jwks") == 200,
                     30, "the server to begin")
            assert self.process.poll() is None, self.log_text()
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            if self.process.poll() is None:
                self.process.kill()
        return self.process.wait() if self.process else None

    def remove(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    # --- requests ---

    def ask(self, path, form=None, port=None):
        """(status, body); status 0: no answer."""
        headers = {"Host": "localhost:%d" % (port or self.port)}
        if form is not None:
            name = ":".join(quote(self.client[k], safe="") for k in ("client_id", "client_secret"))
            headers["Authorization"] = "Basic " + b64encode(name.encode()).decode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        c = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        try:
            c.request("GET" if form is None else "POST", path,
                      None if form is None else urlencode(form), headers)
            answer = c.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            c.close()

    def status(self, path):
        return self.ask(path)[0]

    def write(self):
        """A new access token: (status, token or None)."""
        status, body = self.ask("/oauth2/token", {"grant_type": "client_credentials"})
        return status, json.loads(body)["access_token"] if status == 200 else None

    def read(self, token):
        """Status of an introspection, and whether the token is known and good."""
        status, body = self.ask("/oauth2/introspect", {"token": token})
        return status, status == 200 and json.loads(body)["active"]

    def ready(self):
        return self.ask("/readyz", port=self.management)[0]

    def metric(self, name):
        body = self.ask("/metrics", port=self.management)[1]
        found = re.search(r"(?m)^%s(?:\{\})? ([0-9.e+-]+)$" % re.escape(name), body)
        return float(found[1]) if found else None

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def events(self, name):
        rows = [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]
        return [row for row in rows if row.get("event") == name]

    # --- load ---

    def load(self, threads=4):
        return Load(self, threads)


class Load:
    """Clients that write and read what they wrote, until the block ends."""

    def __init__(self, server, threads):
        self.server, self.stopping = server, threading.Event()
        self.tokens, self.statuses, self.lock = [], {}, threading.Lock()
        self.threads = [threading.Thread(target=self.go, daemon=True) for _ in range(threads)]

    def note(self, what, status):
        with self.lock:
            self.statuses[what, status] = self.statuses.get((what, status), 0) + 1

    def go(self):
        while not self.stopping.is_set():
            status, token = self.server.write()
            self.note("write", status)
            if not token:
                continue
            with self.lock:
                self.tokens.append(token)
            self.note("read", self.server.read(token)[0])

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for t in self.threads:
            t.join()


def lost(server, tokens):
    """Those that were given out and are not known any more."""
    return [t for t in tokens if server.read(t) != (200, True)]


def until(condition, seconds):
    """The seconds it took; None: too long."""
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.02)
    return None
