# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind A: every command on a directory at its documented maxima, a person with 64 accounts of 512
grants each in 64 systems: a command may refuse, and never ends by a signal. TAP.
kind_a_commands.py PRATU"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import PID, RECORDS, Site, main  # noqa: E402

ACCOUNTS, GRANTS, SYSTEMS = 64, 512, 64
LONG = "ก" * 40  # the longest name of a person: 120 bytes
LEFT_OUT = {"serve", "init", "docs"}  # it does not end; it made the site; cli-docs


def name(i):
    return "user%02d" % i


def fill(site):
    offices = ["code,name_th"] + ["%06d,%s" % (i, LONG) for i in range(GRANTS)]
    systems = ["id,name_th,name_en,roles,office"] + [
        "system%02d,%s,%s,user;boss,000000" % (i, LONG, LONG) for i in range(SYSTEMS)]
    accounts = ["username,citizen_number,office"] + [
        "%s,%s,000000" % (name(i), PID) for i in range(ACCOUNTS)]
    grants = ["username,system,role,office"] + [
        "%s,system%02d,user,%06d" % (name(i), k % SYSTEMS, k)
        for i in range(ACCOUNTS) for k in range(GRANTS)]
    for kind, rows in (("offices", offices), ("systems", systems),
                       ("people", ["citizen_number,given_th,family_th", "%s,%s,%s" % (
                           PID, LONG, LONG)]), ("accounts", accounts), ("grants", grants)):
        site.good("import", kind, site.file(kind + ".csv", "\n".join(rows) + "\n"))
    site.good("client", "add", "--file", site.file("client.json", {
        "client_id": "portal", "client_name": "N" * 200, "system": "system00",
        "redirect_uris": ["https://portal.test/%02d/%s" % (i, "x" * 1000) for i in range(20)],
        "scope": "openid profile"}))


def arguments(site, who, command):
    """What the command wants, as far as it is known here; unknown ones are used wrongly."""
    known = {
        "person": [who], "account": [name(0)], "office": ["000000"], "system": ["system00"],
        "client": ["portal"]}
    first, *rest = command.split()
    if rest == ["list"] or first in ("keys", "version", "check-config", "print-config", "audit"):
        return []
    if command == "client add" or command == "client update":
        return ["--file", str(site.home / "client.json")]
    if command in ("backup", "restore"):
        return [str(site.home / "copy")]
    if command == "import":
        return ["grants", str(site.home / "grants.csv")]
    return known.get(first, [])


def commands(site):
    text = site.run("help").stdout
    return [c for c in re.findall(r"(?m)^  ([a-z-]+(?: [a-z-]+)*)  ", text) if c not in LEFT_OUT]


def pages(site, *command):
    """Everything that a list has, read in pages of one; each page but the last says what follows."""
    found, after = [], []
    for _ in range(100):
        done = site.run(*command, "--limit", "1", *after)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
        said = re.search(r"these are the first 1; .* --after (\S+)\n", done.stderr)
        if not said:
            assert not done.stderr, done.stderr
            return found
        after = ["--after", said[1]]
    raise AssertionError(command)


def test_a_list_that_is_cut_says_so():
    with Site() as site:
        site.fill()
        for kind, n in (("office", 2), ("system", 1), ("person", 1), ("account", 1), ("grant", 2)):
            whole = site.run(kind, "list")
            assert not whole.stderr and len(json.loads(whole.stdout)) == n, (kind, whole.stderr)
            found = [json.loads(page) for page in pages(site, kind, "list")]
            assert all(len(page) == 1 for page in found), (kind, found)
            assert [page[0] for page in found] == json.loads(whole.stdout), kind
        events = pages(site, "audit", "list")
        assert "".join(events) == site.good("audit", "list") and len(events) == len(RECORDS) + 3, events


def test_pages_begin_where_they_may():
    with Site() as site:
        site.fill()
        for command in (("outbox", "list", "--after", "x"), ("grant", "list", "--after", "x!"),
                        ("audit", "list", "--after", "0"), ("audit", "list", "--after", "x"),
                        ("grant", "list", "--account", "somchai", "--limit", "1")):
            done = site.run(*command)
            assert done.returncode == 2 and "--" in done.stderr, (command, done.stderr)


def test_every_command_at_the_maxima():
    with Site() as site:
        fill(site)
        who = json.loads(site.good("person", "list"))[0]["id"]
        assert len(json.loads(site.good("person", "show", who))["accounts"]) == ACCOUNTS
        listed = json.loads(site.good("grant", "list", "--account", name(0)))
        assert len(listed) == GRANTS
        seen = commands(site)
        assert len(seen) > 40
        for command in seen:
            done = site.run(*command.split(), *arguments(site, who, command), stdin="")
            assert done.returncode >= 0, (command, done.returncode, done.stderr[-500:])
            assert "fatal" not in done.stderr, (command, done.stderr[-500:])


if __name__ == "__main__":
    main([f for n, f in sorted(globals().items()) if n.startswith("test_")])
