# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail through a real mail server: Postfix on loopback, with a configuration, queue and maildir of its
own, STARTTLS and AUTH; the mail is read back from the maildir. TAP. postfix.py PRATU"""

import base64
import email
import email.policy
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import PATIENCE, Site, free_port, main, wait_for  # noqa: E402

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


class Postfix:
    def __init__(self, site, tls):
        self.dir, self.port = site.home / "postfix", free_port()
        for name in ("", "queue", "data", "mail"):
            (self.dir / name).mkdir()
        site.home.chmod(0o755)
        user = subprocess.run(["id", "-u", "postfix"], stdout=subprocess.PIPE, check=True)
        group = subprocess.run(["id", "-g", "postfix"], stdout=subprocess.PIPE, check=True)
        self.uid, self.gid = int(user.stdout), int(group.stdout)
        for name in ("data", "mail"):
            os.chown(self.dir / name, self.uid, self.gid)
        self.tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                  "-keyout", self.dir / "key.pem", "-out", self.dir / "cert.pem",
                  "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        self.write("mailboxes", "somchai@dla.example somchai/\n")
        self.write("main.cf", MAIN_CF.format(dir=self.dir, uid=self.uid, gid=self.gid, tls=tls))
        self.write("master.cf", MASTER_CF.format(port=self.port))

    def write(self, name, text):
        (self.dir / name).write_text(text)

    @staticmethod
    def tool(*args, stdin=None):
        subprocess.run([str(a) for a in args], input=stdin, encoding="utf-8", check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
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

    def mails(self):
        return list((self.dir / "mail" / "somchai" / "new").glob("*"))

    def log(self):
        path = self.dir / "mail.log"
        return path.read_text() if path.exists() else ""


def configure(site, server, password=PASSWORD, ca=True):
    secret = site.dir / "mail.secret"
    secret.write_text(password)
    secret.chmod(0o600)
    site.write_config(
        "issuer: %s\nmaster_key_file: master.key\nstore:\n  directory: data\n"
        "mail:\n  host: localhost\n  port: %d\n  user: sso\n  password_file: mail.secret\n"
        "  from: no-reply@dla.example\n  from_name: ระบบ SSO\n" % (site.issuer, server.port)
        + ("http_client:\n  ca_file: %s/cert.pem\n" % server.dir if ca else ""))


def test_mail_arrives():
    with Site() as site, Postfix(site, "may") as server:
        configure(site, server)
        assert site.good("outbox", "test-mail", "somchai@dla.example") == "smtp took it\n"
        wait_for(server.mails, "the mail")
        with open(server.mails()[0], "rb") as file:
            mail = email.message_from_binary_file(file, policy=email.policy.default)
        assert mail["Subject"] == "ทดสอบการส่งอีเมล / Test of mail", mail["Subject"]
        assert mail["From"].addresses[0].display_name == "ระบบ SSO"
        assert "somchai@dla.example" in mail["To"]
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].endswith("@dla.example>")
        assert mail["Date"].datetime is not None and not mail.defects
        assert mail.get_content().split() == "อีเมลทดสอบจากระบบ Pratu A test mail of Pratu.".split()
        assert "TLSv1" in "".join(mail.get_all("Received"))


def test_no_tls_no_mail():
    with Site() as site, Postfix(site, "none") as server:
        configure(site, server)
        done = site.run("outbox", "test-mail", "somchai@dla.example")
        assert done.returncode == 1 and "offers no TLS; nothing was sent" in done.stderr, done.stderr
        assert not server.mails()


def test_unknown_authority_wrong_password_unknown_mailbox():
    with Site() as site, Postfix(site, "may") as server:
        configure(site, server, ca=False)
        done = site.run("outbox", "test-mail", "somchai@dla.example")
        assert done.returncode == 1 and "certificate" in done.stderr, done.stderr
        configure(site, server, password="another-password")
        done = site.run("outbox", "test-mail", "somchai@dla.example")
        assert done.returncode == 1 and "user name and password" in done.stderr, done.stderr
        configure(site, server)
        done = site.run("outbox", "test-mail", "nobody@dla.example")
        assert done.returncode == 1 and "refused it for good" in done.stderr, done.stderr
        assert not server.mails()


if __name__ == "__main__":
    if os.geteuid() != 0 or not MASTER.exists() or not all(map(shutil.which, TOOLS)):
        print("1..0 # SKIP Postfix's master runs as root only, and needs postfix")
        sys.exit(0)
    main([f for name, f in sorted(globals().items()) if name.startswith("test_")])
