# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is measured, one function a row or a group of rows. Each returns a list of rows."""

import re
from pathlib import Path

import floods
import hang
import logins
from bench_fixture import Server, anonymous_bytes, free_port, get, median, on, run, signatures_per_second
from verdict import judged, row

JWKS, DISCOVERY = "/oauth2/jwks", "/.well-known/openid-configuration"
FLOWS = (  # scenario, title, times S
    ("refresh", "Refresh with rotation, 64 connections", 0.2),
    ("client_credentials", "client_credentials, 64 connections", 0.4),
    ("introspect", "Introspection of an opaque token, 64 connections", 1.0),
    ("userinfo", "Userinfo, 64 connections", 1.0),
)
SSO_TARGETS = {64: 0.13}
SSO_P99_US = {16: 4000}
APPS_512_CPU_MS = 5
GROWTH = 10  # times the records
GROWTH_MAX_PERCENT = 10


# --- flows ---

def flow_runs(bed, server, cookies, scenario, connections):
    """Runs of one scenario, S beside each."""
    results = []
    for _ in range(bed.runs):
        s = signatures_per_second()
        result = bed.load(server, scenario, connections, cookies)
        result["S"] = s
        result["ratio"] = result["per_second"] / s
        results.append(result)
    return results


def flow_row(name, title, results):
    r = row(name, title, "1/s", [x["per_second"] for x in results], details=results)
    r["ratio"] = median([x["ratio"] for x in results])
    r["p50_us"] = median([x["p50_us"] for x in results])
    r["p99_us"] = median([x["p99_us"] for x in results])
    r["cpu_us"] = median([x["cpu_us_per_flow"] for x in results if "cpu_us_per_flow" in x] or [0])
    r["failures"] = sum(x["failures"] for x in results)
    return judged(r, r["failures"], "<=", 0, "failed flows")


def sso(bed):
    home = bed.small()
    rows = []
    with bed.pratu(home) as server:
        for connections in (1, 16, 64, 256):
            results = flow_runs(bed, server, home / "cookies", "sso", connections)
            r = flow_row("sso-%d" % connections, "Complete SSO login, %d connection%s" % (
                connections, "s" if connections > 1 else ""), results)
            if connections in SSO_TARGETS:
                judged(r, r["ratio"], ">=", SSO_TARGETS[connections], "of S")
            if connections in SSO_P99_US:
                judged(r, r["p99_us"] / 1000, "<=", SSO_P99_US[connections] / 1000, "p99, ms")
            rows.append(r)
    return rows


def flow(scenario, title, target):
    def measure(bed):
        home = bed.small()
        with bed.pratu(home) as server:
            results = flow_runs(bed, server, home / "cookies", scenario, 64)
        r = flow_row(scenario, title, results)
        return [judged(r, r["ratio"], ">=", target, "of S")]
    return measure


# --- static answers ---

SKIPPED = {"date", "content-length", "connection"}  # libmicrohttpd writes these itself


def bare_twin(bed, server, path):
    """The bare program with the same bytes and headers."""
    _, headers, body = get(server.port, path, server.authority)
    files = bed.work / "bare-headers", bed.work / "bare-body"
    files[0].write_text("".join("%s: %s\n" % h for h in headers if h[0].lower() not in SKIPPED))
    files[1].write_bytes(body)
    port = free_port()
    return Server("bench_bare", [bed.tool("bench_bare"), port, *files], port, path,
                  bed.work / "bare.log")


def static(name, title, path):
    def measure(bed):
        ours, theirs, ratios, failures, p99 = [], [], [], 0, []
        with bed.pratu(bed.small()) as server, bare_twin(bed, server, path) as bare:
            for _ in range(bed.runs):
                a = bed.wrk(server, path, 64)
                b = bed.wrk(bare, path, 64)
                ours.append(a["per_second"])
                theirs.append(b["per_second"])
                ratios.append(a["per_second"] / b["per_second"])
                failures += a["failures"]
                p99.append(a["p99_us"])
        r = row(name, title, "1/s", ours, bare=theirs, ratio=median(ratios), failures=failures,
                p99_us=median(p99))
        return [judged(r, r["ratio"], ">=", 0.8, "of bare libmicrohttpd")]
    return measure


