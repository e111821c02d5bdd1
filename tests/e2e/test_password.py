# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logins by password and code at the running server, codes read from the mail box and the phone."""

import pytest

from password_site import PasswordSite, code_in, reference_in
from relying_party import Answer, json_part
from world import World


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


def test_password_and_mail(site, own, agent):
    person = site.person()
    party, request, page = start(own, agent)
    page = site.enter(agent, page, person)
    assert page.status == 200 and person["email"] not in page.response.text
    text = site.message(person)["text"]
    assert reference_in(text) in page.text and code_in(text) not in page.response.text
    back = site.give_code(agent, page, code_in(text))
    tokens = party.redeem(Answer(back, request)).json()
    claims = json_part(tokens["id_token"], 1)
    assert claims["amr"] == ["pwd", "otp"]


def test_password_and_sms(site, own, agent):
    person = site.person(email=False, mobile=True)
    page = site.enter(agent, start(own, agent)[2], person)
    back = site.give_code(agent, page, site.code(person, "sms"))
    assert back.params()["code"]


def test_messages_name_the_site(site, own, agent):
    """The portal's name, or that of the organisation where no portal waits."""
    one, two = site.person(), site.person()
    site.enter(agent, start(own, agent)[2], one)
    assert own.party().client["client_name"] in site.message(one)["text"]
    again = own.agent()
    site.enter(again, again.open(site.issuer + "/apps"), two)
    assert "กรมส่งเสริมการปกครองท้องถิ่น" in site.message(two)["text"]
