# SPDX-License-Identifier: AGPL-3.0-or-later
"""The code of a login goes through a real mail server: Postfix with STARTTLS and AUTH on loopback;
the login is finished by what lies in the maildir."""

import shutil
import sys
import tempfile

import pytest

from harness import ROOT, free_port, wait_for
from password_site import PasswordSite, code_in, reference_in
from world import World

sys.path.insert(0, str(ROOT / "tests" / "support"))
from postfix_server import Postfix, missing  # noqa: E402

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
USERS = ["spare%02d" % n for n in range(10)]


@pytest.fixture
def connected():
    """A function that starts Postfix and a site that hands its mail to it."""
    homes, running = [], []

    def begin(tls):
        homes.append(tempfile.mkdtemp(prefix="pratu-e2e-postfix-"))
        server = Postfix(homes[-1], free_port(), tls, USERS).__enter__()
        running.append(lambda: server.__exit__(None, None, None))

        def change(tree, made):
            tree["mail"] = server.options(made.home / "mail.secret")
            tree["http_client"] = {"ca_file": str(server.dir / "cert.pem")}
        site = PasswordSite.start(change=change)
        running.append(site.stop)
        return server, site, World(site)

    yield begin
    for stop in reversed(running):
        stop()
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)


def user_of(person):
    return person["email"].split("@")[0]


def login(site, own, person):
    agent = own.agent()
    party = own.party()
    return agent, site.enter(agent, agent.open(party.url(party.request())), person)


def test_the_code_comes_through_postfix(connected):
    server, site, own = connected("may")
    person = site.person()
    agent, page = login(site, own, person)
    wait_for(lambda: server.mails(user_of(person)), 30, "the mail")
    mail, = server.mails(user_of(person))
    assert mail["To"].addresses[0].addr_spec == person["email"]
    assert mail["Auto-Submitted"] == "auto-generated" and not mail.defects
    assert "TLSv1" in "".join(mail.get_all("Received"))
    text = mail.get_content()
    assert reference_in(text) in mail["Subject"] and reference_in(text) in page.text
    assert "ยังส่งรหัส" not in agent.open(page.url).text
    assert code_in(text) not in mail["Subject"]  # a locked phone shows subjects
    assert site.give_code(agent, page, code_in(text)).params()["code"]
    assert [m["state"] for m in site.outbox()] == ["sent"]


def test_no_tls_no_code(connected):
    """Nothing leaves in clear; log and outbox say why; the person is told what to do."""
    server, site, own = connected("none")
    person = site.person()
    agent, page = login(site, own, person)
    wait_for(lambda: site.log("message_deferred"), 20, "an attempt")
    assert "offers no TLS" in site.log("message_deferred")[0]["why"]
    wait_for(lambda: site.outbox()[0].get("error"), 20, "the outcome")
    waiting, = site.outbox()
    assert waiting["state"] == "queued" and "offers no TLS" in waiting["error"]
    assert not server.mails(user_of(person)) and "AUTH" not in server.log()
    shown = agent.open(page.url)
    assert site.form(shown, "code") and "ยังส่งรหัสไปที่" in shown.text
    # It never comes: after its death it is not sent any more.
    site.clock.forward(300)
    wait_for(lambda: site.outbox()[0]["state"] == "expired", 20, "the end of the code")
    assert not server.mails(user_of(person))


def test_a_mail_server_that_comes_back(connected):
    """Down while the person logs in; the same code comes when it is up again."""
    server, site, own = connected("may")
    person = site.person()
    server.__exit__(None, None, None)
    agent, page = login(site, own, person)
    wait_for(lambda: site.log("message_deferred"), 20, "an attempt")
    server.__enter__()
    site.clock.forward(10)
    wait_for(lambda: server.mails(user_of(person)), 30, "the mail")
    mail, = server.mails(user_of(person))
    assert site.give_code(agent, page, code_in(mail.get_content())).params()["code"]
