# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sets up and runs the demonstration; scripts/demo builds it first and says what the options are."""

import argparse
import base64
import csv
import datetime
import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "config" / "demo"
MARK = ".pratu-demo"  # in a data directory that is ours to empty
PORT_OFFSETS = (0, 1, 10, 11, 12, 13, 20)  # issuer, management, sandbox, portals, mail server
READY_SECONDS = 60
STOP_SECONDS = 20
SECOND_DAYS = 60  # until a code after the password is compulsory everywhere
THAID_SCOPES = ("openid pid name title given_name middle_name family_name name_en title_en "
                "given_name_en middle_name_en family_name_en birthdate gender address ial")

# The demo portals: port offset, look, system, how their API verifies tokens, and what they register.
PORTALS = (
    {"key": "eplan", "offset": 11, "system": "e-plan", "check": "jwt", "name": "e-Plan",
     "name_th": "e-Plan",
     "client": {"access_token_format": "jwt", "id_token_signed_response_alg": "ES256"}},
    {"key": "gfmis", "offset": 12, "system": "gfmis", "check": "introspection",
     "name": "New GFMIS Thai", "name_th": "New GFMIS Thai",
     "client": {"id_token_signed_response_alg": "RS256"}},
    {"key": "ktb", "offset": 13, "system": "ktb-corporate", "check": "introspection",
     "name": "KTB Corporate Online", "name_th": "KTB Corporate Online",
     "client": {"id_token_signed_response_alg": "ES256",
                "authorization_details_types": ["payment_approval"]}},
)
SCOPE = "openid profile email"


class Trouble(Exception):
    """Something to tell the person at the terminal, without a stack of calls."""


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--base-port", type=int, default=8080, metavar="N")
    parser.add_argument("--data", default=str(ROOT / "demo-data"), metavar="DIR")
    parser.add_argument("--background", action="store_true")
    parser.add_argument("--stop", action="store_true")
    given = parser.parse_args()
    last = 65535 - max(PORT_OFFSETS)
    if not 1 <= given.base_port <= last:
        parser.error("--base-port is a port from 1 to %d" % last)
    return given


