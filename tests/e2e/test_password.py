# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logins by password and code at the running server, codes read from the mail box and the phone."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import wait_for
from password_site import OFFICE, PasswordSite, code_in, reference_in
from relying_party import Answer, json_part
from world import World

MINUTE, DAY = 60, 86400
LIMITED = "กรุณารอประมาณ"  # another code, or another try, only after a while
LATER = "กรุณาใช้รหัสล่าสุดที่ได้รับไปก่อน"  # another code within the minute of the last one
STEPS = ("password", "code", "code/send", "change", "again")


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


@pytest.fixture
def agent(own):
    return own.agent()


def start(own, agent):
    """The login page of a portal."""
    party = own.party()
    request = party.request()
    return party, request, agent.open(party.url(request))


def to_code(site, own, agent, person):
    """The page on which the code is typed."""
    page = site.enter(agent, start(own, agent)[2], person)
    assert site.form(page, "code"), page.text
    return page


def inside(own, agent):
    return "code" in own.party().authorize(agent, prompt="none").values


def other_than(code, n=1):
    return "%06d" % ((int(code) + n) % 1000000)


def send_again(site, agent, page):
    """Presses "send another code": the form whose button names a factor."""
    form = next(f for f in page.forms if any(b[0] == "factor" for b in f.buttons))
    return agent.submit(page, form, form.buttons[0])


# --- ways in ---

def test_password_and_mail(site, own, agent):
    person = site.person()
    party, request, page = start(own, agent)
    page = site.enter(agent, page, person)
    assert page.status == 200 and person["email"] not in page.response.text
    text = site.message(person)["text"]
    assert reference_in(text) in page.text and code_in(text) not in page.response.text
    back = site.give_code(agent, page, code_in(text))
    claims = json_part(party.redeem(Answer(back, request)).json()["id_token"], 1)
    assert claims["amr"] == ["pwd", "otp"]
    assert own.party("second").authorize(agent)["code"]


def test_password_and_sms(site, own, agent):
    person = site.person(email=False, mobile=True)
    page = to_code(site, own, agent, person)
    assert person["mobile"][-7:] not in page.response.text
    back = site.give_code(agent, page, site.code(person, "sms"))
    assert back.params()["code"]


def test_the_person_chooses_where_the_code_goes(site, own, agent):
    """Nothing is sent before; the other way may be taken later, and then only its code is good."""
    person = site.person(mobile=True)
    page = site.enter(agent, start(own, agent)[2], person)
    assert not site.messages(person) and not site.messages(person, "sms")
    form = next(f for f in page.forms if any(b[0] == "factor" for b in f.buttons))
    by_sms = next(b for b in form.buttons if b[1] == "otp_sms")
    page = agent.submit(page, form, by_sms)
    first = site.code(person, "sms")
    site.clock.forward(MINUTE + 1)
    form = next(f for f in page.forms if any(b[0] == "factor" for b in f.buttons))
    page = agent.submit(page, form, next(b for b in form.buttons if b[1] == "otp_email"))
    second = site.code(person)
    if first != second:
        page = site.give_code(agent, page, first)
    assert site.give_code(agent, page, second).params()["code"]


@pytest.mark.parametrize("preset", ["thaibulksms", "smsmkt", "infobip"])
def test_sms_in_the_dialect_of(preset):
    site = PasswordSite.start(sms=(preset,))
    try:
        own, person = World(site), site.person(email=False, mobile=True)
        agent = own.agent()
        page = to_code(site, own, agent, person)
        assert site.message(person, "sms")["via"] == preset
        assert site.give_code(agent, page, site.code(person, "sms")).params()["code"]
        codes = [m for m in site.outbox() if m["purpose"] == "login"]
        assert [m["state"] for m in codes] == ["sent"]
    finally:
        site.stop()


