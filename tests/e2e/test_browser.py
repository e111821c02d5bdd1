# SPDX-License-Identifier: AGPL-3.0-or-later
"""Journeys of people in Chromium: portal, Pratu, ThaID's QR page, the phone, back in the portal.
With JavaScript and without, Thai and English, at a desk and on a phone."""

import pytest
import requests

from browser import Browser
from thaid import Phone

WAYS = [(True, "th", "desk"), (True, "en", "phone"), (False, "th", "phone"), (False, "en", "desk")]
NAMES = ["script-th-desk", "script-en-phone", "plain-th-phone", "plain-en-desk"]
ENTER = ("เข้าสู่ระบบ", "Sign in", "Log in")


@pytest.fixture(params=WAYS, ids=NAMES)
def browser(request):
    window = Browser(*request.param)
    yield window
    window.close()


@pytest.fixture
def second():
    other = Browser()
    yield other
    other.close()


class Journey:
    """The steps of a login, each leaving a picture when pictures are wanted."""

    def __init__(self, world, browser):
        self.world, self.browser, self.demo = world, browser, world.demo
        self.portals = world.demo.portals
        self.api = Phone(world.demo)

    def choose_language(self):
        """Pages are Thai until a person asks for English."""
        self.browser.open(self.demo.issuer + "/apps")
        if self.browser.find("html").get_attribute("lang") != self.browser.language:
            self.browser.press("English")

    def to_pratu(self, portal=0):
        self.choose_language()
        portal = self.portals[portal]
        self.browser.open(portal["url"])
        self.browser.picture("portal", ours=False)
        self.browser.press(*ENTER)
        self.browser.wait_url(self.demo.issuer)
        self.check_page("login")

    def check_page(self, name):
        self.browser.picture(name)
        assert self.browser.fits(), "%s is wider than the window" % name
        assert not self.browser.complaints(), self.browser.complaints()
        language = self.browser.find("html").get_attribute("lang")
        assert language == self.browser.language, (name, language)

    def to_thaid(self):
        self.browser.press("ThaiID")
        self.browser.wait_url(self.demo.sandbox)
        assert self.browser.find("#reference").text
        self.browser.picture("thaid-qr", ours=False)

    def on_the_phone(self, decision, person=None):
        """Opens what the camera read in a second window, chooses the person, decides."""
        person = person or self.world.somebody
        names = [p["pid"] for p in requests.get(
            self.demo.sandbox + "/api/people", timeout=10).json()["people"]]
        qr = self.browser.driver.execute_cdp_cmd("Runtime.evaluate", {
            "expression": "document.getElementById('qr-text').textContent"})["result"]["value"]
        here = self.browser.driver.current_window_handle
        self.browser.window()
        self.browser.open(qr)
        self.browser.find("a[href*='person=%d&']" % names.index(person["pid"])).click()
        self.browser.picture("phone-confirm", ours=False)
        self.browser.find("#" + decision).click()
        self.browser.find("#result")
        self.browser.driver.close()
        self.browser.driver.switch_to.window(here)

    def back(self, prefix):
        """ThaID's page notices by itself: its script, or its refresh."""
        self.browser.wait_url(prefix)

    def log_in(self, person=None, portal=0):
        self.to_pratu(portal)
        self.to_thaid()
        self.on_the_phone("approve", person)
        self.back(self.portals[portal]["url"])

    def is_inside(self, portal=0):
        assert self.browser.url.startswith(self.portals[portal]["url"])
        assert self.world.somebody["pid"] not in self.browser.url
        return any(w in self.browser.text for w in ("ออกจากระบบ", "Sign out", "Log out"))


@pytest.fixture
def journey(world, browser, phone):
    return Journey(world, browser)


def test_login_second_portal_launcher_logout(journey):
    """The main road from end to end."""
    browser = journey.browser
    journey.log_in()
    assert journey.is_inside()
    browser.picture("portal-inside", ours=False)
    browser.open(journey.portals[1]["url"])
    browser.press(*ENTER)
    journey.back(journey.portals[1]["url"])
    assert journey.is_inside(1), "the second portal asked again"
    browser.open(journey.demo.issuer + "/apps")
    journey.check_page("apps")
    browser.find("a.system-open").click()
    assert not browser.url.startswith(journey.demo.issuer), "the launcher opened nothing"
    browser.open(journey.portals[0]["url"])
    browser.press("ออกจากระบบ", "Sign out", "Log out")
    browser.wait_url(journey.portals[0]["url"] + "/logged-out")
    browser.picture("portal-logged-out", ours=False)
    browser.open(journey.demo.issuer + "/apps")
    assert browser.all("form.method"), "after the logout the launcher still opens"


def test_refusal(journey):
    journey.to_pratu()
    journey.to_thaid()
    journey.on_the_phone("refuse")
    browser = journey.browser
    browser.wait_url(journey.demo.issuer)
    journey.check_page("refused")
    browser.open(journey.demo.issuer + "/apps")
    assert browser.all("form.method")


@pytest.mark.parametrize("what", ["unknown", "no_grant"])
def test_people_who_may_not_enter(journey, what):
    person = journey.demo.person(what)
    journey.to_pratu()
    journey.to_thaid()
    journey.on_the_phone("approve", person)
    journey.back(journey.demo.issuer)
    journey.check_page(what.replace("_", "-"))
    assert person["pid"] not in journey.browser.text


def test_return_in_another_browser(journey, second):
    journey.to_pratu()
    journey.to_thaid()
    login_page = journey.browser.url
    # The first browser must not take the answer itself while the second one does.
    journey.browser.open("about:blank")
    pending = requests.get(journey.demo.sandbox + "/api/thaid/pending", timeout=10).json()["pending"]
    done = journey.api.api("thaid/approve", qr=pending[0]["qr"], pid=journey.world.somebody["pid"])
    assert done.ok, done.text
    second.open(login_page)
    second.wait_url(journey.demo.issuer)
    second.picture("restart")
    assert second.all("a[href]") and not second.all("form.method")
    second.open(journey.demo.issuer + "/apps")
    assert second.all("form.method"), "the other browser was logged in"


def test_language_switch(world, browser):
    """Thai at first, whatever the browser prefers; then as the person chose, on every page."""
    for words, lang in (("English", "en"), ("ไทย", "th")):
        browser.open(world.demo.issuer + "/apps")
        assert browser.find("html").get_attribute("lang") != lang
        browser.press(words)
        assert browser.find("html").get_attribute("lang") == lang
        browser.open(world.demo.issuer + "/apps")
        assert browser.find("html").get_attribute("lang") == lang


def test_keyboard_and_labels(world, browser):
    """What a screen reader needs: one h1, a title, labels, a way past the menu."""
    browser.open(world.demo.issuer + "/apps")
    assert len(browser.all("h1")) == 1 and browser.driver.title
    assert browser.all("main, [role=main]")
    assert all(e.get_attribute("alt") is not None for e in browser.all("img"))
    for field in browser.all("input:not([type=hidden]):not([type=submit])"):
        name = field.get_attribute("id")
        assert field.get_attribute("aria-label") or browser.all("label[for='%s']" % name)
