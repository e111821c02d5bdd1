# SPDX-License-Identifier: AGPL-3.0-or-later
"""Operations by JSON, and changes that need two people, as commands. TAP. requests.py PRATU SHIM

SHIM (loginuid_preload.c) says who logged in, so that two people can be played wherever this runs."""

import json
import os
import pwd
import sys

from lib import Site, main, run

SHIM = sys.argv[2]
# Two people of any Debian system.
ANAN, BOON = "daemon", "bin"
NOBODY_LOGGED_IN = 2 ** 32 - 1

CLIENT = {"client_id": "portal", "client_name": "P", "system": "plan",
          "redirect_uris": ["https://p.example/cb"]}


def logged_in(uid, sudo_user=""):
    """The environment of a command by whoever logged in with this uid, perhaps over sudo."""
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return dict(os.environ, LD_PRELOAD=SHIM, PRATU_TEST_LOGINUID=str(uid), SUDO_USER=sudo_user,
                ASAN_OPTIONS=asan)


def by(site, user, *args, stdin=None):
    return run(*args, "--config", site.config, stdin=stdin,
               env=logged_in(pwd.getpwnam(user).pw_uid))


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


def requester(site, env):
    """Whom a request is written to, and that it can be made."""
    wish = ("office", "set-admin", "dla", "--admin-name", "มาลี", "--reason", "who")
    made = run(*wish, "--config", site.config, env=env)
    assert made.returncode == 0, made.stderr
    return json.loads(site.good("request", "show", request_id(made.stdout)))["requester"]


def test_who_it_is():
    """The kernel's word counts before sudo's, so one user cannot be two; without it, sudo's does."""
    with Site() as site:
        site.fill()
        daemon = pwd.getpwnam("daemon").pw_uid
        assert requester(site, logged_in(daemon)) == "cli:daemon"
        assert requester(site, logged_in(daemon, "somebody")) == "cli:daemon"
        assert requester(site, logged_in(NOBODY_LOGGED_IN, "somchai")) == "cli:somchai"
        own = "cli:" + pwd.getpwuid(os.getuid()).pw_name
        assert requester(site, logged_in(NOBODY_LOGGED_IN)) == own
        assert requester(site, logged_in(NOBODY_LOGGED_IN, "so me;one")) == own
        assert requester(site, logged_in("no number", "somchai")) == "cli:somchai"


def test_two_people():
    with Site() as site:
        site.fill()
        wish = ("office", "set-admin", "dla", "--admin-name", "มาลี", "--reason", "retired")
        refused(by(site, ANAN, *wish[:5]), 1, "--reason")
        id = request_id(good(site, ANAN, *wish))
        shown = json.loads(good(site, BOON, "request", "show", id))
        assert shown["then"]["admin_name"] == "มาลี" and "admin_name" not in shown["now"]
        assert shown["requester"] == "cli:" + ANAN and shown["state"] == "submitted"
        refused(by(site, ANAN, "request", "approve", id), 1, "another person")
        refused(by(site, BOON, "request", "apply", id), 1, "submitted")
        refused(by(site, BOON, "request", "reject", id), 2, "--reason")
        assert "admin_name" not in json.loads(site.good("office", "show", "dla"))
        good(site, BOON, "request", "approve", id, "--reason", "seen the letter")
        assert json.loads(site.good("office", "show", "dla"))["admin_name"] == "มาลี"
        refused(by(site, BOON, "request", "approve", id), 1, "applied")
        assert json.loads(good(site, BOON, "request", "list")) == []
        assert len(json.loads(good(site, BOON, "request", "list", "--all"))) == 1
        assert "already" in good(site, ANAN, *wish)
        refused(by(site, BOON, "request", "show", "none"), 1, "no such record")


def test_a_removed_client_does_not_come_back():
    """One person would go round the second by removing a client and adding it with other URIs."""
    with Site() as site:
        site.fill()
        site.good("client", "add", "--file", site.file("c.json", CLIENT))
        site.good("client", "remove", "portal")
        other = site.file("d.json", dict(CLIENT, redirect_uris=["https://evil.example/cb"]))
        refused(site.run("client", "add", "--file", other), 1, "removed")
        refused(site.run("client", "add", "--file", site.file("c.json", CLIENT)), 1, "removed")
        refused(site.run("client", "show", "portal"), 1)
        site.good("client", "add", "--file", site.file("e.json", dict(CLIENT, client_id="portal-2")))


