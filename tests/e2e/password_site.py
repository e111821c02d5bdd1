# SPDX-License-Identifier: AGPL-3.0-or-later
"""A demo of a test's own, where people log in by password and code: any login policy, a mail box
and an SMS gateway to read the codes from, a clock to move, a server to kill and start again.

    site = PasswordSite.start()                          # or start(policy={...}, change=function)
    person = site.person(mobile=False)                   # has a password and a verified email
    page = site.enter(agent, agent.open(site.issuer + "/apps"), person)     # name and password
    page = site.give_code(agent, page, site.code(person))
"""

import base64
import csv
import hashlib
import io
import json
import re
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import requests
import yaml

from binaries import build_directory
from clock import Clock
from harness import Demo, free_base_port, setup, wait_for

CODE = r"OTP (\d{6})\b"  # in mail and SMS, Thai and English
PEOPLE = 60  # spare ones, a fresh one for each test
OFFICE, SYSTEM, ROLE = "L6500703", "e-plan", "editor"
POLICY = {"name": "default", "primary": ["thaid", "password"], "second_factor": {"methods": ["otp_email", "otp_sms"], "aal": "1"},
          "password": {"ial": "1.1", "aal": "1"}}


def citizen_number(n):
    digits = "19998%07d" % n
    check = (11 - sum(int(d) * (13 - i) for i, d in enumerate(digits)) % 11) % 10
    return digits + str(check)


def spare(n):
    return {"pid": citizen_number(n), "for": "spare", "username": "spare.%02d" % n,
            "systems": [SYSTEM], "note": "spare", "title": "นาย", "given_name": "สำรอง",
            "family_name": "คนที่ %d" % n, "title_en": "Mr.", "given_name_en": "Samrong",
            "family_name_en": "Khonthi", "birthdate": "1990-01-01",
            "email": "spare%02d@dla.example" % n, "mobile": "+668200000%02d" % n}


class Setup(setup.Demo):
    """scripts/demo with a changed configuration, more people, and the moved clock."""

    def __init__(self, data, base, change, clock):
        super().__init__(data, base)
        self.change, self.clock = change, clock

    def write_pratu_config(self):
        super().write_pratu_config()
        tree = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        self.change(tree, self)
        self.write(self.config, yaml.safe_dump(tree, allow_unicode=True))

    def people(self):
        return super().people() + [spare(n) for n in range(PEOPLE)]

    def start(self, name, *command):
        super().start(name, "env", *("%s=%s" % item for item in self.clock.env.items()), *command)