def test_the_second_sms_provider_sends_the_same_code(site, own, agent):
    """The first one takes it and then fails: the same code comes by both, and is good."""
    person = site.person(email=False, mobile=True)
    site.api("sms/settings", fault="broken")
    page = to_code(site, own, agent, person)
    site.api("sms/settings", fault="none")
    site.clock.forward(30)  # the pause before it is tried again
    text = site.message(person, "sms")["text"]
    assert all(m["text"] == text for m in site.messages(person, "sms"))
    assert site.give_code(agent, page, code_in(text)).params()["code"]


def test_messages_name_the_site(site, own, agent):
    """The portal's name, or that of the organisation where no portal waits."""
    one, two = site.person(), site.person()
    site.enter(agent, start(own, agent)[2], one)
    assert own.party().client["client_name"] in site.message(one)["text"]
    again = own.agent()
    site.enter(again, again.open(site.issuer + "/apps"), two)
    assert "กรมส่งเสริมการปกครองท้องถิ่น" in site.message(two)["text"]


def test_launcher(site, own, agent):
    person = site.person()
    page = site.enter(agent, agent.open(site.issuer + "/apps"), person)
    page = site.give_code(agent, page, site.code(person))
    assert own.is_inside(page) and "e-Plan" in page.text


# --- codes that are no good ---

def test_another_code(site, own, agent):
    """Not within the minute; then a new one comes, and the old one is dead."""
    person = site.person()
    page = to_code(site, own, agent, person)
    first = site.code(person)
    page = send_again(site, agent, page)
    assert LATER in page.text and len(site.messages(person)) == 1
    site.clock.forward(MINUTE + 1)
    page = send_again(site, agent, page)
    text = site.message(person, n=2)["text"]
    assert reference_in(text) in page.text and LIMITED not in page.text
    assert LATER not in page.text
    if first != code_in(text):
        page = site.give_code(agent, page, first)
        assert page.sent_to is None and not inside(own, agent)
    assert site.give_code(agent, page, code_in(text)).params()["code"]


def test_five_codes_and_no_more(site, own, agent):
    person = site.person()
    page = to_code(site, own, agent, person)
    site.message(person)  # one that still waits is not sent when a newer one replaces it
    for n in range(2, 6):
        site.clock.forward(MINUTE + 1)
        page = send_again(site, agent, page)
        site.message(person, n=n)
    assert not any(b[0] == "factor" for f in page.forms for b in f.buttons)
    assert site.give_code(agent, page, site.code(person, n=5)).params()["code"]
    assert len({m["text"] for m in site.messages(person)}) == 5


def test_five_wrong_codes(site, own, agent):
    """They end the login; the right code is worth nothing after them, a new login works."""
    person = site.person()
    page = to_code(site, own, agent, person)
    code = site.code(person)
    for n in range(1, 6):
        form = site.form(page, "code")
        site.clock.forward(31)  # the gate makes each wait longer
        before, page = page, site.give_code(agent, page, other_than(code, n))
        assert page.sent_to is None
    assert page.status == 429 and not inside(own, agent)
    assert agent.submit(before, form, code=code).sent_to is None
    assert not inside(own, agent)
    site.clock.forward(MINUTE + 1)
    page = to_code(site, own, agent, person)
    site.clock.forward(31)
    assert site.give_code(agent, page, site.code(person, n=2)).params()["code"]


def test_the_gate_makes_wait(site, own, agent):
    """Guesses without a pause are not looked at; the right code neither, before the wait is over."""
    person = site.person()
    page = to_code(site, own, agent, person)
    code = site.code(person)
    for n in range(1, 20):
        page = site.give_code(agent, page, other_than(code, n))
        assert page.sent_to is None and page.status == 200, page.text
        if LIMITED in page.text:
            break
    assert LIMITED in page.text
    page = site.give_code(agent, page, code)
    assert page.sent_to is None and not inside(own, agent)
    site.clock.forward(31)
    assert site.give_code(agent, page, code).params()["code"]


