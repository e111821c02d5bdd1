# SPDX-License-Identifier: AGPL-3.0-or-later
"""Journeys of people in Chromium: portal, Pratu, ThaID's QR page, the phone, back in the portal.
With JavaScript and without, Thai and English, at a desk and on a phone."""

import pytest
import requests

from journey import ENTER, Journey


@pytest.fixture
def second(open_browser):
    return open_browser()


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
    browser.find("[data-part=open]").click()
    assert not browser.url.startswith(journey.demo.issuer), "the launcher opened nothing"
    browser.open(journey.portals[0]["url"])
    browser.press("ออกจากระบบ", "Sign out", "Log out")
    browser.wait_url(journey.portals[0]["url"] + "/logged-out")
    browser.picture("portal-logged-out", ours=False)
    browser.open(journey.demo.issuer + "/apps")
    assert browser.all("[data-page=login]"), "after the logout the launcher still opens"


def test_refusal(journey):
    journey.to_pratu()
    journey.to_thaid()
    journey.on_the_phone("refuse")
    browser = journey.browser
    browser.wait_url(journey.demo.issuer)
    journey.check_page("refused")
    browser.open(journey.demo.issuer + "/apps")
    assert browser.all("[data-page=login]")


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
    assert second.all("a[href]") and not second.all("[data-page=login]")
    second.open(journey.demo.issuer + "/apps")
    assert second.all("[data-page=login]"), "the other browser was logged in"


def test_language_switch(world, browser):
    """Thai at first, whatever the browser prefers; then as the person chose, on every page."""
    for words, lang in (("English", "en"), ("ไทย", "th")):
        browser.open(world.demo.issuer + "/apps")
        assert browser.find("html").get_attribute("lang") != lang
        browser.press(words)
        assert browser.find("html").get_attribute("lang") == lang
        browser.open(world.demo.issuer + "/apps")
        assert browser.find("html").get_attribute("lang") == lang


def test_a_used_window_remembers_nothing(world, browser):
    """Tests hand their windows on (browser.py)."""
    browser.open(world.demo.issuer + "/apps")
    browser.press("English")
    browser.window()
    browser.forget()
    assert len(browser.driver.window_handles) == 1
    browser.open(world.demo.issuer + "/apps")
    assert browser.find("html").get_attribute("lang") == "th"


def test_keyboard_and_labels(world, browser):
    """What a screen reader needs: one h1, a title, labels, a way past the menu."""
    browser.open(world.demo.issuer + "/apps")
    assert len(browser.all("h1")) == 1 and browser.driver.title
    assert browser.all("main, [role=main]")
    assert all(e.get_attribute("alt") is not None for e in browser.all("img"))
    for field in browser.all("input:not([type=hidden]):not([type=submit])"):
        name = field.get_attribute("id")
        assert field.get_attribute("aria-label") or browser.all("label[for='%s']" % name)
