# SPDX-License-Identifier: AGPL-3.0-or-later
"""A forgotten password, and ThaID instead of one, at the running server and in Chromium."""

import json
import re

import pytest

from harness import wait_for
from password_site import PasswordSite
from test_browser_password import PasswordJourney
from thaid import Phone
from world import World

NEW, NEWER = "Dok-Bua#2569", "Dok-Rak#2570"
LINK = re.compile(r"http\S+/reset\?t=\S+")
MINUTE = 61


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


def settled(site, **ways):
    """A person whose addresses are older than recovery.cooling_off: imported ones are new at first."""
    person = site.person(**ways)
    site.clock.forward(86401)
    return person


def ask(site, agent, username):
    """Tells of a forgotten password on the launcher's login; the page that answers."""
    page = agent.press(agent.open(site.issuer + "/apps"), "ลืมรหัสผ่าน")
    assert page.status == 200, page.text
    return agent.submit(page, page.forms[-1], username=username)


def letters(site, person, about="ลืมรหัสผ่านของบัญชี"):
    return [m["text"] for m in site.messages(person) if about in m["text"]]


def letter(site, person, *about):
    return wait_for(lambda: letters(site, person, *about), 20, "a letter")[-1]


def link_in(site, person):
    return LINK.search(letter(site, person)).group()


def begin(site, agent, link):
    """The page on which the second proof is chosen."""
    page = agent.open(link)
    assert page.status == 200, page.text
    return agent.submit(page, site.form(page, "t"))


def log_in(site, agent, person, password, portal=None):
    """By password and a code to the mailbox; the page after it."""
    n = len(site.codes(person))
    page = site.enter(agent, agent.open(site.issuer + "/apps"), person, password)
    if 'name="code"' not in page.response.text:
        page = agent.press(page, "อีเมล")
    return site.give_code(agent, page, site.code(person, n=n + 1))


def inside(site, agent):
    return agent.open(site.issuer + "/apps").url.endswith("/apps")


def test_a_link_and_a_code_by_sms(site, own, agent):
    """Asked for here, opened in another browser; then everybody logs in anew."""
    person = settled(site, mobile=True)
    victim = own.agent()
    assert log_in(site, victim, person, person["password"]).url.endswith("/apps")
    site.clock.forward(MINUTE)
    said = ask(site, agent, person["username"])
    assert "หากมีบัญชีนี้" in said.text
    link = link_in(site, person)
    reader = own.agent()
    for _ in range(3):
        assert reader.open(link).status == 200, "looking changes nothing"
    page = reader.press(begin(site, reader, link), "SMS")
    page = site.give_code(reader, page, site.code(person, "sms"))
    page = site.choose_password(reader, page, NEW)
    assert page.status == 200 and "ตั้งรหัสผ่านใหม่แล้ว" in page.text
    assert not inside(site, reader) and not inside(site, victim)
    assert reader.open(link).status == 404, "used"
    assert letter(site, person, "ตั้งรหัสผ่านใหม่แทน")
    site.clock.forward(MINUTE)
    assert log_in(site, own.agent(), person, NEW).url.endswith("/apps")


def test_a_link_and_thaid(site, own, agent):
    person = settled(site, mobile=True)
    phone, somebody = Phone(site), settled(site)
    ask(site, agent, person["username"])
    page = begin(site, agent, link_in(site, person))
    here = page
    page = phone.approve_and_return(agent, agent.press(here, "ThaiD"), somebody)
    assert page.status == 403 and "ไม่ตรงกัน" in page.text
    page = phone.approve_and_return(agent, agent.press(here, "ThaiD"), person)
    page = site.choose_password(agent, page, NEW)
    assert "ตั้งรหัสผ่านใหม่แล้ว" in page.text and not inside(site, agent)


def test_by_thaid_alone(site, agent):
    """The recommended way: ThaID, then the account page."""
    person = settled(site)
    page = agent.press(agent.open(site.issuer + "/apps"), "ลืมรหัสผ่าน")
    page = agent.press(page, "ตั้งรหัสผ่านใหม่ด้วย ThaiD")
    assert "/login/password" not in page.response.text, "only ThaID"
    page = Phone(site).approve_and_return(agent, agent.press(page, "ThaiID"), person)
    assert page.url.endswith("/account/password") and page.status == 200
    page = site.choose_password(agent, page, NEW)
    assert page.status == 200, page.text


