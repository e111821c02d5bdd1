# SPDX-License-Identifier: AGPL-3.0-or-later
"""Operations by JSON, and changes that need two people, as commands. TAP. requests.py PRATU"""

import json
import os

from lib import Site, main, run

CLIENT = {"client_id": "portal", "client_name": "P", "system": "plan",
          "redirect_uris": ["https://p.example/cb"]}


def login_uid():
    """Who logged in, by the kernel; then sudo's word does not count, and one user cannot be two."""
    try:
        with open("/proc/self/loginuid", encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return 2 ** 32 - 1


def by(site, user, *args, stdin=None):
    return run(*args, "--config", site.config, stdin=stdin, env=dict(os.environ, SUDO_USER=user))


def good(site, user, *args):
    done = by(site, user, *args)
    assert done.returncode == 0, (args, done.stdout, done.stderr)
    return done.stdout


def refused(done, code, *says):
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    for word in says:
        assert word in done.stderr, (word, done.stderr)


def request_id(said):
    return said.split()[1].rstrip(":")


def test_json_arguments():
    with Site() as site:
        site.fill()
        order = json.dumps({"username": "somchai", "reason": "moved"})
        done = json.loads(site.good("account", "suspend", "--json", "-", stdin=order))
        assert done == {"operation": "account.suspend", "outcome": "done", "audit": ["account_changed"]}
        again = json.loads(site.good("account", "suspend", "--json", "-", stdin=order))
        assert again["outcome"] == "unchanged" and again["audit"] == []
        entry = json.loads(site.good("audit", "list", "--event", "account_changed").splitlines()[0])
        assert entry["operation"] == "account.suspend" and entry["reason"] == "moved"
        refused(site.run("account", "suspend", "--json", "-", stdin='{"user":1}'), 2, "user")
        refused(site.run("account", "suspend", "--json", "-", stdin="{}"), 2, "USERNAME", "required")
        refused(site.run("account", "suspend", "--json", "-", stdin="["), 1, "JSON")
        refused(site.run("account", "suspend", "somchai", "--json", "-", stdin=order), 2, "--json")
        issued = json.loads(site.good("client", "add", "--json", "-", stdin=json.dumps({"file": CLIENT})))
        assert issued["result"]["client_secret"] and issued["audit"] == ["client_added"]


def test_two_people():
    if login_uid() != 2 ** 32 - 1:
        return
    with Site() as site:
        site.fill()
        wish = ("office", "set-admin", "dla", "--admin-name", "มาลี", "--reason", "retired")
        refused(by(site, "anan", *wish[:5]), 1, "--reason")
        id = request_id(good(site, "anan", *wish))
        shown = json.loads(good(site, "boon", "request", "show", id))
        assert shown["then"]["admin_name"] == "มาลี" and "admin_name" not in shown["now"]
        assert shown["requester"] == "cli:anan" and shown["state"] == "submitted"
        refused(by(site, "anan", "request", "approve", id), 1, "another person")
        refused(by(site, "boon", "request", "apply", id), 1, "submitted")
        refused(by(site, "boon", "request", "reject", id), 2, "--reason")
        assert "admin_name" not in json.loads(site.good("office", "show", "dla"))
        good(site, "boon", "request", "approve", id, "--reason", "seen the letter")
        assert json.loads(site.good("office", "show", "dla"))["admin_name"] == "มาลี"
        refused(by(site, "boon", "request", "approve", id), 1, "applied")
        assert json.loads(good(site, "boon", "request", "list")) == []
        assert len(json.loads(good(site, "boon", "request", "list", "--all"))) == 1
        assert "already" in good(site, "anan", *wish)
        refused(by(site, "boon", "request", "show", "none"), 1, "no such record")


def test_redirect_uris_of_a_client():
    if login_uid() != 2 ** 32 - 1:
        return
    with Site() as site:
        site.fill()
        site.good("client", "add", "--file", site.file("c.json", CLIENT))
        other = dict(CLIENT, redirect_uris=["https://evil.example/cb"])
        refused(site.run("client", "update", "--file", site.file("d.json", other)), 1, "two people")
        wish = ("client", "set-redirect-uris", "portal", "--reason", "moved", "--redirect-uris")
        refused(by(site, "anan", *wish, "javascript:x"), 1, "redirect-uris")
        first = request_id(good(site, "anan", *wish, "https://new.example/cb"))
        second = request_id(good(site, "anan", *wish, "https://old.example/cb"))
        good(site, "boon", "request", "approve", first)
        uris = json.loads(site.good("client", "show", "portal"))["redirect_uris"]
        assert uris == ["https://new.example/cb"]
        refused(by(site, "boon", "request", "approve", second), 1, "changed since")
        good(site, "anan", "request", "withdraw", second)
        trail = [json.loads(line)["event"] for line in site.good("audit", "list").splitlines()]
        assert sorted(trail[:6]) == sorted([
            "request_withdrawn", "request_applied", "client_changed", "request_approved",
            "request_submitted", "request_submitted"]), trail


if __name__ == "__main__":
    main([f for name, f in sorted(globals().items()) if name.startswith("test_")])