def table(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class PasswordSite(Demo):
    @classmethod
    def start(cls, policy=None, sms=("thaibulksms", "infobip"), change=None):
        """policy: what differs from POLICY. sms: the providers' dialects, the first is asked first.
        change(tree, setup): alters the configuration further."""
        build_directory()
        data = Path(tempfile.mkdtemp(prefix="pratu-e2e-"))

        def changed(tree, made):
            others = [p for p in tree["policies"] if p["name"] != POLICY["name"]]
            tree["policies"] = [{**POLICY, **{k: {**POLICY[k], **v} if isinstance(v, dict) else v for k, v in (policy or {}).items()}}] + others
            tree["sms"] = {"providers": [
                {"name": preset, "preset": preset, "url": "%s/sms/%s" % (made.sandbox, preset),
                 "user": "demo", "secret_file": str(made.home / "sms.secret"), "sender": "DLA"}
                for preset in sms]}
            if change:
                change(tree, made)

        (data / setup.MARK).touch()
        clock = Clock(data / "clock")
        made = Setup(data, free_base_port(setup.PORT_OFFSETS), changed, clock)
        try:
            made.run()
        except BaseException:
            made.stop()
            raise
        site = cls(data, clock)
        site.setup, site.used = made, 0
        return site

    def stop(self):
        self.setup.stop()
        for process in self.setup.processes.values():
            process.wait()
        shutil.rmtree(self.data, ignore_errors=True)

    # --- the server ---

    def kill(self):
        """As a crash: nothing is finished, nothing is told."""
        process = self.setup.processes["pratu"]
        process.send_signal(signal.SIGKILL)
        process.wait()

    def start_again(self):
        self.setup.start("pratu", self.setup.pratu_binary, "serve", "--config", self.config)
        self.setup.wait_ready()

    def outbox(self):
        """The messages with codes; the demo's people were told of their initial secrets, too."""
        listed = json.loads(self.good("outbox", "list"))
        return [m for m in listed if m["purpose"] == "login"]

    def log(self, event):
        """The server's log lines of that event."""
        lines = (self.data / "pratu.log").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    # --- people ---

    def load(self, kind, row):
        path = self.data / "row.csv"
        path.write_text(table([row]), encoding="utf-8")
        self.good("import", kind, path)

    def person(self, email=True, mobile=False, password="Dok-Champa2569", verified=True):
        """A person nobody has used yet: with these addresses, and a password unless it is None."""
        person = spare(self.used)
        self.used += 1
        assert self.used <= PEOPLE, "more people are needed: raise PEOPLE"
        word = "true" if verified else ""
        # New, not changed: of an address that an import changes its person is told.
        self.load("people", {
            "citizen_number": person["pid"], "given_th": person["given_name"],
            "family_th": person["family_name"],
            "email": person["email"] if email else "", "email_verified": email and word or "",
            "mobile": person["mobile"] if mobile else "", "mobile_verified": mobile and word or ""})
        self.load("accounts", {"username": person["username"], "office": OFFICE,
                               "citizen_number": person["pid"]})
        self.load("grants", {"citizen_number": person["pid"], "system": SYSTEM, "role": ROLE,
                             "office": OFFICE})
        if password:
            salt = secrets.token_bytes(16)
            digest = hashlib.sha256(password.encode() + salt).digest()
            self.load("credentials", {"username": person["username"], "hash": "{SSHA256}"
                                      + base64.b64encode(digest + salt).decode()})
        return {**person, "password": password}

    def issue_secret(self, person):
        """A one-time initial secret, as an administrator hands it out."""
        said = self.good("account", "issue-secret", person["username"])
        return re.search(r"initial secret: (\S+)", said).group(1)

    # --- steps of a login ---

    @staticmethod
    def form(page, field):
        """The page's form with that field."""
        for form in page.forms:
            if form.value(field) is not None:
                return form
        raise AssertionError("no field %s on %s:\n%s" % (field, page.url, page.text[:800]))

    def enter(self, agent, page, person, password=None):
        """Types username and password on the login page."""
        return agent.submit(page, self.form(page, "password"), username=person["username"],
                            password=password or person["password"])

    def give_code(self, agent, page, code):
        return agent.submit(page, self.form(page, "code"), code=code)

    def choose_password(self, agent, page, password):
        return agent.submit(page, self.form(page, "repeat"), password=password, repeat=password)

    # --- the mail box and the phone ---

    def api(self, path, **body):
        http = requests.Session()
        http.trust_env = False
        done = http.post(self.sandbox + "/api/" + path, json=body, timeout=10)
        assert done.ok, done.text
        return done.json()

    def messages(self, person, kind="mail"):
        """All mails (or "sms") to the person so far, the oldest first."""
        http = requests.Session()
        http.trust_env = False
        # A provider's dialect may say 08…, 668… or +668….
        address = person["email"] if kind == "mail" else person["mobile"][3:]
        found = http.get(self.sandbox + "/api/" + kind, timeout=10).json()[kind]
        return [m for m in found if m["to"].endswith(address)]

    def message(self, person, kind="mail", n=1):
        """The n-th mail or SMS with a code to the person, as soon as it is there."""
        def coded():
            return [m for m in self.messages(person, kind) if has_code(m["text"])]

        return wait_for(lambda: coded()[n - 1:n], 20,
                        "%s %d to %s" % (kind, n, person["username"]))[0]

    def codes(self, person, kind="mail"):
        """The codes sent to the person so far."""
        return [code_in(m["text"]) for m in self.messages(person, kind) if has_code(m["text"])]

    def code(self, person, kind="mail", n=1):
        """The n-th code sent to the person."""
        return wait_for(lambda: self.codes(person, kind)[n - 1:n], 20,
                        "%s with code %d to %s" % (kind, n, person["username"]))[0]


def has_code(text):
    return re.search(CODE, text) is not None


def code_in(text):
    return re.search(CODE, text).group(1)


def reference_in(text):
    return re.search(r"(?:อ้างอิง|ref) (\w{4})\b", text).group(1)