def test_expired_code(site, own, agent):
    person = site.person()
    page = to_code(site, own, agent, person)
    code = site.code(person)
    site.clock.forward(5 * MINUTE)
    page = site.give_code(agent, page, code)
    assert page.sent_to is None and page.status == 200 and not inside(own, agent)
    page = send_again(site, agent, page)
    assert site.give_code(agent, page, site.code(person, n=2)).params()["code"]


def test_a_code_is_not_sent_after_its_death(site, own, agent):
    person = site.person()
    site.api("mail/settings", fault="later")
    to_code(site, own, agent, person)
    site.clock.forward(5 * MINUTE)
    wait_for(lambda: any(m["state"] == "expired" for m in site.outbox()), 20, "the end of the code")
    site.api("mail/settings", fault="none")
    assert not site.messages(person)


def test_a_code_belongs_to_its_login(site, own):
    """Somebody else's right code, or the person's own of another login, opens nothing."""
    one, two = site.person(), site.person()
    mine, his = own.agent(), own.agent()
    page, other = to_code(site, own, mine, one), to_code(site, own, his, two)
    if site.code(one) != site.code(two):
        page = site.give_code(mine, page, site.code(two))
        assert page.sent_to is None
    form = site.form(other, "code")
    # His form, in my browser.
    answer = mine.submit(other, form, code=site.code(two))
    assert answer.sent_to is None and answer.status == 400
    assert not inside(own, mine) and not inside(own, his)


def test_wrong_name_and_wrong_password_look_alike(site, own):
    person, words = site.person(), []
    for who, password in ((person, "Not-The-One1"), ({"username": "nobody.here"}, "Not-The-One1")):
        agent = own.agent()
        page = site.enter(agent, start(own, agent)[2], who, password)
        words.append((page.status, page.text.replace(who["username"], "…").rsplit(" ", 1)[0]))
    assert words[0] == words[1]
    assert not site.messages(person)


# --- passwords that must be changed ---

def test_forced_change_then_log_in_again(site, own, agent):
    person = site.person(password=None)
    secret = site.issue_secret(person)
    page = site.enter(agent, start(own, agent)[2], person, secret)
    page = site.give_code(agent, page, site.code(person))
    assert site.form(page, "repeat") and not inside(own, agent)
    page = site.choose_password(agent, page, "short")
    assert site.form(page, "repeat") and not inside(own, agent)
    page = site.choose_password(agent, page, "Kluay-Mai2569")
    assert page.sent_to is None and site.form(page, "password") and not inside(own, agent)
    # Logging in again: the issued secret is dead, the new password takes a code of its own. What
    # was tried before the change is forgotten, so nobody waits.
    page = site.enter(agent, page, person, secret)
    assert page.sent_to is None and site.form(page, "password")
    page = site.enter(agent, page, person, "Kluay-Mai2569")
    assert site.give_code(agent, page, site.code(person, n=2)).params()["code"]


def test_an_issued_secret_dies(site, own, agent):
    person = site.person(password=None)
    secret = site.issue_secret(person)
    site.clock.forward(31 * DAY)
    page = site.enter(agent, start(own, agent)[2], person, secret)
    assert site.form(page, "password") and not site.messages(person)


def test_an_old_password_must_be_changed(site, own, agent):
    person = site.person()
    site.clock.forward(91 * DAY)
    page = to_code(site, own, agent, person)
    page = site.give_code(agent, page, site.code(person))
    assert site.form(page, "repeat") and not inside(own, agent)


# --- empty, repeated, late, in two tabs ---

@pytest.mark.parametrize("path", STEPS)
@pytest.mark.parametrize("data", [{}, {"step": ""}, {"step": "x", "code": "", "password": ""}],
                         ids=["nothing", "empty", "wrong"])
def test_empty_posts(site, own, agent, path, data):
    """With the transaction and without: a page that helps, never a login, never a fault of ours."""
    page = start(own, agent)[2]
    target = page.url.split("?")[1]
    for query in ("?" + target, "", "?i=", "?i=pratu_in_" + "A" * 43):
        answer = agent.open(site.issuer + "/login/" + path + query, "POST", data,
                            {"Origin": site.issuer})
        assert answer.sent_to is None and answer.status in (200, 400), (query, answer.status)
    assert not inside(own, agent)


