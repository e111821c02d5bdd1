# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logins by password: how many a second, and how ThaID and refreshes fare beside them."""

import json
import re
import secrets
import threading
import time

from bench_fixture import LOAD_CPU, SERVER_CPU, Server, Trouble, free_port, get, median, on, run
from browser import Browser
from verdict import judged, row

PEOPLE = 2000  # with a password; each has a network address of an office of 20
THAID_PEOPLE = 1000  # whom the sandbox knows: its maximum
APART = 64  # more people, whose sessions are refreshed: many logins end a person's older sessions
CONNECTIONS = 8  # of the password load
TARGET = 0.9  # of bare argon2id
THAID_RATE, REFRESH_RATE = 50, 200  # a second: about what a core of the country's morning gets
SLOWER = 2  # times the p99 without password load
PASSWORD = "bench-Password1"
PROXY = "  trusted_proxies: [127.0.0.1]\n"
SCOPES = ("openid pid name title given_name middle_name family_name name_en title_en "
          "given_name_en middle_name_en family_name_en birthdate gender address ial")


def citizen_number(i):
    """As bench_seed makes them, with the right check digit."""
    digits = "%012d" % i
    total = sum(int(d) * (13 - k) for k, d in enumerate(digits))
    return digits + str((11 - total % 11) % 10)


class Sandbox:
    """Its configuration and process."""

    def __init__(self, bed, home, callback):
        self.bed, self.home = bed, home / "sandbox"
        self.port, self.mail_port = free_port(), free_port()
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.secret = secrets.token_urlsafe(32)
        self.write("thaid.secret", self.secret)
        people = [{"pid": citizen_number(i), "given_name": "สมชาย", "family_name": "ใจดี"}
                  for i in range(THAID_PEOPLE)]
        self.write("sandbox.yaml", json.dumps({
            "listen": {"port": self.port}, "url": self.url,
            "thaid": {"clients": [{
                "client_id": "bench-thaid", "client_secret": "thaid.secret",
                "redirect_uris": [callback], "scopes": SCOPES.split()}]},
            "people": people, "mail": {"port": self.mail_port}}, ensure_ascii=False))

    def write(self, name, text):
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    @property
    def url(self):
        return "http://localhost:%d" % self.port

    def run(self):
        return Server("pratu-sandbox", [self.bed.build / "src/sandbox/pratu-sandbox", "--config",
                                        self.home / "sandbox.yaml"],
                      self.port, "/healthz", self.home / "log", cpu=LOAD_CPU)


def configure(home, sandbox, verified):
    """Both ways of logging in. Everything else is as it comes, the gate and its limits too."""
    secret = home / "thaid.secret"
    secret.write_text(sandbox.secret)
    secret.chmod(0o600)
    provider = home / "sms.secret"
    provider.write_text(sandbox.secret)
    provider.chmod(0o600)
    with open(home / "pratu.yaml", "a", encoding="utf-8") as f:
        f.write("""
thaid:
  issuer: %s
  client_id: bench-thaid
  client_secret: %s
mail:
  host: 127.0.0.1
  port: %d
  tls: none
  from: no-reply@sso.test
  from_name: ระบบยืนยันตัวตนกลาง
sms:
  providers:
    - {name: one, preset: thaibulksms, url: "%s/sms/thaibulksms", user: bench,
       secret_file: %s, sender: DLA}
policies:
  - name: default
    primary: [thaid, password]
""" % (sandbox.url, secret, sandbox.mail_port, sandbox.url, provider))
        # Nobody has a mobile number: before the day there is no code, and no email is asked for.
        f.write("    second_factor: {methods: [otp_email]}\n" if verified else
                "    second_factor: {methods: [otp_sms], required_from: 2099-01-01}\n")


def installation(bed, name, verified=0):
    """(home, sandbox): its people have accounts, so many of them a verified email address."""
    home = bed.pratu_home(name, PROXY)
    issuer = "http://localhost:%d" % bed.port_of(home)
    sandbox = Sandbox(bed, home, issuer + "/upstream/thaid/callback")
    configure(home, sandbox, verified)
    bed.seed(home, PEOPLE + APART, PEOPLE + APART, 1, 0, PEOPLE, verified)
    cookies = (home / "cookies").read_text(encoding="ascii").split("\n")
    (home / "apart").write_text("\n".join(cookies[PEOPLE:]), encoding="ascii")
    return home, sandbox