class Demo:
    def __init__(self, data, base):
        self.data = Path(data).resolve()
        self.base = base
        self.issuer = "http://localhost:%d" % base
        self.management = "http://localhost:%d" % (base + 1)
        self.sandbox = "http://localhost:%d" % (base + 10)
        self.home = self.data / "pratu"
        self.config = self.home / "pratu.yaml"
        self.box = self.data / "sandbox"
        build = Path(os.environ["PRATU_BUILD"]).resolve()
        self.pratu_binary = build / "src/main/pratu"
        self.sandbox_binary = build / "src/sandbox/pratu-sandbox"
        self.second_from = datetime.date.today() + datetime.timedelta(days=SECOND_DAYS)
        self.processes = {}
        self.clients = {}
        self.issued = {}

    # --- files ---

    def fresh_directory(self):
        if self.data.exists() and any(self.data.iterdir()) and not (self.data / MARK).exists():
            raise Trouble("%s is not empty and was not made by scripts/demo: choose another --data"
                          % self.data)
        if self.running():
            raise Trouble("a demo of %s is running already; stop it: scripts/demo --stop --data %s"
                          % (self.data, self.data))
        self.data.mkdir(parents=True, exist_ok=True)
        for name in ("pratu", "sandbox", "clients"):
            shutil.rmtree(self.data / name, ignore_errors=True)
        for path in [*self.data.glob("*.pid"), *self.data.glob("*.log"), self.data / "demo.json"]:
            path.unlink(missing_ok=True)
        (self.data / MARK).touch()
        for directory in (self.home, self.box, self.data / "clients"):
            directory.mkdir(mode=0o700)

    @staticmethod
    def write(path, text):
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def portal_url(self, portal):
        return "http://localhost:%d" % (self.base + portal["offset"])

    def write_pratu_config(self):
        secret = secrets.token_urlsafe(32)
        self.write(self.home / "thaid.secret", secret)
        self.write(self.box / "thaid.secret", secret)
        self.write(self.home / "sms.secret", secrets.token_urlsafe(32))
        text = (ROOT / "config" / "demo.yaml").read_text(encoding="utf-8")
        for name, value in (("issuer", self.issuer), ("home", self.home), ("port", self.base),
                            ("management_port", self.base + 1), ("mail_port", self.base + 20), ("sandbox", self.sandbox),
                            ("second_from", self.second_from)):
            text = text.replace("{%s}" % name, str(value))
        self.write(self.config, text)

    def people(self):
        """The test people: what ThaID knows of them, and what each is for."""
        with open(FILES / "people.csv", encoding="utf-8", newline="") as f:
            known = {row["citizen_number"]: row for row in csv.DictReader(f)}
        names = {"title": "title_th", "given_name": "given_th", "family_name": "family_th",
                 "title_en": "title_en", "given_name_en": "given_en", "family_name_en": "family_en"}
        everybody = json.loads((FILES / "people.json").read_text(encoding="utf-8"))
        for person in everybody:
            row = known.get(person["pid"])
            if row:
                person.update({ours: row[theirs] for ours, theirs in names.items()})
                person.update({kind: row[kind] for kind in ("email", "mobile") if row[kind]})
            person["name"] = "%s%s %s" % (
                person["title"], person["given_name"], person["family_name"])
            if person.get("initial_secret"):
                person["initial_secret"] = self.issued.get(person["username"])
        return everybody

    def write_sandbox_config(self):
        lines = ["listen:", "  address: 127.0.0.1", "  port: %d" % (self.base + 10),
                 "url: %s" % self.sandbox, "pratu:", "  issuer: %s" % self.issuer, "thaid:",
                 "  clients:", "    - client_id: pratu-demo", "      client_secret: thaid.secret",
                 "      name: ระบบยืนยันตัวตนกลาง (Pratu)", "      redirect_uris:",
                 "        - %s/upstream/thaid/callback" % self.issuer,
                 "      scopes: [%s]" % THAID_SCOPES.replace(" ", ", "), "people:"]
        told = ("pid", "title", "given_name", "family_name", "title_en", "given_name_en",
                "family_name_en", "birthdate", "gender", "address", "note")
        for person in self.people():
            rows = ["%s: %s" % (k, json.dumps(person[k], ensure_ascii=False))
                    for k in told if person.get(k)]
            lines += ["  %s %s" % ("-" if n == 0 else " ", row) for n, row in enumerate(rows)]
        lines += ["mail:", "  port: %d" % (self.base + 20)]
        lines.append("portals:")
        for portal in PORTALS:
            lines += ["  - port: %d" % (self.base + portal["offset"]),
                      "    url: %s" % self.portal_url(portal), "    look: %s" % portal["key"],
                      "    check: %s" % portal["check"], "    scope: %s" % SCOPE,
                      "    client_id: %s" % self.clients[portal["key"]]["client_id"],
                      "    client_secret: %s.secret" % portal["key"]]
        self.write(self.box / "sandbox.yaml", "\n".join(lines) + "\n")

    # --- commands of pratu ---

    def pratu(self, *args):
        done = subprocess.run([self.pratu_binary, *map(str, args), "--config", self.config],
                              text=True, errors="replace", capture_output=True, timeout=300)
        if done.returncode:
            raise Trouble("pratu %s failed:\n%s%s" % (" ".join(map(str, args)), done.stdout,
                                                     done.stderr))
        return done.stdout

    def import_files(self):
        addresses = {"{%s_url}" % p["key"]: self.portal_url(p) for p in PORTALS}
        for kind in ("offices", "systems", "people", "accounts", "grants"):
            text = (FILES / (kind + ".csv")).read_text(encoding="utf-8")
            for name, url in addresses.items():
                text = text.replace(name, url)
            self.pratu("import", kind, self.write(self.home / (kind + ".csv"), text))

    def give_passwords(self):
        """Hashes as another system kept them, and one-time initial secrets."""
        rows = ["username,hash"]
        for person in self.people():
            if person.get("password"):
                salt = secrets.token_bytes(16)
                digest = hashlib.sha256(person["password"].encode() + salt).digest()
                rows.append("%s,{SSHA256}%s" % (person["username"],
                                                base64.b64encode(digest + salt).decode()))
            elif "initial_secret" in person:
                said = self.pratu("account", "issue-secret", person["username"],
                                  "--reason", "demonstration")
                self.issued[person["username"]] = re.search(r"initial secret: (\S+)", said).group(1)
        file = self.write(self.home / "credentials.csv", "\n".join(rows) + "\n")
        self.pratu("import", "credentials", file)
        file.unlink()

    def register_clients(self):
        for portal in PORTALS:
            url = self.portal_url(portal)
            metadata = {
                "client_id": portal["key"] + "-portal", "client_name": portal["name"],
                "client_name#th": portal["name_th"], "system": portal["system"], "scope": SCOPE,
                "redirect_uris": [url + "/callback"],
                "post_logout_redirect_uris": [url + "/logged-out"],
                "backchannel_logout_uri": url + "/backchannel-logout",
                "backchannel_logout_session_required": True,
                "initiate_login_uri": url + "/login", "grant_types": ["authorization_code"],
                "token_endpoint_auth_method": "client_secret_basic", **portal["client"]}
            file = self.write(self.data / "clients" / (portal["key"] + ".json"),
                              json.dumps(metadata, ensure_ascii=False, indent=2))
            made = json.loads(self.pratu("client", "add", "--file", file))
            self.clients[portal["key"]] = {**metadata, **made}
            self.write(self.box / (portal["key"] + ".secret"), made["client_secret"])

    # --- processes ---

    def pid_files(self):
        return {name: self.data / (name + ".pid") for name in ("pratu", "sandbox")}

    def running(self):
        """Process ids of a demo that runs on this directory."""
        found = {}
        for name, path in self.pid_files().items():
            try:
                pid = int(path.read_text(encoding="ascii"))
                command = Path("/proc/%d/cmdline" % pid).read_bytes()
            except (OSError, ValueError):
                continue
            if str(self.data).encode() in command:
                found[name] = pid
        return found

    def start(self, name, *command):
        with open(self.data / (name + ".log"), "ab") as log:
            process = subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, start_new_session=True)
        self.processes[name] = process
        self.pid_files()[name].write_text("%d\n" % process.pid, encoding="ascii")

    def check_ports(self):
        for port in (self.base + n for n in PORT_OFFSETS):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("127.0.0.1", port))
                except OSError:
                    raise Trouble("port %d is taken: choose another --base-port" % port) from None

    def answers(self, port, path):
        connection = http.client.HTTPConnection("localhost", port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def wait_ready(self):
        wanted = [(self.base, "/.well-known/openid-configuration"), (self.base + 1, "/readyz"),
                  (self.base + 10, "/healthz")] + [(self.base + p["offset"], "/") for p in PORTALS]
        end = time.monotonic() + READY_SECONDS
        while not all(self.answers(*w) for w in wanted):
            self.check_alive()
            if time.monotonic() > end:
                raise Trouble("not ready after %d s; see %s/*.log" % (READY_SECONDS, self.data))
            time.sleep(0.1)

    def check_alive(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                tail = (self.data / (name + ".log")).read_text(errors="replace")[-2000:]
                raise Trouble("%s ended with status %d:\n%s" % (name, process.returncode, tail))

    def stop(self):
        """Ends what runs on this directory, the sandbox first."""
        running = self.running()
        for name in ("sandbox", "pratu"):
            if name in running:
                self.end(name, running[name])
            self.pid_files()[name].unlink(missing_ok=True)
        (self.data / "demo.json").unlink(missing_ok=True)
        return bool(running)

    def end(self, name, pid):
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while name in self.running():
            process = self.processes.get(name)
            if process and process.poll() is not None:
                return
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    # --- the whole ---

    def run(self):
        self.fresh_directory()
        self.check_ports()
        self.write_pratu_config()
        self.pratu("init")
        self.import_files()
        self.give_passwords()
        self.register_clients()
        self.write_sandbox_config()
        self.start("pratu", self.pratu_binary, "serve", "--config", self.config)
        self.start("sandbox", self.sandbox_binary, "--config", self.box / "sandbox.yaml")
        self.wait_ready()
        self.write_info()

    def write_info(self):
        info = {
            "issuer": self.issuer, "management": self.management, "sandbox": self.sandbox,
            "portals": [{"name": p["name"], "url": self.portal_url(p), "system": p["system"],
                         "client": p["key"]} for p in PORTALS],
            "config": str(self.config), "clients": self.clients, "people": self.people(),
            "pids": self.running(),
        }
        path = self.data / "demo.json.new"
        self.write(path, json.dumps(info, ensure_ascii=False, indent=2) + "\n")
        path.rename(self.data / "demo.json")

    def summary(self):
        rows = ["", "ประตู (Pratu) พร้อมแล้ว · Pratu is ready", "",
                "  เปิดระบบตัวอย่าง แล้วกด “เข้าสู่ระบบ” · open a portal and sign in:"]
        rows += ["    %-28s %s/" % (p["name"], self.portal_url(p)) for p in PORTALS]
        rows += ["  โทรศัพท์จำลอง สแกนและยินยอมที่นี่ · the phone, to scan and approve:",
                 "    %-28s %s/phone" % ("", self.sandbox),
                 "  ข้อความ SMS และอีเมลทั้งหมด · all SMS and mail, with the one-time codes:",
                 "    %-28s %s/phone/messages" % ("", self.sandbox),
                 "  อื่น ๆ · more:",
                 "    %-28s %s/apps" % ("ระบบทั้งหมดของฉัน · launcher", self.issuer),
                 "    %-28s %s/" % ("สนามทดสอบ · sandbox, faults", self.sandbox), "",
                 "  ผู้ทดสอบ · test people (choose one on the phone):"]
        people = self.people()
        rows += ["    %s  %s — %s" % (p["pid"], p["name"], p["note"]) for p in people]
        rows += ["", "  เข้าด้วยรหัสผ่าน · with a password instead (GFMIS wants a code of everybody, "
                 "the others from %s):" % self.second_from]
        rows += ["    %-12s %-16s %s" % (p["username"], p.get("password") or p["initial_secret"],
                                         p["note"])
                 for p in people if p.get("password") or p.get("initial_secret")]
        rows += ["", "  ข้อมูล · files: %s" % self.data, ""]
        return "\n".join(rows)


def wait_for_the_end(demo):
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(1))
    print("  Ctrl-C หยุดทั้งหมด · stops everything", flush=True)
    while not stopped:
        demo.check_alive()
        time.sleep(0.5)


def main():
    given = arguments()
    demo = Demo(given.data, given.base_port)
    if given.stop:
        print("stopped" if demo.stop() else "no demo is running on %s" % demo.data)
        return 0
    try:
        demo.run()
        print(demo.summary(), flush=True)
        if given.background:
            return 0
        wait_for_the_end(demo)
    except (Trouble, KeyboardInterrupt) as trouble:
        print("scripts/demo: %s" % (trouble or "interrupted"), file=sys.stderr)
        if demo.processes:
            demo.stop()
        return 1
    demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
