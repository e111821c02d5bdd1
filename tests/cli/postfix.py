# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail through a real mail server: Postfix on loopback, with STARTTLS and AUTH; the mail is read back
from the maildir. TAP. postfix.py PRATU"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "support")]
from lib import Site, free_port, main, wait_for  # noqa: E402
from postfix_server import PASSWORD, Postfix, missing  # noqa: E402


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
    with Site() as site, Postfix(site.home, free_port(), "may") as server:
        configure(site, server)
        assert site.good("outbox", "test-mail", "somchai@dla.example") == "smtp accepted it\n"
        wait_for(server.mails, "the mail")
        mail = server.mails()[0]
        assert mail["Subject"] == "ทดสอบการส่งอีเมล / Test of mail", mail["Subject"]
        assert mail["From"].addresses[0].display_name == "ระบบ SSO"
        assert "somchai@dla.example" in mail["To"]
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].endswith("@dla.example>")
        assert mail["Date"].datetime is not None and not mail.defects
        assert mail.get_content().split() == "อีเมลทดสอบจากระบบ Pratu A test mail of Pratu.".split()
        assert "TLSv1" in "".join(mail.get_all("Received"))


def test_no_tls_no_mail():
    with Site() as site, Postfix(site.home, free_port(), "none") as server:
        configure(site, server)
        done = site.run("outbox", "test-mail", "somchai@dla.example")
        assert done.returncode == 1 and "offers no TLS; nothing was sent" in done.stderr, done.stderr
        assert not server.mails()


def test_unknown_authority_wrong_password_unknown_mailbox():
    with Site() as site, Postfix(site.home, free_port(), "may") as server:
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
    if missing():
        print("1..0 # SKIP " + missing())
        sys.exit(0)
    main([f for name, f in sorted(globals().items()) if name.startswith("test_")])
