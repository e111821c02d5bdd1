# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other providers beside Pratu: the same flows, load client, processor and moment."""

import contextlib

import peer_glewlwyd
import peer_node
from bench_fixture import Trouble, median

CONNECTIONS = 64
FEWER = {"Glewlwyd": 16}  # it does worse with more: a thread each, which wait for SQLite's lock
WARMUP = 1.5  # seconds, in which slow ones get their first tokens
SECONDS = 2
TITLES = {"sso": "SSO logins", "refresh": "Refreshes", "client_credentials": "client_credentials",
          "introspect": "Introspections", "userinfo": "Userinfo"}
PRATU = "Pratu"


def pratu(bed):
    home = bed.small()
    return bed.pratu(home), lambda: home / "cookies"


PEERS = {  # name: (opens it, its options, what it can, its version)
    "Glewlwyd": (peer_glewlwyd.open_peer, peer_glewlwyd.OPTIONS, peer_glewlwyd.SCENARIOS,
                 peer_glewlwyd.version),
    "oidc-provider, memory": (lambda bed: peer_node.open_peer(bed, False), peer_node.OPTIONS,
                              peer_node.SCENARIOS, lambda: peer_node.version(False)),
    "oidc-provider, SQLite": (lambda bed: peer_node.open_peer(bed, True), peer_node.OPTIONS,
                              peer_node.SCENARIOS, lambda: peer_node.version(True)),
}


def start(bed, stack, troubles):
    """Those that run: name -> (server, cookies, options, scenarios)."""
    running = {}
    for name, (opens, options, scenarios, _) in [
            (PRATU, (pratu, {}, tuple(TITLES), None)), *PEERS.items()]:
        try:
            server, prepare = opens(bed)
            stack.enter_context(server)
            running[name] = server, prepare(), options, scenarios
        except (Trouble, OSError) as trouble:
            troubles.append({"row": name, "why": str(trouble)})
    return running


def compare(bed, running, scenario):
    """The same scenario on all, in turns."""
    results = {name: [] for name in running}
    for _ in range(bed.runs):
        for name, (server, cookies, options, scenarios) in running.items():
            if scenario in scenarios:
                results[name].append(bed.load(
                    server, scenario, FEWER.get(name, CONNECTIONS), cookies, options=options,
                    seconds=min(SECONDS, bed.seconds), warmup=WARMUP))
    rates = {name: median([r["per_second"] for r in got]) for name, got in results.items() if got}
    return {"scenario": scenario, "title": TITLES[scenario], "rates": rates, "details": results,
            "failures": {name: sum(r["failures"] for r in got) for name, got in results.items()},
            "ahead": all(rates[PRATU] > rate for name, rate in rates.items() if name != PRATU)}


def measure(bed, troubles):
    print("  peers: packages ...", flush=True)
    try:
        peer_node.install()
    except Trouble as trouble:
        troubles.append({"row": "npm ci", "why": str(trouble)})
    with contextlib.ExitStack() as stack:
        running = start(bed, stack, troubles)
        if PRATU not in running:
            return {"groups": [], "versions": {}}
        groups = []
        for scenario in TITLES:
            print("  peers: %s" % scenario, flush=True)
            groups.append(compare(bed, running, scenario))
        return {"groups": groups, "connections": CONNECTIONS, "versions": {
            name: row[3]() for name, row in PEERS.items() if name in running}}
