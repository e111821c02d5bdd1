# SPDX-License-Identifier: AGPL-3.0-or-later
"""Running the program's commands and its server in a directory of their own; TAP."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from ports import free_port  # noqa: E402

PRATU = sys.argv[1]
PATIENCE = 30  # seconds: for a loaded machine; nothing is judged by time


def run(*args, stdin=None, env=None):
    return subprocess.run([PRATU, *map(str, args)], input=stdin, env=env, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


class Site:
    """An installation made by pratu init."""

    def __init__(self, issuer=None):
        self.home = Path(tempfile.mkdtemp(prefix="pratu-cli-"))
        self.port = free_port()
        self.issuer = issuer or "http://localhost:%d" % self.port
        self.dir = self.home / "site"
        self.made = run("init", "--dir", self.dir, "--issuer", self.issuer)
        self.config = self.dir / "pratu.yaml"

    def __enter__(self):
        assert self.made.returncode == 0, self.made.stderr
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.home)

    def run(self, *args, stdin=None):
        return run(*args, "--config", self.config, stdin=stdin)

    def good(self, *args, stdin=None):
        done = self.run(*args, stdin=stdin)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def file(self, name, text):
        path = self.home / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path

    def write_config(self, text):
        self.config.write_text(text, encoding="utf-8")

    def fill(self):
        """One of each kind."""
        for kind, text in RECORDS.items():
            self.good("import", kind, self.file(kind + ".csv", text))


PID = "1101700230708"
RECORDS = {
    "offices": "code,name_th,parent\ndla,สถ.,\n0300400004,อบต.ก,dla\n",
    "systems": "id,name_th,roles,office\nplan,แผน,user;boss,dla\n",
    "people": "citizen_number,given_th,family_th\n%s,สมชาย,ใจดี\n" % PID,
    "accounts": "username,citizen_number,office\nSomchai,%s,0300400004\n" % PID,
    "grants": "citizen_number,username,system,role,office\n%s,,plan,user,dla\n,somchai,plan,boss,dla\n"
              % PID,
}


class Server:
    """pratu serve, ready; stopped by SIGTERM at the end."""

    def __init__(self, site, notify=None):
        self.site = site
        self.log = open(site.home / "server.log", "w+", encoding="utf-8")
        env = dict(os.environ)
        env.pop("NOTIFY_SOCKET", None)
        if notify:
            env["NOTIFY_SOCKET"] = str(notify)
        self.process = subprocess.Popen([PRATU, "serve", "--config", str(site.config)], env=env,
                                        stdout=self.log, stderr=self.log)

    def __enter__(self):
        wait_for(lambda: self.events("started") or self.process.poll() is not None, "the start")
        assert self.process.poll() is None, self.text()
        started = self.events("started")[0]
        self.url = "http://localhost:%d" % started["port"]
        self.management = "http://127.0.0.1:%d" % started["management_port"]
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def text(self):
        return (self.site.home / "server.log").read_text(encoding="utf-8")

    def events(self, name):
        lines = [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def reload(self):
        before = len(self.events("config_reloaded") + self.events("config_reload_failed"))
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(self.events("config_reloaded") +
                             self.events("config_reload_failed")) > before, "the reload")


def fetch(url, form=None, auth=None, headers=None):
    """(status, body) of a request; a form makes it a POST."""
    data = form.encode() if form is not None else None
    request = urllib.request.Request(url, data=data, headers=headers or {})
    if auth:
        import base64
        pair = base64.b64encode(("%s:%s" % auth).encode()).decode()
        request.add_header("Authorization", "Basic " + pair)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain for " + what
        time.sleep(0.02)


def main(tests):
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        try:
            test()
            print("ok %d - %s" % (number, test.__name__), flush=True)
        except Exception:  # noqa: BLE001: every fault is a failed test
            failed += 1
            print("not ok %d - %s" % (number, test.__name__), flush=True)
            for line in traceback.format_exc().splitlines():
                print("# " + line, flush=True)
    sys.exit(failed > 0)
