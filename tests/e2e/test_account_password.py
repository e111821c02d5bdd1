# SPDX-License-Identifier: AGPL-3.0-or-later
"""A new password on the account pages: everybody who came by the old one is out, and is told."""

import pytest

from harness import wait_for
from password_journey import PasswordJourney
from password_site import PasswordSite
from world import World

OLD, OWN = "Dok-Champa2569", "Lamduan-Khao2570"
WAYS = [(True, "th", "phone"), (False, "th", "phone"), (False, "en", "desk")]


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


def log_in(site, person, password, n):
    """A browser logged in by password and the n-th code."""
    agent = World(site).agent()
    page = site.enter(agent, agent.open(site.issuer + "/apps"), person, password)
    page = site.give_code(agent, page, site.code(person, n=n))
    assert entered(site, agent), page.text
    return agent


def entered(site, agent):
    return agent.open(site.issuer + "/apps").url.endswith("/apps")


def told(site, person):
    """The notice of the change, as soon as it is there; it holds no code."""
    return wait_for(lambda: [m for m in site.messages(person) if "/not-me?t=" in m["text"]], 20,
                    "a notice to " + person["username"])


def test_by_http(site):
    person = site.person()
    elsewhere = log_in(site, person, OLD, 1)
    here = log_in(site, person, OLD, 2)
    page = here.open(site.issuer + "/account/password")
    assert page.status == 200
    refused = site.choose_password(here, page, "Ton-Kla")
    assert refused.status == 200 and entered(site, here), "a bad one changed something"
    page = site.choose_password(here, refused, OWN)
    assert "/login" in page.url and not entered(site, here) and not entered(site, elsewhere)
    assert OWN not in told(site, person)[0]["text"]
    page = site.enter(here, here.open(site.issuer + "/apps"), person, OLD)
    assert not any(f.value("code") is not None for f in page.forms), "the old one opens"
    again = log_in(site, person, OWN, 3)
    assert person["username"] in again.open(site.issuer + "/account/activity").text


@pytest.mark.parametrize("way", WAYS, ids=["script", "plain", "plain-en"])
def test_in_a_browser(site, open_browser, way):
    person, window = site.person(), open_browser(way)
    journey = PasswordJourney(World(site), window)
    journey.to_code_page(person)
    journey.give(site.code(person))
    journey.comes_in()
    window.open(site.issuer + "/account/password")
    journey.check_page("account-password-form", shown=False)
    journey.fill(password=OWN, repeat=OWN)
    journey.send("repeat")
    window.wait_url(site.issuer + "/login")
    journey.check_page("account-password-changed", shown=False)
    assert journey.alerts() or window.all("[data-notice]"), window.text
    assert told(site, person)
    window.open(site.issuer + "/apps")
    journey.enter(person, OWN)
    journey.give(journey.code_of_page(person))
    window.wait_url(site.issuer + "/apps")
