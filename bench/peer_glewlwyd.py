# SPDX-License-Identifier: AGPL-3.0-or-later
"""Glewlwyd of Debian on its own SQLite file, set up by its own API as its manual says."""

import gzip
import http.client
import json
import sqlite3
from pathlib import Path

from bench_fixture import CLIENT, REDIRECT, ROOT, SECRET, Server, Trouble, free_port, run

SQL = Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
PERSON, PASSWORD, SESSIONS = "somchai", "bench-password", 64
# "g_continue" says what the login page says when the person need not log in again.
OPTIONS = {"client": CLIENT + "&g_continue", "authorize": "/api/oidc/auth",
           "token": "/api/oidc/token", "introspect": "/api/oidc/introspect",
           "userinfo": "/api/oidc/userinfo", "client-scope": "api"}
SCENARIOS = ("sso", "refresh", "client_credentials", "introspect", "userinfo")


def version():
    return "Glewlwyd %s (Debian), SQLite as it comes" % run(
        "dpkg-query", "-W", "-f", "${Version}", "glewlwyd").stdout


def ask(port, method, path, body=None, cookie=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"}
    if cookie:
        headers["Cookie"] = cookie
    try:
        c.request(method, "/api" + path, json.dumps(body) if body else None, headers)
        answer = c.getresponse()
        text = answer.read().decode(errors="replace")
    finally:
        c.close()
    if answer.status != 200:
        raise Trouble("Glewlwyd: %s %s: %d %s" % (method, path, answer.status, text[:500]))
    return (answer.headers.get("Set-Cookie") or "").split(";")[0]


def log_in(port, name, password):
    return ask(port, "POST", "/auth/", {"username": name, "password": password})


def plugin(port, home):
    key = home / "key.pem"
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
        key)
    return {"module": "oidc", "name": "oidc", "display_name": "OIDC", "enabled": True,
            "parameters": {
                "iss": "http://localhost:%d/" % port, "jwt-type": "ecdsa", "jwt-key-size": "256",
                "key": key.read_text(), "cert": run("openssl", "pkey", "-in", key,
                                                    "-pubout").stdout,
                "code-duration": 60, "access-token-duration": 600,
                "refresh-token-duration": 43200, "refresh-token-rolling": False,
                "refresh-token-one-use": "always", "allow-non-oidc": True,
                "auth-type-code-enabled": True, "auth-type-client-enabled": True,
                "auth-type-refresh-enabled": True, "auth-type-token-enabled": False,
                "auth-type-implicit-enabled": False, "auth-type-password-enabled": False,
                "pkce-allowed": True, "subject-type": "public",
                "introspection-revocation-allowed": True,
                "introspection-revocation-allow-target-client": True}}


def configure(port, home):
    """The plugin, a client, a person who agreed; returns cookies of the person's sessions."""
    admin = log_in(port, "admin", "password")
    ask(port, "POST", "/scope/", {"name": "api", "display_name": "api",
                                  "password_required": False}, admin)
    ask(port, "POST", "/mod/plugin/", plugin(port, home), admin)
    ask(port, "POST", "/client/", {
        "client_id": CLIENT, "name": "Bench", "enabled": True, "confidential": True,
        "password": SECRET, "client_secret": SECRET, "redirect_uri": [REDIRECT],
        "token_endpoint_auth_method": ["client_secret_basic"], "scope": ["openid", "api"],
        "authorization_type": ["code", "refresh_token", "client_credentials"]}, admin)
    ask(port, "POST", "/user/", {"username": PERSON, "name": PERSON, "password": PASSWORD,
                                 "scope": ["openid"], "enabled": True}, admin)
    cookies = [log_in(port, PERSON, PASSWORD) for _ in range(SESSIONS)]
    ask(port, "PUT", "/auth/grant/" + CLIENT, {"scope": "openid"}, cookies[0])
    return cookies


def open_peer(bed):
    """A server object; `prepare` is to be called once it runs, and returns the cookie file."""
    home = bed.work / "glewlwyd"
    home.mkdir()
    database = sqlite3.connect(home / "glewlwyd.db")
    database.executescript(gzip.open(SQL, "rt", encoding="utf-8").read())
    database.close()
    port = free_port()
    text = (ROOT / "bench" / "peers" / "glewlwyd.conf").read_text(encoding="utf-8")
    for name, value in (("{port}", port), ("{home}", home)):
        text = text.replace(name, str(value))
    (home / "glewlwyd.conf").write_text(text, encoding="utf-8")
    server = Server("glewlwyd", ["glewlwyd", "--config-file=%s" % (home / "glewlwyd.conf")], port,
                    "/config", home / "log")

    def prepare():
        cookies = home / "cookies"
        cookies.write_text("".join(c + "\n" for c in configure(port, home)), encoding="ascii")
        return cookies

    return server, prepare
