# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 of the running server at every moment of a login by password and code: one code, the same
in every copy of its message, and the person finishes the login with it."""

import email
import random
import threading
import time

import pytest
import requests

from harness import wait_for
from password_site import PasswordSite, code_in, reference_in
from world import World

RUNS = 20
LEASE = 121  # seconds after which the message of a dead sender is another's
RETRY = 10  # longer than the first pause after a failure


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


@pytest.fixture(autouse=True)
def usual_ways_out(site):
    yield
    site.api("mail/settings", fault="none")
    site.api("sms/settings", fault="none")


def login(site, own, person):
    """A browser on the page where the code is typed."""
    agent = own.agent()
    party = own.party()
    page = site.enter(agent, agent.open(party.url(party.request())), person)
    return agent, page


def crash(site):
    site.kill()
    site.start_again()


def check_one_code(site, person):
    """Delivered at least once, every copy the same to the letter; the code."""
    mails = site.messages(person)
    assert mails and len({m["text"] for m in mails}) == 1, [m["text"] for m in mails]
    assert len({email.message_from_string(m["raw"])["Message-ID"] for m in mails}) == 1
    return code_in(mails[0]["text"])


def finish(site, agent, page, code):
    """Types the code on the page as it was before the crash."""
    assert site.give_code(agent, page, code).params()["code"]


def test_stored_but_not_sent(site, own):
    """The mail server takes nothing; the server dies with the code in its outbox."""
    person = site.person()
    site.api("mail/settings", fault="later")
    agent, page = login(site, own, person)
    # The outcome, not the log line before it: a sender that dies in between keeps its lease.
    wait_for(lambda: [m for m in site.outbox() if m.get("error")], 20, "the outcome of an attempt")
    site.kill()
    assert not site.messages(person)
    site.api("mail/settings", fault="none")
    site.start_again()
    site.clock.forward(RETRY)
    site.message(person)
    code = check_one_code(site, person)
    assert reference_in(site.messages(person)[0]["text"]) in page.text
    finish(site, agent, page, code)


def test_sent_but_not_acknowledged(site, own):
    """The mail is taken, the server dies while it waits for the word: the same mail comes again."""
    person = site.person()
    site.api("mail/settings", fault="slow")
    agent, page = login(site, own, person)
    site.message(person)
    site.kill()
    site.api("mail/settings", fault="none")
    site.start_again()
    assert [m["state"] for m in site.outbox()].count("queued") == 1
    site.clock.forward(LEASE)
    site.message(person, n=2)
    finish(site, agent, page, check_one_code(site, person))


def settled(site):
    wait_for(lambda: not any(m["state"] == "queued" for m in site.outbox()), 20, "the outbox")


def test_a_replaced_code_is_not_sent_again(site, own):
    """The message of the code before, whose sender died, does not come after the new one's."""
    person = site.person()
    site.api("mail/settings", fault="slow")
    agent, page = login(site, own, person)
    site.code(person)
    site.kill()
    site.api("mail/settings", fault="none")
    site.start_again()
    site.clock.forward(61)
    form = next(f for f in page.forms if any(b[0] == "factor" for b in f.buttons))
    page = agent.submit(page, form, form.buttons[0])
    code = site.code(person, n=2)
    site.clock.forward(LEASE)
    settled(site)
    assert len(site.codes(person)) == 2
    finish(site, agent, page, code)


def test_a_used_code_is_not_sent_again(site, own):
    person = site.person(email=False, mobile=True)
    site.api("sms/settings", fault="dead")
    agent, page = login(site, own, person)
    code = site.code(person, "sms")
    site.kill()
    site.api("sms/settings", fault="none")
    site.start_again()
    finish(site, agent, page, code)
    site.clock.forward(LEASE)
    settled(site)
    assert site.codes(person, "sms") == [code]


def test_sms_taken_but_not_acknowledged(site, own):
    """The provider took it and the server dies before the answer: the same text comes again."""
    person = site.person(email=False, mobile=True)
    site.api("sms/settings", fault="dead")
    agent, page = login(site, own, person)
    site.message(person, "sms")
    site.kill()
    site.api("sms/settings", fault="none")
    site.start_again()
    site.clock.forward(LEASE)
    text = site.message(person, "sms", 2)["text"]
    assert {m["text"] for m in site.messages(person, "sms")} == {text}
    finish(site, agent, page, code_in(text))


def test_between_password_and_code(site, own):
    """Everything was sent; the login is still there after the crash, in the same browser only."""
    person = site.person()
    agent, page = login(site, own, person)
    site.message(person)
    crash(site)
    stranger = own.agent()
    assert stranger.open(page.url).status == 400
    shown = agent.open(page.url)
    assert site.form(shown, "code")
    finish(site, agent, shown, check_one_code(site, person))


def interrupted(site, work):
    """Kills the server at some moment of the work, starts it again; what the work gave, or None."""
    result = []

    def attempt():
        try:
            result.append(work())
        except (requests.RequestException, AssertionError):
            pass

    thread = threading.Thread(target=attempt)
    thread.start()
    time.sleep(random.uniform(0, 0.12))
    site.kill()
    thread.join()
    site.start_again()
    return result[0] if result else None


@pytest.mark.parametrize("run", range(RUNS))
def test_a_crash_while_the_password_is_typed(site, own, run):
    """At any moment from the click to the mail: one code; the person goes on where the page is."""
    person = site.person()
    agent, party = own.agent(), own.party()
    first = agent.open(party.url(party.request()))
    interrupted(site, lambda: site.enter(agent, first, person))
    page = agent.open(first.url)
    if any(f.value("password") is not None for f in page.forms):  # the click was lost
        page = site.enter(agent, page, person)
    site.clock.forward(LEASE)
    site.message(person)
    code = check_one_code(site, person)
    assert reference_in(site.messages(person)[0]["text"]) in page.text
    finish(site, agent, page, code)


@pytest.mark.parametrize("run", range(RUNS // 2))
def test_a_crash_while_the_code_is_typed(site, own, run):
    """The code counts once: either the login was not finished and the same form finishes it, or it
    was and the form is refused; then the person begins anew."""
    person = site.person()
    agent, page = login(site, own, person)
    code = site.code(person)
    interrupted(site, lambda: site.give_code(agent, page, code))
    again = site.give_code(agent, page, code)
    assert again.sent_to or again.status == 400, (again.status, again.text)
    if not again.sent_to:
        assert site.give_code(agent, page, code).status == 400
        agent, page = login(site, own, person)
        if page.sent_to is None:
            finish(site, agent, page, site.code(person, n=2))


@pytest.mark.parametrize("run", range(RUNS // 4))
def test_a_crash_while_the_password_is_changed(site, own, run):
    """Either the issued secret still asks for a change, or the new password is the one: never
    neither, never both."""
    person = site.person(password=None)
    secret = site.issue_secret(person)
    agent = own.agent()
    page = site.enter(agent, agent.open(own.party().url(own.party().request())), person, secret)
    page = site.give_code(agent, page, site.code(person))
    interrupted(site, lambda: site.choose_password(agent, page, "Kluay-Mai2569"))
    site.clock.forward(LEASE)
    opened = []
    for password in (secret, "Kluay-Mai2569"):
        agent = own.agent()
        page = site.enter(agent, agent.open(own.party().url(own.party().request())), person, password)
        if not any(f.value("password") is not None for f in page.forms):
            opened.append(password)
    assert len(opened) == 1, opened
