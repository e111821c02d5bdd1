# SPDX-License-Identifier: AGPL-3.0-or-later
"""Journeys of people without ThaID in Chromium: password, code by email or SMS, a password that must
be changed. With JavaScript and without, Thai and English, at a desk and on a phone."""

import pytest

from harness import wait_for
from journey import NAMES, WAYS
from password_journey import PasswordJourney
from password_site import PasswordSite, code_in, reference_in
from world import World

PASSWORD = "Ton-Kla#2569"
NAME = "สำรอง#2569aB"  # the given name, which the browser does not know
MINUTE = 60


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


@pytest.fixture
def journey(own, browser):
    return PasswordJourney(own, browser)


def test_password_and_mail(journey, site):
    person = site.person()
    journey.to_pratu()
    journey.unfold()
    journey.check_page("login-password", shown=False)
    journey.enter(person, "not the password")
    assert journey.alerts()
    journey.check_page("login-wrong", shown=False)
    journey.enter(person)
    text = site.message(person)["text"]
    shown = (journey.browser.language, journey.browser.size) == ("th", "phone")
    journey.check_page("code", shown=shown)
    assert journey.browser.find("[data-part=reference]").text == reference_in(text)
    assert person["email"] not in journey.browser.text, "the address is not masked"
    journey.give(code_in(text))
    assert journey.comes_in()


def test_password_and_sms(journey, site):
    person = site.person(email=False, mobile=True)
    journey.to_code_page(person)
    text = site.message(person, "sms")["text"]
    journey.check_page("code-sms", shown=False)
    assert journey.browser.find("[data-part=reference]").text == reference_in(text)
    journey.give(code_in(text))
    assert journey.comes_in()


def test_where_the_code_goes(journey, site):
    """With two addresses the person chooses, and may change the mind afterwards."""
    person = site.person(email=True, mobile=True)
    journey.to_pratu()
    journey.enter(person)
    journey.check_page("second", shown=False)
    journey.press(journey.browser.find("button[value=otp_sms]"))
    site.message(person, "sms")
    site.clock.forward(MINUTE + 1)
    journey.press(journey.browser.find("button[value=otp_email]"))
    text = site.message(person)["text"]
    assert journey.browser.find("[data-part=reference]").text == reference_in(text)
    journey.give(code_in(text))
    assert journey.comes_in()


def test_wrong_codes(journey, site):
    """Five wrong codes are the end of it, and the right one comes too late."""
    person = site.person()
    journey.to_code_page(person)
    right = site.code(person)
    for left in (4, 3, 2, 1):
        journey.give("000000" if right != "000000" else "111111")
        assert str(left) in journey.alerts()[0]
        if left == 4:
            journey.check_page("code-wrong", shown=False)
        site.clock.forward(MINUTE)  # the wait between attempts
    journey.give("000000" if right != "000000" else "111111")
    journey.check_page("code-over", shown=False)
    assert not journey.browser.all("[name=code]"), "a sixth try"
    journey.press(journey.browser.find("[data-part=again]"))  # begins anew
    assert journey.browser.find("[data-page=login]"), "the login page again"
    journey.browser.open(site.issuer + "/apps")
    assert journey.browser.all("[data-page=login]"), "somebody is logged in"


def test_another_code(journey, site):
    person = site.person()
    journey.to_code_page(person)
    first = site.code(person)
    site.clock.forward(MINUTE + 1)
    # Only the server's clock was moved: the script of the open page counts by the browser's own.
    journey.browser.open(journey.browser.url)
    journey.press(journey.browser.find("button[value=otp_email]"))
    second = site.message(person, n=2)["text"]
    journey.check_page("code-again", shown=False)
    assert journey.browser.find("[data-part=reference]").text == reference_in(second)
    if first != code_in(second):
        journey.give(first)
        assert journey.alerts(), "the first code still opens"
    journey.give(code_in(second))
    assert journey.comes_in()


def test_an_expired_code(journey, site):
    """A code that came too late opens nothing; another one does."""
    person = site.person()
    journey.to_code_page(person)
    code = site.code(person)
    site.clock.forward(5 * MINUTE)
    journey.give(code)
    assert journey.alerts()
    journey.check_page("code-expired", shown=False)
    journey.press(journey.browser.find("button[value=otp_email]"))
    journey.give(journey.code_of_page(person))
    assert journey.comes_in()


