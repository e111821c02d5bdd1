# SPDX-License-Identifier: AGPL-3.0-or-later
"""Do answers take the same time whoever is asked for? Real requests to a running server, in random
order, and what a statistician would say of them. Reports, does not judge; scripts/timing builds."""

import argparse
import json
import math
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from html import unescape
from pathlib import Path

import logins
import report
from bench_fixture import LOAD_CPU, ROOT, Bed, Trouble
from browser import Browser

# One attempt is free, the second locks: the kinds that are limited get there by real attempts.
GATE = "throttle:\n  free_attempts: 1\n  lock_after: 2\n  target_limit: 2\n"
LIMITED = 100  # names of each limited kind; all others are asked for once each
WRONG = "not-The-Password1"
RESAMPLES = 1000


def numbered(prefix, first):
    return lambda i: "%s%06d" % (prefix, first + i)


def kinds_of(n):
    """Who is asked for: name of the i-th, and whether it is limited first."""
    limited = range(2 * n, 2 * n + LIMITED)
    return {
        "known": (numbered("user", 0), False),
        "unknown": (numbered("none", 0), False),
        "no password, no address": (numbered("bare", n), False),
        "known, limited": (lambda i: "user%06d" % limited[i % LIMITED], True),
        "unknown, limited": (lambda i: "none%06d" % limited[i % LIMITED], True),
    }


PAIRS = (("known", "unknown"), ("known", "no password, no address"),
         ("known, limited", "unknown, limited"))


class Password:
    """A wrong password, from the login page."""

    title = "POST /login/password"

    @staticmethod
    def open(browser):
        return browser.login_page()

    @staticmethod
    def send(browser, page, name):
        return browser.send(page, "/login/password", [("username", name), ("password", WRONG)])


class Forgot:
    """The page of a forgotten password, reached from the login page."""

    title = "POST /login/forgot"

    @staticmethod
    def open(browser):
        link = re.search(r'href="(/login/forgot[^"]*)"', browser.login_page())
        if not link:
            raise Trouble("the login page does not lead to /login/forgot")
        return browser.follow(unescape(link.group(1)))

    @staticmethod
    def send(browser, page, name):
        return browser.send(page, "/login/forgot", [("username", name)])


PROBES = {"password": Password, "forgot": Forgot}


# --- statistics ---