def test_redirect_uris_of_a_client():
    with Site() as site:
        site.fill()
        site.good("client", "add", "--file", site.file("c.json", CLIENT))
        other = dict(CLIENT, redirect_uris=["https://evil.example/cb"])
        refused(site.run("client", "update", "--file", site.file("d.json", other)), 1, "two people")
        wish = ("client", "set-redirect-uris", "portal", "--reason", "moved", "--redirect-uris")
        refused(by(site, ANAN, *wish, "javascript:x"), 1, "redirect-uris")
        first = request_id(good(site, ANAN, *wish, "https://new.example/cb"))
        second = request_id(good(site, ANAN, *wish, "https://old.example/cb"))
        good(site, BOON, "request", "approve", first)
        uris = json.loads(site.good("client", "show", "portal"))["redirect_uris"]
        assert uris == ["https://new.example/cb"]
        refused(by(site, BOON, "request", "approve", second), 1, "changed since")
        good(site, ANAN, "request", "withdraw", second)
        trail = [json.loads(line)["event"] for line in site.good("audit", "list").splitlines()]
        assert sorted(trail[:6]) == sorted([
            "request_withdrawn", "request_applied", "client_changed", "request_approved",
            "request_submitted", "request_submitted"]), trail


def asks_for(site, *operations):
    with open(site.config, "a", encoding="utf-8") as f:
        f.write("approvals:\n  operations: [%s]\n" % ", ".join(operations))


def test_every_change_of_a_client():
    """Where the configuration asks for it, nobody gets round the rule of redirect URIs by another client
    of the same system, another secret, audience or way of authenticating."""
    with Site() as site:
        site.fill()
        site.good("client", "add", "--file", site.file("c.json", CLIENT))
        asks_for(site, "client.add", "client.update", "client.rotate-secret", "client.remove")
        new = site.file("d.json", dict(CLIENT, client_id="other", redirect_uris=["https://evil.example/cb"]))
        change = site.file("e.json", {"client_id": "portal", "audience": "https://api.example"})
        wishes = [("add", "--file", new), ("update", "--file", change), ("rotate-secret", "portal")]
        for wish in wishes:
            refused(by(site, ANAN, "client", *wish), 1, "--reason")
        ids = [request_id(good(site, ANAN, "client", *w, "--reason", "moved")) for w in wishes]
        refused(site.run("client", "show", "other"), 1)
        for id in ids:
            refused(by(site, ANAN, "request", "approve", id), 1, "another person")
        shown = json.loads(good(site, BOON, "request", "show", ids[0]))
        assert shown["then"]["file"]["redirect_uris"] == ["https://evil.example/cb"], shown
        shown = json.loads(good(site, BOON, "request", "show", ids[1]))
        assert shown["now"]["file"]["client_id"] == "portal" and "audience" not in shown["now"]["file"]
        # What was made is printed once, to the approver.
        assert '"client_secret"' in good(site, BOON, "request", "approve", ids[0])
        good(site, BOON, "request", "approve", ids[1])
        assert json.loads(site.good("client", "show", "portal"))["audience"] == "https://api.example"
        refused(by(site, BOON, "request", "approve", ids[2]), 1, "changed since")
        secret = site.file("secret", "brought-along-and-long-enough-1")
        refused(by(site, ANAN, "client", "rotate-secret", "portal", "--reason", "moved",
                   "--secret-file", secret), 1,
                "secret", "sha256")
        rotate = request_id(good(site, ANAN, "client", "rotate-secret", "portal", "--reason", "leaked"))
        assert '"client_secret"' in good(site, BOON, "request", "approve", rotate)
        remove = request_id(good(site, ANAN, "client", "remove", "portal", "--reason", "gone"))
        site.good("client", "show", "portal")
        good(site, BOON, "request", "approve", remove)
        refused(site.run("client", "show", "portal"), 1)
        site.good("person", "suspend", json.loads(site.good("account", "show", "somchai"))["person"])


def test_only_what_can_be_approved():
    with Site() as site:
        asks_for(site, "client.add", "account.issue-secret")
        refused(site.run("check-config"), 3, "approvals.operations", "account.issue-secret")


if __name__ == "__main__":
    main([f for name, f in sorted(globals().items()) if name.startswith("test_")])
