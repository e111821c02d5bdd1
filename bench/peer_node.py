# SPDX-License-Identifier: AGPL-3.0-or-later
"""node-oidc-provider, in memory and with a durable SQLite adapter; packages pinned by the lock file."""

import hashlib
import json
import shutil

from bench_fixture import ROOT, Server, Trouble, free_port, run

HERE = ROOT / "bench" / "peers" / "oidc_provider"
HOME = ROOT / "build" / "bench-peers" / "oidc_provider"
SESSIONS = 64
OPTIONS = {}
SCENARIOS = ("sso", "refresh", "client_credentials", "introspect", "userinfo")


def install():
    """npm ci into the build directory, unless what is there is of the same lock file."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HOME / "installed"
    if not (stamp.exists() and stamp.read_text() == lock):
        shutil.rmtree(HOME, ignore_errors=True)
        shutil.copytree(HERE, HOME)
        if not shutil.which("npm"):
            raise Trouble("npm is missing")
        # better-sqlite3 brings a binary or compiles itself.
        run("npm", "ci", "--no-audit", "--no-fund", timeout=1200, cwd=HOME)
        stamp.write_text(lock)
    for file in HERE.glob("*.mjs"):
        shutil.copy(file, HOME)


def version(durable):
    names = json.loads((HERE / "package.json").read_text())["dependencies"]
    what = ("better-sqlite3 %s, WAL, synchronous=FULL" % names["better-sqlite3"] if durable
            else "records in a Map, nothing on disk")
    return "oidc-provider %s on Node %s; %s" % (names["oidc-provider"], run(
        "node", "--version").stdout.strip(), what)


def open_peer(bed, durable):
    """A server object; `prepare` is to be called once it runs, and returns the cookie file."""
    home = bed.work / ("node-sqlite" if durable else "node-memory")
    home.mkdir()
    port, cookies = free_port(), home / "cookies"
    command = ["node", HOME / "server.mjs", port, cookies, SESSIONS]
    if durable:
        command.append(home / "records.db")
    server = Server("oidc-provider", command, port, "/oauth2/jwks", home / "log", cwd=HOME,
                    env={"NODE_ENV": "production"})
    return server, lambda: cookies