def bare_hashes(bed):
    """argon2id of 19 MiB and two passes on the server's processor, now: per_second,
    cpu_us_per_hash."""
    out = run(*on(SERVER_CPU, bed.tool("bench_argon2"), 19, 2, max(1, round(bed.seconds / 2)),
                  1)).stdout
    return json.loads(out)


# --- how many a second ---

def password_load(bed, server, seconds=None):
    return bed.load_begin(server, "password", CONNECTIONS, seconds=seconds,
                          options={"people": PEOPLE, "password": PASSWORD})


def rate_row(name, title, pairs, target):
    """pairs: (bare argon2id, logins) of each run; target None: told, not promised."""
    r = row(name, title, "1/s", [b["per_second"] for _, b in pairs], details=pairs,
            ratio=median([b["per_second"] / a["per_second"] for a, b in pairs]),
            p50_us=median([b["p50_us"] for _, b in pairs]),
            p99_us=median([b["p99_us"] for _, b in pairs]),
            cpu_us=median([b["cpu_us_per_flow"] for _, b in pairs]),
            bare=[a["per_second"] for a, _ in pairs],
            # The same by processor time: what a busy machine gives both of them less of.
            cpu_ratio=median([a["cpu_us_per_hash"] / b["cpu_us_per_flow"] for a, b in pairs]),
            failures=sum(b["failures"] for _, b in pairs))
    judged(r, r["failures"], "<=", 0, "failed flows")
    what = "of bare argon2id (%.1f 1/s; by processor time %.3f)" % (median(r["bare"]), r["cpu_ratio"])
    if not target:
        return {**r, "note": what}
    return judged(r, r["ratio"], ">=", target, what)


def password(bed):
    home, _ = installation(bed, "password")
    pairs = []
    with bed.pratu(home) as server:
        for _ in range(bed.runs):
            bare = bare_hashes(bed)
            pairs.append((bare, bed.load(server, "password", CONNECTIONS, options={
                "people": PEOPLE, "password": PASSWORD})))
    return [rate_row("password", "Password login, %d connections" % CONNECTIONS, pairs, TARGET)]


# --- with a code by mail ---

class Inbox:
    """Reads the sandbox's inbox; the newest code of each address."""

    def __init__(self, sandbox):
        self.sandbox, self.codes, self.news = sandbox, {}, threading.Condition()
        self.ended = False
        self.reader = threading.Thread(target=self.read, daemon=True)

    def __enter__(self):
        self.reader.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.reader.join()

    def read(self):
        seen = 0
        while not self.ended:
            answer = get(self.sandbox.port, "/api/mail?since=%d" % seen)[2]
            for mail in json.loads(answer)["mail"]:
                seen = mail["number"]
                code = re.search(r"\b(\d{6})\b", mail["text"])
                with self.news:
                    self.codes.update({mail["to"]: code.group(1)} if code else {})
                    self.news.notify_all()
            time.sleep(0.02)

    def code(self, address):
        with self.news:
            if not self.news.wait_for(lambda: address in self.codes, 30):
                raise Trouble("no code came for " + address)
            return self.codes.pop(address)


class MailLogins:
    """People who log in by password and a code by mail, so many at once."""

    def __init__(self, server, inbox, first):
        self.server, self.inbox, self.next = server, inbox, first
        self.lock, self.times, self.failures, self.said = threading.Lock(), [], 0, None

    def run(self, seconds, warmup=0.5):
        self.start = time.monotonic() + warmup
        self.end = self.start + seconds
        people = [threading.Thread(target=self.one_after_another) for _ in range(CONNECTIONS)]
        for p in people:
            p.start()
        for p in people:
            p.join()
        return sorted(self.times)

    def one_after_another(self):
        while time.monotonic() < self.end:
            with self.lock:
                person, self.next = self.next % PEOPLE, self.next + 1
            began = time.monotonic()
            try:
                self.log_in(person)
            except (OSError, Trouble) as why:
                self.failures += 1
                self.said = self.said or str(why)
                continue
            now = time.monotonic()
            if self.start <= now < self.end:
                self.times.append(now - began)

    def log_in(self, person):
        office = person // 20
        browser = Browser(self.server, "10.%d.%d.%d" % (office // 256, office % 256,
                                                        person % 20 + 1))
        page = browser.press(browser.login_page(), "/login/password", [
            ("username", "user%06d" % person), ("password", PASSWORD)])
        code = self.inbox.code("p%06d@office.test" % person)
        if browser.press(page, "/login/code", [("code", code)]) is not None:
            raise Trouble("the code led to another page")
        browser.redeem()
        browser.close()


