# SPDX-License-Identifier: AGPL-3.0-or-later
"""Email and mobile number: given at a login before the day, changed on the account page. In Chromium
with JavaScript and without, Thai and English, at a desk and on a phone."""

import datetime

import pytest

from harness import wait_for
from password_journey import PasswordJourney
from password_site import PasswordSite, code_in, reference_in
from world import World

MINUTE = 60
SKIPS = 2


@pytest.fixture(scope="module")
def site():
    day = datetime.date.today() + datetime.timedelta(days=30)
    running = PasswordSite.start(
        policy={"second_factor": {"required_from": day, "grace_logins": SKIPS}, "email_unique": True})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


@pytest.fixture
def journey(own, browser):
    return PasswordJourney(own, browser)


def to_code(journey, site, address, kind="mail", n=1):
    """Types the address; gives the code that was sent to it, with the page's reference."""
    journey.fill(address=address)
    journey.send("address")
    to = {"email": address, "mobile": "+66" + address[1:], "username": address}
    text = site.message(to, kind, n)["text"]
    assert journey.browser.find("[data-part=reference]").text == reference_in(text)
    return code_in(text)


def another(person):
    return person["username"] + "@bangtanai.example"


def test_an_email_is_given_at_login(journey, site):
    person = site.person(email=False)
    journey.to_pratu()
    journey.enter(person)
    journey.check_page("give-email")
    assert "skip" in journey.browser.find("form[action*='/login/email/skip']").get_attribute("action")
    journey.fill(address="nonsense@")
    code = to_code(journey, site, another(person))
    journey.check_page("give-email-code", shown=False)
    journey.give("000000" if code != "000000" else "111111")
    assert journey.alerts()
    site.clock.forward(MINUTE)  # the wait between attempts
    journey.give(code)
    assert journey.comes_in()
    # The next login asks for a code.
    journey.browser.driver.delete_all_cookies()
    site.clock.forward(MINUTE)
    journey.browser.open(site.issuer + "/apps")
    journey.enter(person)
    assert journey.browser.find("form[action*='/login/code?']")


def test_giving_one_is_put_off(journey, site):
    person = site.person(email=False)
    for left in range(SKIPS, -1, -1):
        journey.to_pratu()
        journey.enter(person)
        skip = journey.browser.all("form[action*='/login/email/skip'] button")
        assert bool(skip) == (left > 0)
        if skip:
            assert str(left) in journey.browser.text
            journey.press(skip[0])
            assert journey.comes_in()
            journey.browser.driver.delete_all_cookies()
            journey.browser.open(site.issuer + "/")
            journey.browser.driver.delete_all_cookies()
    journey.check_page("give-email-now", shown=False)
    assert journey.browser.all("[data-part=support-contacts]"), "nobody is named who could help"


def test_email_and_mobile_are_changed(journey, site):
    person = site.person()
    journey.to_code_page(person)
    journey.give(site.code(person))
    assert journey.comes_in()
    browser = journey.browser
    browser.open(site.issuer + "/account/contact")
    journey.check_page("contact")
    assert person["email"] in browser.text
    journey.press(browser.find("a[href='/account/contact/email']"))
    journey.check_page("contact-email", shown=False)
    code = to_code(journey, site, another(person))
    journey.check_page("contact-code", shown=False)
    journey.give(code)
    browser.wait_url(site.issuer + "/account/contact?done=saved")
    assert another(person) in browser.text and browser.all("[role=status]")
    # The address before is told.
    wait_for(lambda: any("/not-me?t=" in m["text"] for m in site.messages(person)), 20,
             "the notice to the address before")
    journey.press(browser.find("a[href='/account/contact/mobile']"))
    code = to_code(journey, site, "08" + person["mobile"][4:], "sms")
    journey.give(code)
    browser.wait_url(site.issuer + "/account/contact?done=saved")
    # Removing asks first; "cancel" leads back, with nothing gone.
    journey.press(browser.find("a[href='/account/contact/mobile/remove']"))
    journey.check_page("contact-remove", shown=False)
    assert "08" + person["mobile"][4:] in browser.text
    journey.press(browser.find("[data-part=back]"))
    browser.wait_url(site.issuer + "/account/contact")
    assert person["mobile"][4:] in browser.text
    journey.press(browser.find("a[href='/account/contact/mobile/remove']"))
    journey.press(browser.find("button[name=kind][value=mobile]"))
    browser.wait_url(site.issuer + "/account/contact?done=removed")
    assert person["mobile"][4:] not in browser.text


def test_an_email_of_somebody_else(journey, site):
    first, second = site.person(), site.person(email=False)
    journey.to_pratu()
    journey.enter(second)
    code = to_code(journey, site, first["email"])
    journey.give(code)
    assert journey.alerts() and journey.browser.find("[name=address]")
    journey.check_page("give-email-taken", shown=False)


@pytest.fixture(scope="module")
def the_day(site):
    """It comes for good: tests that use it are the last here."""
    site.clock.forward(31 * 24 * 60 * MINUTE)


def test_from_the_day_nobody_without_a_code(journey, site, the_day):
    person = site.person(email=False)
    journey.to_pratu()
    journey.enter(person)
    journey.check_page("unable", shown=False)
    assert not journey.browser.all("form[action*='/login/email']"), "an email may still be given"
    assert journey.browser.all("[data-part=support-contacts]"), "nobody is named who could help"
    journey.browser.open(site.issuer + "/apps")
    assert journey.browser.all("[data-page=login]"), "somebody is logged in"
