# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind B: what we call ourselves to a mail server. Many refuse "localhost" and names without a dot, so the
default is the host of the issuer; and what is not set up where people log in, check-config says. TAP.
kind_b_mail.py PRATU"""

import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import Site, main  # noqa: E402

HEAD = "issuer: %s\nmaster_key_file: master.key\nstore:\n  directory: data\n"


class MailServer(threading.Thread):
    """Takes one mail and keeps what the client calls itself."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.hello = None
        self.start()

    def run(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rwb") as stream:
            say = lambda line: (stream.write(line + b"\r\n"), stream.flush())
            say(b"220 here")
            for line in stream:
                word = line.split()[0].upper() if line.split() else b""
                if word in (b"EHLO", b"HELO"):
                    self.hello = line.split()[1].decode()
                if word == b"DATA":
                    say(b"354 go on")
                    while stream.readline() not in (b".\r\n", b""):
                        pass
                say(b"221 bye" if word == b"QUIT" else b"250 good")
                if word == b"QUIT":
                    return

    def heard(self):
        self.join(30)
        self.listener.close()
        return self.hello


def hello_of(issuer, more=""):
    server = MailServer()
    with Site() as site:
        site.write_config(HEAD % issuer + "mail:\n  host: 127.0.0.1\n  port: %d\n  tls: none\n"
                          "  from: no-reply@dla.example\n%s" % (server.port, more))
        site.good("outbox", "test-mail", "somchai@dla.example")
    return server.heard()


def test_the_issuers_host_by_default():
    assert hello_of("https://sso.dla.example") == "sso.dla.example"


def test_its_port_is_no_part_of_it():
    assert hello_of("https://sso.dla.example:8443") == "sso.dla.example"


def test_the_option_decides():
    assert hello_of("https://sso.dla.example", "  hello: mx1.dla.example\n") == "mx1.dla.example"


# --- kind H: warnings of check-config ---

def checked(more):
    with Site() as site:
        site.write_config(HEAD % site.issuer + more)
        done = site.run("check-config")
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_kind_h_a_missing_privacy_notice_is_a_warning():
    said = checked("")
    assert "warning: branding.privacy_url:" in said and "warning: branding.support_phone:" in said, said
    assert "see the warnings" in said


def test_a_loopback_network_for_portals_is_a_warning():
    """Attack row 15: what tests need must not stay unseen where people log in."""
    networks = "outgoing:\n  private_networks: [10.20.0.0/16, 127.0.0.0/8]\n"
    assert "outgoing.private_networks" not in checked(networks)
    with Site("https://sso.dla.example") as site:
        site.write_config(HEAD % site.issuer + networks)
        said = [w for w in site.good("check-config").splitlines() if "outgoing.private_networks" in w]
        assert len(said) == 1 and "127.0.0.0/8" in said[0], said
        site.write_config(HEAD % site.issuer + "outgoing:\n  private_networks: [169.254.0.0/16]\n")
        refused = site.run("check-config")
        assert refused.returncode == 3 and "outgoing.private_networks" in refused.stderr, refused


def test_kind_h_codes_that_nothing_sends_are_a_warning():
    said = checked("policies:\n  - name: default\n    primary: [password]\n"
                   "    second_factor: {methods: [otp_email, otp_sms]}\n")
    assert "warning: mail.host:" in said and "warning: sms.providers:" in said, said


POLICY = "  - name: %s\n    primary: [%s]\n    second_factor: {methods: [%s]}\n"


def test_policies_that_no_login_of_the_account_pages_serves_are_a_warning():
    """Decision 46: a contact is changed after a login that every policy accepts."""
    cases = [
        (("a", "password", "otp_email"), ("b", "password", "otp_sms"), True),
        (("a", "password", "otp_email, otp_sms"), ("b", "password", "otp_sms"), False),
        (("a", "thaid, password", "otp_email"), ("b", "password", "otp_sms"), False),
        (("a", "password", "otp_email"), ("b", "password", "otp_email"), False),
        (("a", "password", "otp_email"), ("b", "thaid", ""), False),
        (("a", "password", "otp_email"), ("b", "thaid, password", "otp_sms"), True),
    ]
    for first, second, warned in cases:
        said = checked("policies:\n" + POLICY % first + POLICY % second)
        assert ("warning: policies: no second factor of \"a\"" in said) == warned, (first, second, said)


def test_kind_h_nothing_is_said_where_nothing_is_missing():
    said = checked("branding:\n  privacy_url: /privacy\n  support_phone: 02-241-9000\n")
    assert "warning" not in said and "no fault" in said, said


if __name__ == "__main__":
    main([f for n, f in sorted(globals().items()) if n.startswith("test_")])