def mail_run(bed, server, inbox, first):
    logins = MailLogins(server, inbox, first)
    before, began = server.cpu_seconds(), time.monotonic()
    times = logins.run(bed.seconds)
    took, used = time.monotonic() - began, server.cpu_seconds() - before
    if not times:
        raise Trouble("no login by code: %s" % logins.said)
    return logins.next, {
        "per_second": len(times) / bed.seconds, "failures": logins.failures,
        "p50_us": times[len(times) // 2] * 1e6, "p99_us": times[int(len(times) * 0.99)] * 1e6,
        "cpu_us_per_flow": used / took / (len(times) / bed.seconds) * 1e6, "said": logins.said}


def password_mail(bed):
    home, sandbox = installation(bed, "password-mail", PEOPLE)
    pairs, person = [], 0
    with sandbox.run(), bed.pratu(home) as server, Inbox(sandbox) as inbox:
        for _ in range(bed.runs):
            bare = bare_hashes(bed)
            person, found = mail_run(bed, server, inbox, person)
            pairs.append((bare, found))
    return [rate_row("password-mail", "Password login with a code by email, %d at once"
                     % CONNECTIONS, pairs, None)]


# --- beside ThaID and refreshes ---

def others(bed, server, home, sandbox, busy):
    """ThaID logins and refreshes at their rates, with or without the password load."""
    password_logins = password_load(bed, server, bed.seconds + 1) if busy else None
    time.sleep(0.5)
    running = {
        "thaid": bed.load_begin(server, "thaid", 32, options={
            "rate": THAID_RATE, "people": THAID_PEOPLE, "away-port": sandbox.port,
            "away-authority": "localhost:%d" % sandbox.port}),
        "refresh": bed.load_begin(server, "refresh", 32, home / "apart",
                                  options={"rate": REFRESH_RATE}),
        **({"password": password_logins} if busy else {})}
    return {name: bed.load_end(load) for name, load in running.items()}


def beside_row(name, title, idle, busy):
    p99 = [[run[name]["p99_us"] / 1000 for run in runs] for runs in (idle, busy)]
    p50 = [median([run[name]["p50_us"] / 1000 for run in runs]) for runs in (idle, busy)]
    r = row("password-" + name, title, "ms", p99[1], idle=p99[0], idle_p50=p50[0], busy_p50=p50[1],
            ratio=median(p99[1]) / median(p99[0]), details=[idle, busy],
            failures=sum(run[n]["failures"] for run in idle + busy for n in run))
    judged(r, r["failures"], "<=", 0, "failed flows")
    return judged(r, r["ratio"], "<=", SLOWER, "of the p99 without (%.2f ms)" % median(p99[0]))


def password_beside(bed):
    home, sandbox = installation(bed, "password-beside")
    idle, busy = [], []
    with sandbox.run(), bed.pratu(home) as server:
        others(bed, server, home, sandbox, False)  # threads and their memory are made once
        for _ in range(bed.runs):
            idle.append(others(bed, server, home, sandbox, False))
            busy.append(others(bed, server, home, sandbox, True))
    logins = median([run["password"]["per_second"] for run in busy])
    return [beside_row("thaid", "p99 of ThaID logins (%d a second), %.0f password logins a second "
                       "beside them" % (THAID_RATE, logins), idle, busy),
            beside_row("refresh", "p99 of refreshes (%d a second), the same" % REFRESH_RATE,
                       idle, busy)]