# --- start-up, memory, disk ---

def start_ms(bed, home):
    port = bed.port_of(home)
    out = run(*on("1", bed.tool("bench_startup"), port, "localhost:%d" % port, JWKS,
                  *on("0", bed.pratu_binary, "serve", "--config", home / "pratu.yaml")))
    return float(out.stdout)


def startup(bed):
    people = 20000 if bed.quick else 200000
    empty = bed.store("empty", people=0, grants=0)
    full = bed.store("people", people=people, grants=1)
    runs = max(7, bed.runs)
    rows = [row("startup-empty", "Start-up to the first 200, empty store", "ms",
                [start_ms(bed, empty) for _ in range(runs)]),
            row("startup-people", "Start-up to the first 200, %s people" % format(people, ","), "ms",
                [start_ms(bed, full) for _ in range(runs)])]
    judged(rows[0], rows[0]["value"], "<=", 20, "ms")
    judged(rows[1], rows[1]["value"], "<=", 300, "ms")
    return rows


def resident(bed, home, cookies, warm):
    """Anonymous MB after the start, and after load."""
    with bed.pratu(home) as server:
        idle = anonymous_bytes(server.pid) / 1e6
        if warm:
            bed.load(server, "sso", 64, cookies, warmup=0)
        return idle, anonymous_bytes(server.pid) / 1e6


def memory(bed):
    sessions = 10000 if bed.quick else 100000
    empty = bed.store("empty", people=0, grants=0)
    home = bed.store("sessions", people=1000, sessions=sessions, grants=1)
    sizes = bed.stores["sessions"][1]
    idle = [resident(bed, empty, None, False)[0] for _ in range(bed.runs)]
    loaded = [resident(bed, home, home / "cookies", True) for _ in range(bed.runs)]
    many = format(sessions, ",")
    rows = [row("memory-idle", "Anonymous memory, idle, empty store", "MB", idle),
            row("memory-sessions", "Anonymous memory, %s sessions in the store" % many, "MB",
                [x[0] for x in loaded]),
            row("memory-loaded", "The same after SSO logins over 64 connections", "MB",
                [x[1] for x in loaded]),
            row("disk-session", "Disk per session (%s)" % many, "bytes",
                [(int(sizes["sessions"]) - int(sizes["people"])) / sessions])]
    judged(rows[0], rows[0]["value"], "<=", 8, "MB")
    judged(rows[3], rows[3]["value"], "<=", 2048, "bytes")
    return rows


# --- growth ---

def growth(bed):
    """The same flows on a store with ten times the people, sessions, tokens and grants."""
    n = 2000 if bed.quick else 20000
    small = bed.store("grow-1", people=n, sessions=n, grants=1, tokens=n)
    big = bed.store("grow-10", people=n * GROWTH, sessions=n * GROWTH, grants=GROWTH,
                    tokens=n * GROWTH)
    rows = []
    with bed.pratu(small) as a, bed.pratu(big) as b:
        for scenario in ("sso", "refresh", "introspect"):
            pairs = []
            for i in range(max(3, bed.runs)):
                order = ((a, small), (b, big)) if i % 2 == 0 else ((b, big), (a, small))
                got = {s.port: bed.load(s, scenario, 64, home / "cookies") for s, home in order}
                pairs.append((got[a.port], got[b.port]))
            cost = [100 * (y["cpu_us_per_flow"] / x["cpu_us_per_flow"] - 1) for x, y in pairs]
            r = row("growth-" + scenario, "Ten times the people, sessions, tokens and grants: "
                    "cost of %s" % scenario, "% more CPU", cost, details=pairs)
            r["rate_change_percent"] = median(
                [100 * (y["per_second"] / x["per_second"] - 1) for x, y in pairs])
            rows.append(judged(r, r["value"], "<=", GROWTH_MAX_PERCENT, "%"))
    return rows


# --- people with many rights ---

def apps(bed):
    """The launcher of people with one grant and with 512 in 64 systems: its cost grows with what it
    shows, which is 512 rows, and never with the square of that."""
    rows = []
    for grants in (1, 512):
        home = bed.store("apps-%d" % grants, people=100, sessions=100, grants=grants)
        with bed.pratu(home) as server:
            r = flow_row("apps-%d" % grants, "Launcher of people with %d grant%s, 16 connections" % (
                grants, "s" if grants > 1 else ""),
                flow_runs(bed, server, home / "cookies", "apps", 16))
        rows.append(r)
    judged(rows[1], rows[1]["cpu_us"] / 1000, "<=", APPS_512_CPU_MS, "ms of CPU a page")
    return rows