class TestForcedChange:
    """An initial secret opens nothing but the choice of a password."""

    @pytest.fixture
    def person(self, site):
        return site.person(password=None)

    @pytest.fixture
    def at_change(self, journey, site, person):
        journey.to_code_page(person, site.issue_secret(person))
        journey.give(site.code(person))
        journey.browser.find("[name=repeat]")
        return journey

    def ends_well(self, journey, site, person):
        """Whoever has chosen logs in again, and the new password opens."""
        journey.fill(password=PASSWORD, repeat=PASSWORD)
        journey.send("repeat")
        assert journey.browser.find("[role=status]").is_displayed()
        journey.check_page("changed", shown=False)
        site.clock.forward(MINUTE)
        journey.enter(person, PASSWORD)
        site.clock.forward(MINUTE)
        journey.give(journey.code_of_page(person))
        assert journey.comes_in()

    @pytest.mark.parametrize("browser", WAYS[2:], ids=NAMES[2:], indirect=True)
    def test_server_says_what_is_missing(self, at_change, site, person):
        """Without a script nothing is known before the button is pressed."""
        at_change.check_page("change", shown=False)
        at_change.fill(password="somchai", repeat="somchai")
        at_change.send("repeat")
        assert at_change.alerts()
        broken = [e.get_attribute("data-rule")
                  for e in at_change.browser.all("[data-state=broken]")]
        assert {"too_short", "no_upper", "no_digit", "no_special"} <= set(broken)
        assert "no_lower" not in broken
        at_change.check_page("change-refused", shown=False)
        at_change.fill(password=PASSWORD, repeat=PASSWORD + "x")
        at_change.send("repeat")
        assert at_change.alerts() and not at_change.browser.all("[data-state=broken]")
        self.ends_well(at_change, site, person)

    def rules(self, journey, state):
        return {e.get_attribute("data-rule")
                for e in journey.browser.all("[data-rules] [data-state=%s]" % state)}

    def strength(self, journey):
        return journey.browser.find("[data-strength]").get_attribute("data-strength")

    @staticmethod
    def hears(browser, sentence):
        """What a screen reader is told, once typing has paused."""
        said = browser.find("[data-said]")
        words = [browser.find("[data-strength-word]").text, said.get_attribute(sentence)]
        wait_for(lambda: all(w in said.get_attribute("textContent") for w in words), 20, words[1])

    @pytest.mark.parametrize("browser", WAYS[:2], ids=NAMES[:2], indirect=True)
    def test_strength_while_typing(self, at_change, site, person):
        browser = at_change.browser
        assert not browser.find("[data-strength]").is_displayed()
        at_change.fill(password="Chiangmai2")
        assert self.rules(at_change, "met") >= {"too_short", "no_lower", "no_upper", "no_digit"}
        assert not {"no_special", "common", "used_before"} & self.rules(at_change, "met")
        assert "used_before" in self.rules(at_change, "unknown")
        assert self.strength(at_change) == "0" and browser.find("[data-strength-word]").text
        self.hears(browser, "data-left")
        address = browser.url
        at_change.button("repeat").click()  # the browser keeps it
        assert browser.url == address and browser.all("[name=password]:invalid")
        at_change.fill(password=PASSWORD, repeat="Nax")
        said = browser.find("#repeat-said")
        assert said.text == said.get_attribute("data-differs")
        assert self.strength(at_change) == "3" and "common" in self.rules(at_change, "unknown")
        self.hears(browser, "data-all")
        browser.find("[aria-controls=password]").click()
        assert {browser.find("#" + f).get_attribute("type") for f in ("password", "repeat")} == {"text"}
        at_change.check_page("change-typing", shown=browser.language == "th")
        at_change.fill(repeat=PASSWORD)
        assert said.text == said.get_attribute("data-same")
        assert not browser.all("input:invalid")
        self.ends_well(at_change, site, person)

    def test_refused_by_the_server_only(self, at_change, site, person):
        """What only the server knows it says after the button, also where a script runs."""
        at_change.fill(password=NAME, repeat=NAME)
        if at_change.browser.javascript:
            assert not at_change.browser.all("input:invalid")
        at_change.send("repeat")
        assert at_change.alerts()
        assert self.rules(at_change, "broken") == {"personal"}
        self.ends_well(at_change, site, person)


def test_back_without_password(journey, site):
    """The way by ThaID stands open all the time."""
    journey.to_code_page(site.person())
    journey.press(journey.browser.find("form[action*='/login/again'] button"))
    assert journey.browser.find("[data-page=login]")
    journey.to_thaid()