def test_empty_fields(site, own, agent):
    """The forms as they are, with nothing typed: the same page again, and nothing counted."""
    person = site.person()
    page = start(own, agent)[2]
    for _ in range(12):
        page = agent.submit(page, site.form(page, "password"), username=person["username"],
                            password="")
        assert site.form(page, "password")
    page = site.enter(agent, page, person)
    for _ in range(12):
        page = site.give_code(agent, page, "")
        assert site.form(page, "code")
    assert site.give_code(agent, page, site.code(person)).params()["code"]


def test_repeated_posts(site, own, agent):
    """Each step's form sent twice, as by a double click: one code, one login."""
    person = site.person()
    first = start(own, agent)[2]
    site.enter(agent, first, person)
    page = site.enter(agent, first, person)
    assert site.form(page, "code")
    code = site.code(person)
    assert len(site.messages(person)) == 1
    back = site.give_code(agent, page, code)
    assert back.params()["code"]
    again = site.give_code(agent, page, code)
    assert again.sent_to is None and again.status == 400
    assert site.enter(agent, first, person).sent_to is None
    assert len(site.messages(person)) == 1


def at_once(*works):
    """What the works give, done at the same time."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(work) for work in works]]


def test_posts_at_the_same_time(site, own, agent):
    """A double click whose two requests meet: one code is sent, one login is finished."""
    person = site.person()
    first = start(own, agent)[2]
    tabs = [agent.clone() for _ in range(3)]
    pages = at_once(*(lambda tab=tab: site.enter(tab, first, person) for tab in tabs))
    assert all(site.form(page, "code") for page in pages)
    code = site.code(person)
    backs = at_once(*(lambda tab=tab, page=page: site.give_code(tab, page, code)
                      for tab, page in zip(tabs, pages)))
    assert sorted(back.sent_to is not None for back in backs) == [False, False, True]
    assert len(site.messages(person)) == 1


def test_another_way_and_back(site, own, agent):
    """"Another way" forgets the password, twice as well as once: the code opens nothing any more,
    until the password was typed again; then the one that was sent is still good."""
    person = site.person()
    page = to_code(site, own, agent, person)
    code = site.code(person)
    for _ in range(2):
        shown = agent.press(page, "วิธีอื่น")
        assert site.form(shown, "password")
    answer = site.give_code(agent, page, code)
    assert answer.sent_to is None and answer.status == 400 and not inside(own, agent)
    page = site.enter(agent, shown, person)
    assert site.give_code(agent, page, code).params()["code"]
    assert len(site.messages(person)) == 1


def test_back_button(site, own, agent):
    """Pages of before lead nowhere: neither to a second login nor around the code."""
    person = site.person()
    first = start(own, agent)[2]
    page = site.enter(agent, first, person)
    # Back to the login page: the server shows where the login stands.
    shown = agent.open(first.url)
    assert site.form(shown, "code") and not inside(own, agent)
    site.give_code(agent, page, site.code(person))
    # A login that is done leads to where the portal begins, never on to another code.
    for url in (first.url, page.url):
        shown = agent.open(url)
        assert "/login" not in shown.url and all(f.value("code") is None for f in shown.forms)
    assert inside(own, agent)


def test_back_after_a_change(site, own, agent):
    """The page with the new password, sent once more: it changes nothing again."""
    person = site.person(password=None)
    page = site.enter(agent, start(own, agent)[2], person, site.issue_secret(person))
    change = site.give_code(agent, page, site.code(person))
    site.choose_password(agent, change, "Kluay-Mai2569")
    answer = site.choose_password(agent, change, "Anything-Else9")
    assert answer.sent_to is None and answer.status == 400
    page = site.enter(agent, start(own, agent)[2], person, "Kluay-Mai2569")
    assert site.give_code(agent, page, site.code(person, n=2)).params()["code"]


def test_two_tabs(site, own, agent):
    """The second tab's login within the minute gets no second code; the first goes on with its own,
    and then the second needs no code any more."""
    person = site.person()
    page = to_code(site, own, agent, person)
    code = site.code(person)
    party = own.party("second")
    request = party.request()
    tab = site.enter(agent, agent.open(party.url(request)), person)
    assert tab.sent_to is None and LIMITED in tab.text
    assert site.give_code(agent, page, code).params()["code"]
    assert len(site.messages(person)) == 1
    assert agent.open(tab.url).params()["state"] == request["state"]


def test_two_tabs_two_codes(site, own, agent):
    """After the minute the second tab's code replaces the first's: one code is alive."""
    person = site.person()
    page = to_code(site, own, agent, person)
    one = site.code(person)  # delivered before the next one is sent: letters may overtake
    site.clock.forward(MINUTE + 1)
    tab = to_code(site, own, agent, person)
    two = site.code(person, n=2)
    for code in {one, two}:
        page = site.give_code(agent, page, code)
        assert page.sent_to is None
    site.clock.forward(31)
    assert site.give_code(agent, tab, two).params()["code"]


# --- the day from which a code is compulsory ---

def day(n):
    """The day n days from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=n)).date()


