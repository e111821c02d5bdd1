# SPDX-License-Identifier: AGPL-3.0-or-later
"""Floods: very many passwords at once, and junk returns from ThaID. Who is served, and when?"""

import http.client
import json
import os
import threading
import time
from urllib.parse import parse_qs, urlsplit

from bench_fixture import LOAD_CPU, Trouble, median
from browser import Browser
from logins import PASSWORD, REFRESH_RATE, SLOWER, THAID_PEOPLE, installation
from verdict import judged, row

CROWDS = (64, 256, 1000)  # people who press within a second
ROOM = 8  # seconds that somebody may expect to wait: password.wait_max
ROBOTS, ROBOT_PRESSES = 500, 20  # of one network, as fast as they are answered: 10,000 presses
SSO_RATE, THAID_RATE = 50, 20  # a second, beside the crowds
BESIDE = {"refresh": "refreshes", "sso": "SSO logins", "thaid": "ThaID logins"}
CALM_SECONDS = 5
JUNK_RATE, REAL_RATE = 48, 2  # returns a second
JUNK_SECONDS, THAID_MS = 10, 300  # what ThaID takes to answer
LATE = 1  # seconds that robots may delay somebody of another network


def give_way():
    """This thread is the crowd: it stays off the server's processor, and the load client that
    measures the others goes before it, at once."""
    os.sched_setaffinity(0, {int(LOAD_CPU)})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


class Person:
    """A browser with the login page open, and what came of pressing the button."""

    def __init__(self, server, number, address):
        self.number, self.browser = number, Browser(server, address)
        self.page = self.browser.login_page()
        self.status = self.took = None
        self.let_in = False

    def press(self, at):
        give_way()
        time.sleep(max(0, at - time.monotonic()))
        began = time.monotonic()
        try:
            self.status, _, body = self.browser.send(self.page, "/login/password", [
                ("username", "user%06d" % self.number), ("password", PASSWORD)])
            # A way on, not the form once more.
            self.let_in = self.status in (200, 303) and 'name="password"' not in body
        except (OSError, http.client.HTTPException, Trouble):
            self.status = 0
        self.took = time.monotonic() - began


class Robot(Person):
    """Presses again and again, with what the answer shows."""

    def press(self, at):
        give_way()
        time.sleep(max(0, at - time.monotonic()))
        for _ in range(ROBOT_PRESSES):
            try:
                _, location, body = self.browser.send(self.page, "/login/password", [
                    ("username", "user%06d" % self.number), ("password", "wrong")])
                self.page = self.browser.follow(location) if location else body
            except (OSError, http.client.HTTPException, Trouble):
                return


