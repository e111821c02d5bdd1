# SPDX-License-Identifier: AGPL-3.0-or-later
"""An update on a running site: sessions, tokens and logins under way of the version before go on."""

import json
from urllib.parse import urlsplit

import pytest

import older_store
from agent import Agent
from harness import CALLBACK
from relying_party import RelyingParty, json_part


@pytest.fixture(scope="module")
def old():
    site, state = older_store.start_with("before_the_frame.tar.xz")
    site.state = state
    yield site
    site.stop()


def browser(old, cookies):
    agent = Agent(stops=(CALLBACK,))
    older_store.put_cookies(agent, cookies)
    return agent


def party(old, client):
    return RelyingParty(old, {
        "client_id": client["client_id"], "client_secret": client["client_secret"],
        "redirect_uris": [client["redirect_uri"]],
        "token_endpoint_auth_method": "client_secret_basic"})


def inside(old, agent):
    page = agent.open(old.issuer + "/apps")
    return page.status == 200 and urlsplit(page.url).path == "/apps"


@pytest.mark.parametrize("way", ["thaid", "password"])
def test_sessions_go_on(old, way):
    assert inside(old, browser(old, old.state[way]["cookies"]))


def test_a_stranger_is_not_inside(old):
    assert not inside(old, browser(old, {}))


def test_an_access_token_goes_on(old):
    held = old.state["thaid"]["basic"]
    seen = party(old, held).introspect(held["tokens"]["access_token"])
    assert seen["active"] is True, seen
    assert seen["client_id"] == held["client_id"]


@pytest.mark.parametrize("format", ["basic", "jwt"])
def test_refresh_tokens_go_on(old, format):
    held = old.state["thaid"][format]
    rp = party(old, held)
    renewed = rp.refresh(held["tokens"]["refresh_token"])
    assert renewed.status_code == 200, renewed.text
    # Registered when ES256 was the default of registration: it stays the client's.
    assert json_part(renewed.json()["id_token"], 0)["alg"] == "ES256"
    shown = json.loads(old.good("client", "show", held["client_id"]))
    assert shown["id_token_signed_response_alg"] == "ES256"
    again = rp.refresh(renewed.json()["refresh_token"])
    assert again.status_code == 200, again.text
    assert rp.introspect(again.json()["access_token"])["active"] is True


def test_a_code_is_redeemed_once(old):
    held = old.state["code"]
    rp = party(old, held)
    request = {"grant_type": "authorization_code", "code": held["code"],
               "redirect_uri": held["redirect_uri"], "code_verifier": held["verifier"]}
    first = rp.post("token_endpoint", request)
    assert first.status_code == 200, first.text
    assert rp.post("token_endpoint", request).status_code == 400


def show(old, name):
    """The browser and the page of a login that was under way."""
    held = old.state[name]
    agent = browser(old, held.get("cookies", old.state["thaid"]["cookies"]))
    return held, agent, agent.open(old.issuer + held["path"][held["path"].index("/login"):])


def test_a_login_at_its_first_page_goes_on(old):
    held, agent, page = show(old, "pending_login")
    assert page.status == 200, page.text[:600]
    person = {"username": old.state["pending_code"]["username"],
              "password": old.state["pending_code"]["password"]}
    page = old.enter(agent, page, person)
    assert 'name="code"' in page.response.text or "อีเมล" in page.text, page.text[:600]


def test_a_login_at_its_code_begins_again(old):
    """What its password proved is not taken over; its question is, and it ends at the portal."""
    held, agent, page = show(old, "pending_code")
    assert page.status == 200, page.text[:600]
    page = old.enter(agent, page, {"username": held["username"]}, held["password"])
    # The code of before may be good still; if it is not, another is sent after a minute.
    page = old.give_code(agent, page, held["code"])
    if not page.sent_to:
        old.clock.forward(61)
        page = agent.press(page, "ส่งรหัสใหม่", "ขอรหัสใหม่")
        page = old.give_code(agent, page, old.code({**held, "username": held["username"]}))
    assert page.sent_to and page.sent_to.startswith(held["request"]["redirect_uri"]), page.text[:600]
    assert page.params()["state"] == held["request"]["state"]


def test_a_login_at_its_consent_goes_on(old):
    held, agent, page = show(old, "pending_consent")
    assert page.status == 200, page.text[:600]
    page = agent.press(page, "ยินยอม", "อนุญาต")
    assert page.sent_to and page.sent_to.startswith(held["redirect_uri"]), page.text[:600]
    assert page.params()["state"] == held["request"]["state"]


def test_a_recovery_link_goes_on(old):
    page = browser(old, {}).open(old.issuer + old.state["recovery"]["link"])
    assert page.status == 200, page.text[:600]
    assert old.form(page, "t")


def test_the_records_are_there(old):
    people = json.loads(old.good("person", "list"))
    names = {row["username"] for row in json.loads(old.good("account", "list"))}
    assert len(people) == 24
    assert {"nattaya.c", "spare.00", "spare.04"} <= names
    old.good("audit", "verify")