# --- portals that poll ---

CIBA_PENDING, CIBA_EVERY, CIBA_CORE = 10000, 5, 0.2


def ciba(bed):
    """Requests of portals that nobody has answered, each polled every five seconds: the part of a core
    that they cost, and what they cost while nobody polls: no thread, no memory."""
    home = bed.pratu_home("ciba")
    with open(home / "pratu.yaml", "a", encoding="utf-8") as f:
        # A poll that comes a little early is no fault of this row.
        f.write("ciba:\n  interval: %ds\n" % (CIBA_EVERY - 1))
    bed.seed(home, CIBA_PENDING, pending=CIBA_PENDING)
    options = {"people": CIBA_PENDING, "rate": CIBA_PENDING / CIBA_EVERY}
    results, idle = [], []
    with bed.pratu(home) as server:
        threads = len(list(Path("/proc/%d/task" % server.pid).iterdir()))
        for _ in range(bed.runs):
            idle.append(anonymous_bytes(server.pid) / 1e6)
            results.append(bed.load(server, "ciba-poll", 64, home / "cookies",
                                    seconds=max(2 * CIBA_EVERY, bed.seconds), options=options))
    r = row("ciba", "Core taken by %s pending requests, each polled every %d s" % (
        format(CIBA_PENDING, ","), CIBA_EVERY), "of a core", [x["server_busy"] for x in results],
        details=results, failures=sum(x["failures"] for x in results), idle_mb=idle, threads=threads)
    judged(r, r["value"], "<=", CIBA_CORE, "of a core")
    return [judged(r, r["failures"], "<=", 0, "failed polls")]


# --- a hung upstream ---

def metric(server_home, bed, name):
    port = bed.port_of(server_home, "management")
    text = get(port, "/metrics")[2].decode()
    found = re.search(r"(?m)^%s (\d+)" % re.escape(name), text)
    return int(found.group(1)) if found else None


def hung(bed):
    workers = 32
    home = bed.pratu_home("hung", "  workers: %d\n" % workers)
    bed.seed(home, 1000, 1000, 1, 0)
    with hang.Silent() as silent:
        silent.configure(home, workers)
        with bed.pratu(home) as server, hang.Logins(server, silent, workers):
            waiting, discovery, logins = [], [], []
            hang.wait_until(lambda: metric(home, bed, "pratu_workers_busy") == workers)
            for _ in range(bed.runs):
                logins.append(bed.load(server, "sso", 16, home / "cookies"))
                discovery.append(bed.wrk(server, DISCOVERY, 16))
                waiting.append(metric(home, bed, "pratu_workers_busy"))
    rows = []
    for name, title, results in (
            ("hung-sso", "p99 of SSO logins (16 connections), ThaID hung", logins),
            ("hung-discovery", "p99 of discovery (16 connections), ThaID hung", discovery)):
        r = row(name, title, "ms", [x["p99_us"] / 1000 for x in results], workers=workers,
                workers_waiting=waiting, details=results,
                failures=sum(x["failures"] for x in results))
        judged(r, r["value"], "<=", 10, "ms")
        judged(r, r["failures"], "<=", 0, "failed")
        rows.append(judged(r, min(waiting), ">=", workers, "workers waiting all the time"))
    return rows


ROWS = {
    "discovery": static("discovery", "Discovery, 64 connections (wrk)", DISCOVERY),
    "jwks": static("jwks", "JWKS, 64 connections (wrk)", JWKS),
    "sso": sso,
    **{scenario: flow(scenario, title, target) for scenario, title, target in FLOWS},
    "startup": startup,
    "memory": memory,
    "growth": growth,
    "apps": apps,
    "ciba": ciba,
    "hung": hung,
    "password": logins.password,
    "password-mail": logins.password_mail,
    "password-beside": logins.password_beside,
    "password-storm": floods.storm,
    "thaid-flood": floods.thaid_flood,
}