def office_of(number):
    return "10.%d.%d.%d" % (number // 20 // 256, number // 20 % 256, number % 20 + 1)


def press_all(people, within):
    """All of them press, evenly within so many seconds."""
    start = time.monotonic() + 0.2
    threads = [threading.Thread(target=p.press, args=(start + within * i / len(people),))
               for i, p in enumerate(people)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for p in people:
        p.browser.close()


def share(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else 0


def beside(bed, server, home, sandbox, seconds):
    """Refreshes, SSO logins and ThaID logins at their rates; p99 of each, in ms, by beside_end."""
    return {
        "refresh": bed.load_begin(server, "refresh", 32, home / "apart", seconds=seconds,
                                  options={"rate": REFRESH_RATE}),
        "sso": bed.load_begin(server, "sso", 16, home / "apart", seconds=seconds,
                              options={"rate": SSO_RATE}),
        "thaid": bed.load_begin(server, "thaid", 16, seconds=seconds, options={
            "rate": THAID_RATE, "people": THAID_PEOPLE, "away-port": sandbox.port,
            "away-authority": "localhost:%d" % sandbox.port})}


def beside_end(bed, loads):
    return {name: bed.load_end(load)["p99_us"] / 1000 for name, load in loads.items()}


def crowd(bed, server, home, sandbox, size):
    people = [Person(server, i, office_of(i)) for i in range(size)]
    calm = beside_end(bed, beside(bed, server, home, sandbox, CALM_SECONDS))
    others = beside(bed, server, home, sandbox, 2 + min(ROOM, size / 100))
    press_all(people, 1)
    busy = beside_end(bed, others)
    waits = [p.took for p in people if p.let_in]
    return {"let_in": len(waits), "refused": sum(p.status == 503 for p in people),
            "lost": sum(not p.let_in and p.status != 503 for p in people),
            "p50_us": share(waits, 0.5) * 1e6, "p99_us": share(waits, 0.99) * 1e6,
            "calm_p99_ms": calm, "busy_p99_ms": busy}


def robots(server):
    """People of other networks press while one network presses ten thousand times."""
    flood = [Robot(server, 1000 + i % 900, "10.200.0.%d" % (i % 250 + 1)) for i in range(ROBOTS)]
    people = [Person(server, i, office_of(i)) for i in range(10)]
    flooding = threading.Thread(target=press_all, args=(flood, 0.5))
    flooding.start()
    time.sleep(1)
    press_all(people, 1)
    flooding.join()
    return [p.took if p.let_in else 60 for p in people]


def storm(bed):
    rows, ratios = [], {name: [] for name in BESIDE}
    home, sandbox = installation(bed, "password-storm")
    with sandbox.run(), bed.pratu(home) as server:
        for size in CROWDS:
            found = crowd(bed, server, home, sandbox, size)
            for name, runs in ratios.items():
                runs.append(found["busy_p99_ms"][name] / found["calm_p99_ms"][name])
            r = row("password-storm-%d" % size, "Password storm: %d people within a second, "
                    "refused" % size, "people", [found["refused"]], details=found,
                    p50_us=found["p50_us"], p99_us=found["p99_us"], failures=found["lost"])
            judged(r, found["lost"], "<=", 0, "without an answer")
            if size < 520:
                judged(r, found["refused"], "<=", 0, "refused")
            rows.append(judged(r, found["p99_us"] / 1e6, "<=", ROOM + 1, "s of waiting, p99"))
            time.sleep(1)
        late = robots(server)
    for name, runs in ratios.items():
        r = row("password-storm-" + name, "p99 of %s during the storms, of the p99 before"
                % BESIDE[name], "times", runs)
        rows.append(judged(r, median(runs), "<=", SLOWER, "of the p99 before"))
    r = row("password-storm-robots", "Wait of a person beside %d presses of one other network"
            % (ROBOTS * ROBOT_PRESSES), "s", late)
    return [*rows, judged(r, max(late), "<=", LATE, "s at most")]


# --- ThaID ---

def set_sandbox(sandbox, **settings):
    c = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    c.request("POST", "/api/thaid/settings", json.dumps(settings),
              {"Host": "localhost:%d" % sandbox.port, "Content-Type": "application/json"})
    answer = c.getresponse()
    said = answer.read()
    c.close()
    if answer.status >= 300:
        raise Trouble("the sandbox refuses its settings: %d %s" % (answer.status, said[:200]))


def junk_return(server):
    """A login of its own, and back at once with a code that ThaID never made."""
    b = Browser(server, "10.250.0.1")
    page = b.login_page()
    _, away, _ = b.send(page, "/login/upstream")
    state = parse_qs(urlsplit(away).query)["state"][0]
    status = b.ask("GET", "/upstream/thaid/callback?code=junk&state=" + state)[0]
    b.close()
    return status


class Junk:
    """So many junk returns a second, from one address."""

    def __init__(self, server):
        self.server, self.statuses, self.lock = server, [], threading.Lock()
        self.start, self.next = time.monotonic(), 0
        self.threads = [threading.Thread(target=self.run) for _ in range(JUNK_RATE)]

    def run(self):
        while True:
            with self.lock:
                at, self.next = self.start + self.next / JUNK_RATE, self.next + 1
            if at > self.start + JUNK_SECONDS + 1:
                return
            time.sleep(max(0, at - time.monotonic()))
            try:
                status = junk_return(self.server)
            except (OSError, http.client.HTTPException, Trouble, KeyError, TypeError):
                status = 0
            with self.lock:
                self.statuses.append(status)

    def __enter__(self):
        for t in self.threads:
            t.start()
        time.sleep(1)
        return self

    def __exit__(self, *_):
        for t in self.threads:
            t.join()


def real_logins(bed, server, sandbox):
    return bed.load_end(bed.load_begin(server, "thaid", 32, seconds=JUNK_SECONDS - 1, options={
        "rate": REAL_RATE, "people": THAID_PEOPLE, "away-port": sandbox.port,
        "away-authority": "localhost:%d" % sandbox.port}))


def thaid_flood(bed):
    home, sandbox = installation(bed, "thaid-flood")
    with sandbox.run(), bed.pratu(home) as server:
        set_sandbox(sandbox, delay_ms=THAID_MS, delay_at="token")
        calm = real_logins(bed, server, sandbox)
        with Junk(server) as junk:
            real = real_logins(bed, server, sandbox)
    flows = real["flows"] + real["failures"]
    r = row("thaid-flood", "Real ThaID logins that succeed beside %d junk returns a second of one "
            "address" % JUNK_RATE, "%", [100 * real["flows"] / flows if flows else 0],
            details=[calm, real, {str(s): junk.statuses.count(s) for s in set(junk.statuses)}],
            p50_us=real["p50_us"], p99_us=real["p99_us"], failures=real["failures"])
    return [judged(r, r["value"], ">=", 100, "%")]
