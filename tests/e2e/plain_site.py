# SPDX-License-Identifier: AGPL-3.0-or-later
"""An installation as `pratu init` makes it, without a demo around it: for tests that break its files
or start its programs in strange ways.

    with PlainSite() as site:
        site.fill()                       # an office, a system, a person, a client
        with site.serve() as server:      # ready when this returns
            site.get("/oauth2/jwks")
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from binaries import built, pratu_binary
from harness import free_port, wait_for

SECONDS = 60
RECORDS = {
    "offices": "code,name_th,parent\ndla,สถ.,\n0300400004,อบต.ก,dla\n",
    "systems": "id,name_th,roles,office\nplan,แผน,user;boss,dla\n",
    "people": "citizen_number,given_th,family_th\n1101700230708,สมชาย,ใจดี\n",
    "accounts": "username,citizen_number,office\nSomchai,1101700230708,0300400004\n",
    "grants": "citizen_number,username,system,role,office\n1101700230708,,plan,user,dla\n",
}
CLIENT = {"client_id": "machine", "client_name": "M", "system": "plan",
          "grant_types": ["client_credentials"], "scope": "report:read"}
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PlainSite:
    def __init__(self, program=None):
        self.program = str(program or pratu_binary())
        self.home = Path(tempfile.mkdtemp(prefix="pratu-plain-"))
        self.port, self.management_port = free_port(), free_port()
        self.issuer = "http://localhost:%d" % self.port
        self.management = "http://127.0.0.1:%d" % self.management_port
        self.config = self.home / "pratu.yaml"
        self.data = self.home / "data"
        self.log_path = self.home / "server.log"

    def __enter__(self):
        made = self.run("init", "--dir", self.home, "--issuer", self.issuer, config=False)
        assert made.returncode == 0, made.stderr
        text = self.config.read_text(encoding="utf-8")
        self.config.write_text(text.replace("port: 0 #", "port: %d #" % self.management_port),
                               encoding="utf-8")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.home, ignore_errors=True)

    # --- commands ---

    def command(self, *args, config=True):
        return [self.program, *map(str, args), *(["--config", str(self.config)] if config else [])]

    def run(self, *args, config=True, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(self.command(*args, config=config), text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              **options)

    def good(self, *args):
        done = self.run(*args)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def file(self, name, text):
        path = self.home / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path

    def fill(self):
        """One record of each kind; the client's secret."""
        for kind, text in RECORDS.items():
            self.good("import", kind, self.file(kind + ".csv", text))
        return json.loads(self.good("client", "add", "--file", self.file("c.json", CLIENT)))[
            "client_secret"]

    # --- the server ---

    @contextlib.contextmanager
    def serve(self, **options):
        """A server that is ready; its process. Killed at the end if it still runs."""
        process = self.start(**options)
        try:
            wait_for(lambda: process.poll() is not None or self.is_ready(), SECONDS, "the server")
            assert process.poll() is None, self.log()
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def start(self, wrap=(), env=None):
        with open(self.log_path, "ab") as log:
            return subprocess.Popen([*wrap, *self.command("serve")], stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log, env={**os.environ, **(env or {})})

    @staticmethod
    def stop(process):
        process.send_signal(signal.SIGTERM)
        return process.wait(SECONDS)

    def is_ready(self):
        try:
            return self.get("/readyz", self.management)[0] == 200
        except OSError:
            return False

    def get(self, path, base=None):
        """(status, body)."""
        try:
            with DIRECT.open((base or self.issuer) + path, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace") \
            if self.log_path.exists() else ""

    def events(self, name):
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]


def sandbox_binary():
    return built("src/sandbox/pratu-sandbox")
