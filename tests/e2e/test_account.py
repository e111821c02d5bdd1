# SPDX-License-Identifier: AGPL-3.0-or-later
"""The account pages in Chromium, with and without JavaScript, Thai and English, desk and phone."""

import json

import pytest

from journey import Journey

PAGES = ["", "/password", "/sessions", "/activity", "/privacy"]
LANGUAGE = {"th": "บัญชีของท่าน", "en": "Your account"}


@pytest.fixture
def journey(world, browser, phone):
    return Journey(world, browser)


def test_every_tab_from_the_launcher(journey):
    """From the launcher to each page by its tab; the pages are sound and fit."""
    browser, issuer = journey.browser, journey.demo.issuer
    journey.log_in()
    browser.open(issuer + "/apps")
    browser.press(LANGUAGE[browser.language])
    browser.wait_url(issuer + "/account")
    tabs = [a.get_attribute("href") for a in browser.all("[data-part=tabs] a")]
    assert [issuer + "/account" + p for p in PAGES] == [t for t in tabs if t[len(issuer):] in [
        "/account" + p for p in PAGES]]
    for tab in tabs:
        browser.find("[data-part=tabs] a[href='%s']" % tab[len(issuer):]).click()
        browser.wait_url(tab)
        assert browser.find("[data-part=tabs] [aria-current=page]").get_attribute("href") == tab
        name = tab.rsplit("/", 1)[1]
        journey.check_page("account" if name == "account" else "account-" + name,
                           shown=name == "account")
        assert journey.world.somebody["pid"] not in browser.driver.page_source


def test_sign_out_elsewhere(journey):
    browser, issuer = journey.browser, journey.demo.issuer
    journey.log_in()
    elsewhere = journey.world.fresh()
    browser.open(issuer + "/account/sessions")
    assert len(browser.all("[data-part=session]")) > 1
    browser.find("form[action$='/others'] button").click()
    browser.wait_url(issuer + "/account/sessions?done=others")
    assert len(browser.all("[data-part=session]")) == 1
    assert not journey.world.is_inside(elsewhere.open(issuer + "/apps"))
    browser.open(issuer + "/apps")
    assert browser.all("[data-page=apps]"), "the browser itself was signed out"


def test_the_language_stays_with_the_person(world):
    """Of somebody whom no other test asks for a language."""
    person = world.demo.person("no_grant")
    here = world.fresh(person)
    page = here.press(here.open(world.demo.issuer + "/account"), "English")
    assert "Your account" in page.text
    assert "Welcome" in world.fresh(person).open(world.demo.issuer + "/apps").text
    assert "บัญชีของท่าน" in here.press(page, "ไทย").text


def test_download(world):
    """Everything that is stored, for the person alone."""
    agent = world.fresh()
    answer = agent.request("GET", world.demo.issuer + "/account/privacy/data")
    data = json.loads(answer.text)
    assert data["person"]["citizen_number"] == world.somebody["pid"]
    assert {"issuer", "made", "accounts", "grants", "consents", "sessions", "events"} < set(data)
    assert "argon2" not in answer.text and "pid_sealed" not in answer.text
    assert any(e["event"] == "login" for e in data["events"])
