# SPDX-License-Identifier: AGPL-3.0-or-later
"""A password is changed, its owner is told by mail, and says: this was not me."""

import json
import re

import pytest

from browser import WORD_JOINER
from harness import wait_for
from password_site import PasswordSite
from world import World

WAYS = [(True, "th", "phone"), (False, "th", "desk"), (False, "en", "phone")]
OWN, LINK = "Lamduan-Khao2570", re.compile(r"http\S+/not-me\?t=\S+")


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


@pytest.fixture
def agent(site):
    return World(site).agent()


def log_in(site, agent, person, password, n):
    """By password and the n-th code; the page after it."""
    page = site.enter(agent, agent.open(site.issuer + "/apps"), person, password)
    return site.give_code(agent, page, site.code(person, n=n))


def changed(site, agent):
    """A person whose password was just changed, logged in; and the link they got."""
    person = site.person(password=None)
    secret = site.issue_secret(person)
    page = log_in(site, agent, person, secret, 1)
    page = site.choose_password(agent, page, OWN)
    told, = wait_for(lambda: [m["text"] for m in site.messages(person)
                              if "มีการเปลี่ยนรหัสผ่านของท่าน" in m["text"]], 20, "the notice")
    link = LINK.search(told).group()
    page = site.enter(agent, page, person, OWN)
    page = site.give_code(agent, page, site.code(person, n=2))
    assert page.url.endswith("/apps") and page.status == 200, page.text
    return person, link


def entered(site, agent):
    return agent.open(site.issuer + "/apps").url.endswith("/apps")


def test_not_me_by_http(site, agent):
    person, link = changed(site, agent)
    mail = World(site).agent()
    page = mail.open(link)
    assert page.status == 200 and entered(site, agent), "looking changes nothing"
    form = site.form(page, "t")
    assert mail.submit(page, form).status == 200
    assert not entered(site, agent)
    fresh = World(site).agent()
    page = site.enter(fresh, fresh.open(site.issuer + "/apps"), person, OWN)
    assert page.status == 200 and not page.url.endswith("/apps") and len(
        site.codes(person)) == 2, "the password opens nothing, not even a code"
    said = site.good("account", "show", person["username"])
    assert json.loads(said)["password"]["disabled_reason"] == "not_me"
    site.good("account", "password", "enable", person["username"], "--reason", "spoke to the owner")


@pytest.mark.parametrize("way", WAYS, ids=["script", "plain", "plain-en"])
def test_not_me_in_a_browser(site, agent, open_browser, way):
    _, link = changed(site, agent)
    window = open_browser(way)
    window.open(link)
    if way[1] == "en":
        window.press("English")
    window.picture("not-me")
    assert window.fits() and not window.complaints()
    window.press("ไม่ใช่ฉัน ปิดการใช้รหัสผ่านทันที", "It was not me: turn off my password now")
    heading = window.find("main h1").text.replace(WORD_JOINER, "")
    assert heading in ("ปิดการใช้รหัสผ่านแล้ว", "Your password is turned off")
    assert window.fits()
    assert not entered(site, agent)
