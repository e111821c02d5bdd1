# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind A: no memory for a command: it may fail, with one clear line and an exit code of the list; it
never ends by a signal, and what it left behind is whole. Every command, with allocations that fail at
many places: one, forty, or all from there on (alloc_faults_preload.c).
TAP. kind_a_alloc.py PRATU PRELOAD; PRATU_ALLOC_POINTS=N for more places."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kind_a_commands import arguments, commands  # noqa: E402
from lib import PID, PRATU, Site, main  # noqa: E402

PRELOAD = sys.argv[2]
POINTS = os.environ.get("PRATU_ALLOC_POINTS", "12")


def faults(site, args, config=True):
    """[(n, how many fail, exit status or -signal, what was said)] of one command."""
    result = site.home / "faults.txt"
    for old in site.home.glob("faults.txt*"):
        old.unlink()
    env = {**os.environ, "LD_PRELOAD": PRELOAD, "PRATU_ALLOC_FAULTS": str(result),
           "PRATU_ALLOC_POINTS": POINTS}
    more = ["--config", str(site.config)] if config else []
    done = subprocess.run([PRATU, *map(str, args), *more], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200)
    assert done.returncode == 0, (args, done.returncode, done.stdout[-400:])
    first, *rows = result.read_text().splitlines()
    assert first.startswith("all ") and int(first[4:]) > 10, (args, first)
    return [(*map(int, row.split()), Path("%s.%s" % (result, row.split()[0])).read_text(errors="replace"))
            for row in rows]


def judge(command, rows):
    """The number of refusals. Each says why, in a line of its own, and has a code of the list."""
    faulty = []
    for n, fail, status, said in rows:
        clear = status == 0 or re.search(r"(?m)^pratu\b.{20}", said)
        # Where there is no more memory at all, nothing else is blamed.
        if fail == -1 and n > 0 and re.search(r"damaged|not accepted|not YAML|free space|too large", said):
            clear = False
        if not 0 <= status <= 7 or not clear:
            faulty.append("%s: allocation %d, %d fail: ended with %d: %s" % (command, n, fail, status, said[-300:]))
    return sum(1 for row in rows if row[2]), faulty


def prepare(site):
    site.fill()
    site.file("grants.csv", "citizen_number,system,role,office\n%s,plan,user,0300400004\n" % PID)
    site.file("client.json", {"client_id": "portal", "client_name": "P", "system": "plan",
                              "redirect_uris": ["https://portal.test/cb"], "scope": "openid"})
    site.good("client", "add", "--file", site.home / "client.json")
    return json.loads(site.good("person", "list"))[0]["id"]


def known(site, who, command):
    """As of kind_a_commands, with names that this site has."""
    first = command.split()[0]
    named = {"account": ["somchai"], "office": ["0300400004"], "system": ["plan"]}
    given = arguments(site, who, command)
    return named.get(first, given) if given else given


def test_every_command_without_memory():
    with Site() as site:
        who = prepare(site)
        seen, failed, refused, faulty = commands(site), 0, 0, []
        assert len(seen) > 40
        for command in seen:
            rows = faults(site, [*command.split(), *known(site, who, command)])
            more, wrong = judge(command, rows)
            failed, refused, faulty = failed + len(rows), refused + more, faulty + wrong
        print("# %d faults in %d commands, %d of them refused" % (failed, len(seen), refused))
        assert not faulty, "\n".join(faulty)
        assert failed > 300 and refused > 50


def test_what_they_leave_is_whole():
    """After hundreds of imports and changes that found no memory: the store opens, the trail verifies,
    and the same commands do their work."""
    with Site() as site:
        who, faulty = prepare(site), []
        for command in ("import", "client update", "account issue-secret", "person suspend", "keys rotate"):
            extra = ["--reason", "test"] if command.split()[0] in ("account", "person") else []
            rows = faults(site, [*command.split(), *known(site, who, command), *extra])
            faulty += judge(command, rows)[1]
        assert not faulty, "\n".join(faulty)
        assert "0 faults" in site.good("store", "verify")
        site.good("import", "grants", site.home / "grants.csv")
        assert json.loads(site.good("person", "show", who))["id"] == who


def test_init_without_memory():
    """Each run goes on with what the one before made; the last one is whole."""
    with Site() as site:
        init = ["init", "--dir", site.home / "other", "--issuer", "http://localhost:1"]
        rows = faults(site, init, config=False)
        assert not judge("init", rows)[1], judge("init", rows)[1]
        done = subprocess.run([PRATU, *map(str, init)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    main([f for n, f in sorted(globals().items()) if n.startswith("test_")])