def ranks(values):
    """Ranks from 1, the mean where values are equal; and how many are equal each time."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found, ties, i = [0.0] * len(values), [], 0
    while i < len(order):
        j = i
        while j < len(order) and values[order[j]] == values[order[i]]:
            j += 1
        for k in range(i, j):
            found[order[k]] = (i + j + 1) / 2
        ties.append(j - i)
        i = j
    return found, ties


def mann_whitney(a, b):
    """U of a, z and the two-sided p of the normal approximation, and the share of pairs in which a
    took longer (AUC: 0.5 is no difference)."""
    r, ties = ranks(a + b)
    n, m, both = len(a), len(b), len(a) + len(b)
    u = sum(r[:n]) - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * (both + 1 - sum(t ** 3 - t for t in ties) / (
        both * (both - 1))))
    z = (u - n * m / 2) / spread
    return {"u": u, "z": z, "p": math.erfc(abs(z) / math.sqrt(2)), "auc": u / (n * m)}


def difference(a, b):
    """95 % of the differences of medians of samples drawn again."""
    found = sorted(statistics.median(random.choices(a, k=len(a))) -
                   statistics.median(random.choices(b, k=len(b))) for _ in range(RESAMPLES))
    return [found[int(RESAMPLES * q)] for q in (0.025, 0.975)]


def compare(what, times, a, b):
    return {"what": what, "a": a, "b": b, "n": [len(times[a]), len(times[b])],
            "median": [statistics.median(times[x]) for x in (a, b)],
            "p10": [sorted(times[x])[int(0.1 * len(times[x]))] for x in (a, b)],
            "p90": [sorted(times[x])[int(0.9 * len(times[x]))] for x in (a, b)],
            "difference": difference(times[a], times[b]),
            **mann_whitney(times[a], times[b])}


# --- samples ---

def one(server, probe, name, network):
    """Milliseconds of the POST and of the page it leads to, on a connection that is open."""
    browser = Browser(server, "10.200.%d.%d" % (network // 200 % 256, network % 200 + 1))
    page = probe.open(browser)
    began = time.perf_counter()
    status, location, _ = probe.send(browser, page, name)
    sent = time.perf_counter()
    if status not in (200, 302, 303):
        raise Trouble("status %d for %s" % (status, name))
    if location:
        browser.follow(location)
    ended = time.perf_counter()
    browser.close()
    return (sent - began) * 1e3, (ended - sent) * 1e3


def lock(server, probe, kinds):
    """Two real attempts on each name that shall be limited, the second after the wait."""
    names = [kind[0](i) for kind in kinds.values() if kind[1] for i in range(LIMITED)]
    for attempt in range(2):
        began = time.monotonic()
        for i, name in enumerate(names):
            one(server, probe, name, i)
        time.sleep(max(0, began + 2 - time.monotonic()))


def samples(server, probe, kinds, n):
    """{kind: times of the POST}, {kind: times of the page behind it}."""
    order = [(kind, i) for kind in kinds for i in range(n)]
    random.shuffle(order)
    posts, pages = {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
    for at, (kind, i) in enumerate(order):
        post, page = one(server, probe, kinds[kind][0](i), at)
        posts[kind].append(post)
        pages[kind].append(page)
    return posts, pages


def measure(bed, probe, n):
    home, sandbox = logins.installation(bed, "timing", n)
    with open(home / "pratu.yaml", "a", encoding="utf-8") as f:
        f.write(GATE)
    kinds = kinds_of(n)
    with sandbox.run(), bed.pratu(home) as server:
        lock(server, probe, kinds)
        posts, pages = samples(server, probe, kinds, n)
    found = [compare(probe.title, posts, *pair) for pair in PAIRS]
    found += [compare("the page behind it", pages, *pair) for pair in PAIRS]
    halves = {"known, one half": posts["known"][::2], "known, the other": posts["known"][1::2]}
    return [*found, compare("the same kind twice", halves, *halves)]


# --- report ---

def table(found):
    lines = ["| what | p10, median, p90 ms | against | p10, median, p90 ms | difference of medians, 95 % | "
             "AUC | U | z | p |", "|---" * 9 + "|"]
    for f in found:
        sides = ["%s (%d) | %.2f, %.2f, %.2f" % side for side in zip(
            (f["a"], f["b"]), f["n"], f["p10"], f["median"], f["p90"])]
        lines.append("| %s: %s | %s | %+.2f to %+.2f ms | %.3f | %d | %+.2f | %.2f |" % (
            f["what"], *sides, *f["difference"], f["auc"], f["u"], f["z"], f["p"]))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="scripts/timing", description=__doc__)
    parser.add_argument("--probe", choices=PROBES, default="password")
    parser.add_argument("--samples", type=int, default=500, metavar="N", help="of each kind (500)")
    parser.add_argument("--out", default=str(ROOT / "build" / "bench-results"), metavar="DIR")
    given = parser.parse_args()
    if not LIMITED <= given.samples <= (logins.PEOPLE - LIMITED) // 2:
        parser.error("--samples is from %d to %d" % (LIMITED, (logins.PEOPLE - LIMITED) // 2))
    work = Path(tempfile.mkdtemp(prefix="pratu-timing-", dir=os.environ.get("BENCH_WORK")))
    machine, began = report.machine(work), time.monotonic()
    try:
        found = measure(Bed(os.environ["PRATU_BUILD"], work, 1, 1), PROBES[given.probe],
                        given.samples)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    text = "Taken %s, %d s, load average %s before and %s after.\n\n%s\n" % (
        machine["date"], time.monotonic() - began,
        *("%.1f" % load[0] for load in (machine["load_average_before"], os.getloadavg())),
        table(found))
    (out / ("timing-%s.md" % given.probe)).write_text(text, encoding="utf-8")
    (out / ("timing-%s.json" % given.probe)).write_text(
        json.dumps({"machine": machine, "found": found}, indent=1) + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    try:
        # Server and client have a processor each.
        os.sched_setaffinity(0, {int(LOAD_CPU)})
        main()
    except (Trouble, KeyboardInterrupt) as trouble:
        print("scripts/timing: %s" % (trouble or "interrupted"), file=sys.stderr)
        sys.exit(2)
