# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a whole run of logins by password leaves behind: nothing in logs, audit trail, outbox and
database that opens a door, nothing in the logs that tells where a code went. And a crowd of
guessers does not keep people out who use ThaID."""

import re
import threading
from urllib.parse import urljoin

import pytest
import requests

from harness import wait_for
from password_site import PasswordSite
from world import World

MINUTE = 60


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start(change=lambda tree, made: tree.setdefault("log", {}).update(
        level="debug"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


def open_login(site, own, agent):
    party = own.party()
    return agent.open(party.url(party.request()))


def sessions_of(agent):
    return [c.value for c in agent.session.cookies if "session" in c.name or "browser" in c.name]


@pytest.fixture(scope="module")
def run(site, own):
    """Everything that makes secrets pass through: right and wrong, by mail and SMS, with providers
    that fail and repeat what they were given. Gives the secrets, then kills the server."""
    secrets, targets = set(), set()
    mail, sms, new = site.person(), site.person(email=False, mobile=True), site.person(password=None)
    for person, kind in ((mail, "mail"), (sms, "sms")):
        agent = own.agent()
        page = site.enter(agent, open_login(site, own, agent), person, "Wrong-Guess-77")
        page = site.enter(agent, page, person)
        secrets |= {"Wrong-Guess-77", person["password"], site.code(person, kind)}
        page = site.give_code(agent, page, "918273")
        site.clock.forward(2)  # the gate makes the fourth attempt wait
        assert site.give_code(agent, page, site.code(person, kind)).params()["code"]
        secrets |= set(sessions_of(agent))
        targets |= {person["email"] if kind == "mail" else person["mobile"][3:]}
    # An initial secret, and the password chosen in its place.
    secret, agent = site.issue_secret(new), own.agent()
    page = site.enter(agent, open_login(site, own, agent), new, secret)
    page = site.give_code(agent, page, site.code(new))
    page = site.choose_password(agent, page, "Kluay-Mai2569")
    secrets |= {secret, "Kluay-Mai2569", site.code(new)}
    targets |= {new["email"]}
    # Messages that cannot be sent: refused in a 200, and waiting while the server dies.
    site.api("sms/settings", fault="reject")
    site.api("mail/settings", fault="later")
    site.clock.forward(MINUTE + 1)
    for person in (mail, sms):
        agent = own.agent()
        site.enter(agent, open_login(site, own, agent), person)
    wait_for(lambda: len([m for m in site.outbox() if m["attempts"]]) >= 5, 20, "attempts")
    trail = site.good("audit", "list")
    outbox = site.good("outbox", "list")
    site.kill()
    return {"secrets": secrets, "targets": targets, "trail": trail, "outbox": outbox}


def holds(text, secret):
    """A code is six digits that are no part of a longer number."""
    if re.fullmatch(r"\d{6}", secret):
        return re.search(r"(?<!\d)%s(?!\d)" % secret, text) is not None
    return secret in text


def test_no_secret_in_log_and_trail(site, run):
    logs = [p for p in site.data.rglob("*.log") if "sandbox" not in p.name]
    text = "\n".join(p.read_text(errors="replace") for p in logs)
    assert "message_deferred" in text and "login_failed" in text
    for where in (text, run["trail"], run["outbox"]):
        assert len(where) > 500
        for secret in run["secrets"]:
            assert not holds(where, secret), secret
        for target in run["targets"]:
            assert target not in where, target


def test_no_secret_in_the_database(site, run):
    files = [path.read_bytes() for path in site.data.rglob("*.mdb")]
    # The search finds what is there: addresses of people are kept as they are.
    assert any(b"@dla.example" in data for data in files)
    for data in files:
        for secret in run["secrets"]:
            assert re.search(rb"(?<!\d)%s(?!\d)" % re.escape(secret.encode()), data) is None, secret
        # What waited to be sent waits sealed.
        assert "รหัส OTP".encode() not in data
        assert b"one-time code" not in data


def test_thaid_works_while_500_passwords_wait(site, own, run):
    """The password way is crowded and says so; ThaID's return waits for no password."""
    site.api("sms/settings", fault="none")
    site.api("mail/settings", fault="none")
    site.start_again()
    person, agent = site.person(), own.agent()
    page = open_login(site, own, agent)
    form = site.form(page, "password")
    data = {**dict(form.fields), "username": person["username"], "password": "Wrong-Guess-77"}
    url, cookies = urljoin(page.url, form.action), agent.session.cookies.get_dict()
    answers, begin = [], threading.Barrier(51)

    def guess():
        http = requests.Session()
        http.trust_env = False
        begin.wait()
        for _ in range(10):
            r = http.post(url, data=data, cookies=cookies, headers={"Origin": site.issuer},
                          allow_redirects=False, timeout=60)
            answers.append(r.status_code)

    crowd = [threading.Thread(target=guess) for _ in range(50)]
    for thread in crowd:
        thread.start()
    begin.wait()
    for _ in range(5):
        assert own.fresh()
    for thread in crowd:
        thread.join()
    assert len(answers) == 500 and set(answers) <= {303, 400, 503}
    site.good("audit", "verify")