def skipping(agent, page):
    """Before the day a person without a verified address may be asked for one, and may skip it."""
    asked = any("ข้าม" in b[2] for f in page.forms for b in f.buttons)
    return agent.press(page, "ข้าม") if asked else page


def test_the_day_from_which_codes_are_compulsory():
    site = PasswordSite.start(policy={"second_factor": {"required_from": day(3)}})
    try:
        own = World(site)
        without, having = site.person(verified=False), site.person()
        agent, other = own.agent(), own.agent()
        # Before: whoever has a verified address proves it; nobody else is kept out.
        page = site.enter(agent, start(own, agent)[2], without)
        assert skipping(agent, page).params()["code"] and not site.messages(without)
        assert json_amr(own, agent) == ["pwd"]
        page = to_code(site, own, other, having)
        assert site.give_code(other, page, site.code(having)).params()["code"]
        # From the day: a password alone is not enough, nor is a session begun by it alone.
        site.clock.forward(4 * DAY)
        assert not inside(own, agent)
        page = site.enter(agent, start(own, agent)[2], without)
        assert page.sent_to is None and page.status == 403 and "SSO" in page.text
        assert not inside(own, agent)
        other = own.agent()
        page = to_code(site, own, other, having)
        assert site.give_code(other, page, site.code(having, n=2)).params()["code"]
    finally:
        site.stop()


def test_an_office_of_its_own():
    """An office may have a later day than the policy; one that forbids passwords closes the way, for
    sessions begun by it too."""
    site = PasswordSite.start(policy={"second_factor": {"required_from": day(-1)}})
    try:
        own, person = World(site), site.person(verified=False)
        agent = own.agent()
        office = {"code": OFFICE, "name_th": "อบต.ดอนแก้ว", "second_factor_required_from": "", "password_login": ""}
        assert site.enter(agent, start(own, agent)[2], person).status == 403
        site.load("offices", {**office, "second_factor_required_from": day(30)})
        agent = own.agent()
        page = skipping(agent, site.enter(agent, start(own, agent)[2], person))
        assert page.params()["code"] and inside(own, agent)
        site.load("offices", {**office, "second_factor_required_from": day(30), "password_login": "disabled"})
        assert not inside(own, agent)
        agent = own.agent()
        page = site.enter(agent, start(own, agent)[2], person)
        assert page.sent_to is None and "ThaiD" in page.text and not inside(own, agent)
        assert own.phone.approve_and_return(
            agent, agent.press(page, "ThaiID"), person).params()["code"]
    finally:
        site.stop()


def json_amr(own, agent):
    party = own.party()
    return json_part(party.redeem(party.authorize(agent)).json()["id_token"], 1)["amr"]
