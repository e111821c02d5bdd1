# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real mail server for tests: Postfix on loopback, with a configuration, queue and maildirs of its
own, STARTTLS and AUTH. It runs as root only."""

import base64
import email
import email.policy
import os
import shutil
import socket
import socketserver
import subprocess
import threading
import time
from pathlib import Path

PATIENCE = 30  # seconds: for a loaded machine; nothing is judged by time
MASTER = Path("/usr/lib/postfix/sbin/master")
TOOLS = ("postfix", "openssl")
PASSWORD = "a-password-of-these-tests"

MAIN_CF = """
compatibility_level = 3.6
config_directory = {dir}
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/mail.log
maillog_file_prefixes = {dir}
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
virtual_mailbox_domains = dla.example
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = texthash:{dir}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {dir}/cert.pem
smtpd_tls_key_file = {dir}/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/auth
"""

MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
"""


class Users(socketserver.StreamRequestHandler):
    """Postfix asks about user names and passwords here, in Dovecot's authentication protocol 1.1."""

    def handle(self):
        self.say("VERSION\t1\t1", "MECH\tPLAIN\tplaintext", "MECH\tLOGIN\tplaintext", "SPID\t1",
                 "CUID\t1", "COOKIE\t" + 32 * "0", "DONE")
        for line in self.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                given = [w[5:] for w in words if w.startswith("resp=")]
                self.judge(words[1], given[0]) if given else self.say("CONT\t%s\t" % words[1])
            elif words[0] == "CONT":
                self.judge(words[1], words[2])

    def judge(self, number, response):
        good = base64.b64decode(response) == b"\0sso\0" + PASSWORD.encode()
        self.say("OK\t%s\tuser=sso" % number if good else "FAIL\t%s\tuser=sso" % number)

    def say(self, *lines):
        self.wfile.write("".join(line + "\n" for line in lines).encode())


def missing():
    """What hinders running it here; None when nothing does."""
    if os.geteuid() != 0 or not MASTER.exists() or not all(map(shutil.which, TOOLS)):
        return "Postfix's master runs as root only, and needs postfix"
    return None


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain for " + what
        time.sleep(0.02)


class Postfix:
    """tls: "may" offers STARTTLS, and AUTH only within it; "none" offers neither. users: those of
    dla.example who have a maildir. home: a directory others may look into is made of it."""

    def __init__(self, home, port, tls, users=("somchai",)):
        self.dir, self.port = Path(home) / "postfix", port
        for name in ("", "queue", "data", "mail"):
            (self.dir / name).mkdir()
        Path(home).chmod(0o755)
        user = subprocess.run(["id", "-u", "postfix"], stdout=subprocess.PIPE, check=True)
        group = subprocess.run(["id", "-g", "postfix"], stdout=subprocess.PIPE, check=True)
        self.uid, self.gid = int(user.stdout), int(group.stdout)
        for name in ("data", "mail"):
            os.chown(self.dir / name, self.uid, self.gid)
        self.tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                  "-keyout", self.dir / "key.pem", "-out", self.dir / "cert.pem",
                  "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        self.write("mailboxes", "".join("%s@dla.example %s/\n" % (u, u) for u in users))
        self.write("main.cf", MAIN_CF.format(dir=self.dir, uid=self.uid, gid=self.gid, tls=tls))
        self.write("master.cf", MASTER_CF.format(port=self.port))

    def write(self, name, text):
        (self.dir / name).write_text(text)

    @staticmethod
    def tool(*args, stdin=None):
        subprocess.run([str(a) for a in args], input=stdin, encoding="utf-8", check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        (self.dir / "auth").unlink(missing_ok=True)  # left by the run before
        self.users = socketserver.ThreadingUnixStreamServer(str(self.dir / "auth"), Users)
        self.users.daemon_threads = True
        (self.dir / "auth").chmod(0o666)
        threading.Thread(target=self.users.serve_forever, daemon=True).start()
        self.tool("postfix", "-c", self.dir, "check")
        self.output = open(self.dir / "master.log", "w")
        self.process = subprocess.Popen([str(MASTER), "-c", str(self.dir), "-d"],
                                        stdout=self.output, stderr=self.output)
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0, "Postfix")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        self.output.close()
        self.users.shutdown()
        self.users.server_close()

    def options(self, secret):
        """The mail section of a configuration; secret: a file for the password."""
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        return {"host": "localhost", "port": self.port, "user": "sso",
                "password_file": str(secret), "from": "no-reply@dla.example",
                "from_name": "ระบบ SSO"}

    def mails(self, user="somchai"):
        """The user's mails, as they lie in the maildir, the oldest first."""
        files = (self.dir / "mail" / user / "new").glob("*")
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default)
                for f in sorted(files, key=lambda f: f.stat().st_mtime_ns)]

    def log(self):
        path = self.dir / "mail.log"
        return path.read_text() if path.exists() else ""