def test_everybody_is_answered_alike(site, own):
    """Also who has one mailbox only: the letter says what to do, and holds no link."""
    person = settled(site)
    pages = [ask(site, own.agent(), name) for name in (person["username"], "nobody.here", "?")]
    assert len({p.text.split("รหัสแจ้งปัญหา")[0] for p in pages}) == 1
    text = letter(site, person)
    assert "ThaiD" in text and not LINK.search(text)
    assert "recovery_requested" in site.good("audit", "list", "--event", "recovery_requested")


def test_an_ask_survives_a_crash(site, own, agent):
    person = settled(site, mobile=True)
    ask(site, agent, person["username"])
    site.kill()
    site.start_again()
    assert link_in(site, person)
    assert len(letters(site, person)) == 1


def test_thaid_instead_of_the_password_and_back(site, own, agent):
    person, phone = settled(site), Phone(site)
    page = log_in(site, agent, person, person["password"])
    page = agent.press(page, "ดูวิธีเข้าสู่ระบบ")
    page = agent.press(page, "ใช้ ThaiD แทนรหัสผ่าน")
    page = agent.press(page, "ยืนยันด้วย ThaiD")
    page = phone.approve_and_return(agent, agent.press(page, "ThaiID"), person)
    assert page.url.endswith("/account/ways/thaid"), page.text
    page = agent.press(page, "ปิดรหัสผ่าน")
    assert "ปิดการเข้าสู่ระบบด้วยรหัสผ่านแล้ว" in page.text
    said = json.loads(site.good("account", "show", person["username"]))["password"]
    assert (said["disabled_by"], said["disabled_reason"]) == ("holder", "thaid_only")
    assert inside(site, agent), "a session by ThaID goes on"
    assert letter(site, person, "ThaiD เท่านั้น")
    site.clock.forward(MINUTE)
    fresh = own.agent()
    page = site.enter(fresh, fresh.open(site.issuer + "/apps"), person)
    assert not page.url.endswith("/apps") and len(site.codes(person)) == 1, "no code, even"
    assert site.pratu("account", "password", "enable", person["username"]).returncode != 0
    site.good("account", "password", "enable", person["username"], "--reason", "spoke to the holder")
    assert "disabled_by" not in site.good("account", "show", person["username"])
    page = site.enter(fresh, fresh.open(site.issuer + "/apps"), person)
    assert site.form(page, "step") and "OTP" in page.text


# --- in Chromium ---


@pytest.fixture
def journey(own, browser):
    return PasswordJourney(own, browser)


def test_forgotten_in_a_browser(journey, site):
    person, browser = settled(site, mobile=True), journey.browser
    journey.to_pratu()
    journey.unfold()
    browser.press("ลืมรหัสผ่าน", "Forgot your password")
    journey.check_page("forgot")
    journey.fill(username=person["username"])
    journey.send("username")
    journey.check_page("forgot-asked", shown=False)
    browser.open(link_in(site, person))
    journey.check_page("reset", shown=False)
    journey.send("t")
    journey.check_page("reset-prove")
    journey.press(browser.find("button[value=otp_sms]"))
    journey.check_page("reset-code", shown=False)
    journey.give(site.code(person, "sms"))
    journey.check_page("reset-change", shown=False)
    journey.fill(password=NEWER, repeat=NEWER)
    journey.send("repeat")
    journey.check_page("reset-done", shown=False)
    site.clock.forward(MINUTE)
    journey.to_pratu()
    journey.enter(person, NEWER)
    journey.press(browser.find("button[value=otp_email]"))
    journey.give(journey.code_of_page(person))
    assert journey.comes_in()


def test_switch_in_a_browser(journey, site):
    person, browser = settled(site), journey.browser
    journey.choose_language()
    browser.open(site.issuer + "/apps")
    journey.enter(person)
    journey.give(journey.code_of_page(person))
    browser.wait_url(site.issuer + "/apps")
    browser.press("ดูวิธีเข้าสู่ระบบ", "See your ways of signing in")
    journey.check_page("ways")
    browser.press("ใช้ ThaiD แทนรหัสผ่าน", "Use ThaiD instead")
    journey.check_page("switch", shown=False)
    journey.send("csrf")
    journey.to_thaid()
    journey.on_the_phone("approve", person)
    journey.back(site.issuer + "/account/ways/thaid")
    journey.check_page("switch-close", shown=False)
    journey.send("csrf")
    browser.wait_url(site.issuer + "/account/ways?done=closed")
    assert browser.all("[data-notice=closed]")
    journey.check_page("ways-closed", shown=False)
