# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind A: no memory for a command: it may fail, with a sentence; it never ends by a signal, and what it
left behind is whole. Every command, with allocations that fail at many places (alloc_faults_preload.c).
TAP. kind_a_alloc.py PRATU PRELOAD; PRATU_ALLOC_POINTS=N for more places."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kind_a_commands import arguments, commands  # noqa: E402
from lib import PID, PRATU, Site, main  # noqa: E402

PRELOAD = sys.argv[2]
POINTS = os.environ.get("PRATU_ALLOC_POINTS", "24")


def faults(site, args):
    """[(n, exit status or -signal)] and all that was printed."""
    result = site.home / "faults.txt"
    result.unlink(missing_ok=True)
    env = {**os.environ, "LD_PRELOAD": PRELOAD, "PRATU_ALLOC_FAULTS": str(result),
           "PRATU_ALLOC_POINTS": POINTS}
    done = subprocess.run([PRATU, *map(str, args), "--config", str(site.config)], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=200)
    assert done.returncode == 0, (args, done.returncode, done.stdout[-400:])
    *rows, last = result.read_text().splitlines()
    assert last.startswith("all "), (args, last)
    return [tuple(map(int, row.split())) for row in rows], int(last[4:]), done.stdout.decode(
        errors="replace")


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
        seen, failed, refused = commands(site), 0, 0
        assert len(seen) > 40
        for command in seen:
            rows, _, said = faults(site, [*command.split(), *known(site, who, command)])
            failed += len(rows)
            refused += sum(1 for _, status in rows if status)
            assert all(status >= 0 for _, status in rows), (command, rows, said[-600:])
            assert "fatal" not in said, (command, said[-600:])
        print("# %d faults in %d commands, %d of them refused" % (failed, len(seen), refused))
        assert failed > 500 and refused > 50


def test_what_they_leave_is_whole():
    """After hundreds of imports and changes that found no memory: the store opens, the trail verifies,
    and the same commands do their work."""
    with Site() as site:
        who = prepare(site)
        for command in ("import", "client update", "account issue-secret", "person suspend", "keys rotate"):
            extra = ["--reason", "test"] if command.split()[0] in ("account", "person") else []
            faults(site, [*command.split(), *known(site, who, command), *extra])
        site.good("audit", "verify")
        site.good("import", "grants", site.home / "grants.csv")
        assert json.loads(site.good("person", "show", who))["id"] == who


def test_init_without_memory():
    with Site() as site:
        result = site.home / "faults.txt"
        env = {**os.environ, "LD_PRELOAD": PRELOAD, "PRATU_ALLOC_FAULTS": str(result),
               "PRATU_ALLOC_POINTS": POINTS}
        done = subprocess.run([PRATU, "init", "--dir", str(site.home / "other"), "--issuer",
                               "http://localhost:1"], env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=200)
        assert done.returncode == 0
        assert all(int(row.split()[1]) >= 0 for row in result.read_text().splitlines()[:-1])


if __name__ == "__main__":
    main([f for n, f in sorted(globals().items()) if n.startswith("test_")])
