# SPDX-License-Identifier: AGPL-3.0-or-later
"""Journeys over plain HTTP: the ways in, the ways that stay shut, and what ThaID may answer."""

import json

import pytest

from harness import wait_for

THAID = "ThaiID"
CANCELLED = "ยกเลิกการเข้าสู่ระบบแล้ว"


def start(world, agent, kind="basic"):
    """Opens a portal's login and presses the ThaID button: ThaID's QR page."""
    party = world.party(kind)
    request = party.request()
    page = agent.open(party.url(request))
    assert page.status == 200 and page.sent_to is None, page.text[:300]
    return party, request, agent.press(page, THAID)


def refused(world, page, *words):
    """A page of ours that explains; no code, no session."""
    assert page.sent_to is None, page.sent_to
    assert page.url.startswith(world.demo.issuer)
    assert page.status in (200, 400, 403), page.status
    assert not words or any(w in page.text for w in words), page.text[:600]
    return page


def no_session(world, agent):
    return world.party().authorize(agent, prompt="none").get("error") == "login_required"


# --- ways in ---

def test_login_and_second_portal_without_a_prompt(world, agent):
    party, request, page = start(world, agent)
    back = world.phone.approve_and_return(agent, page, world.somebody)
    assert back.params()["state"] == request["state"] and back.params()["code"]
    assert world.party("second").authorize(agent)["code"]


def test_the_login_page_says_where_to(world, agent):
    page = agent.open(world.party().url(world.party().request()))
    assert page.headers["Content-Type"].lower() == "text/html; charset=utf-8"
    assert THAID in page.text and "เข้าสู่ระบบ" in page.text
    english = agent.open(world.party().url(world.party().request(ui_locales="en")))
    assert "Sign in" in english.text


def test_launcher(world, agent):
    page = agent.open(world.demo.issuer + "/apps")
    page = world.log_in(agent, page)
    assert page.url.startswith(world.demo.issuer + "/apps")
    openers = [href for href, text in page.html.links if href.startswith("http")]
    assert any(href.startswith(p["url"]) for p in world.demo.portals for href in openers)


def test_launcher_opens_a_portal_logged_in(world, member):
    page = member.open(world.demo.issuer + "/apps")
    portal = world.demo.portals[0]
    href = next(h for h, _ in page.html.links if h.startswith(portal["url"]))
    inside = member.open(href)
    assert inside.status == 200 and inside.url.startswith(portal["url"])
    assert world.somebody["pid"] not in inside.url


def test_sign_out_everywhere(world):
    one, two = world.fresh(), world.fresh()
    tokens = world.party().tokens(two)
    page = one.open(world.demo.issuer + "/account/sessions")
    one.press(page, "ออกจากระบบทุกอุปกรณ์")
    assert no_session(world, one) and no_session(world, two)
    assert not tokens.works()


def test_end_another_session(world):
    one, two = world.fresh(), world.fresh()
    page = one.open(world.demo.issuer + "/account/sessions")
    forms = [f for f in page.forms if f.value("session")][1:]    # the one at hand stands first
    assert forms, "the other session is not listed"
    for form in forms:
        page = one.submit(page, form)
    assert no_session(world, two) and not no_session(world, one)


def test_csrf_token_of_another_session(world):
    one, two = world.fresh(), world.fresh()
    form = [f for f in one.open(world.demo.issuer + "/apps").forms if f.value("csrf")][0]
    page = two.open(world.demo.issuer + "/apps")
    mine = [f for f in page.forms if f.value("csrf")][0]
    mine.fields = [(k, form.value("csrf") if k == "csrf" else v) for k, v in mine.fields]
    assert two.submit(page, mine).status in (400, 403)
    assert not no_session(world, two)


# --- ways that stay shut ---

def cancelled(world, page):
    """The page of a person who refused in ThaID: nothing is wrong, and there is a way back."""
    assert refused(world, page, CANCELLED).status == 200
    assert "ลองใหม่อีกครั้ง" in page.text


def test_refusal_on_the_phone(world, agent):
    _, _, page = start(world, agent)
    page = world.phone.refuse_and_return(agent, page)
    cancelled(world, page)
    assert no_session(world, agent)


def test_other_word_for_refusal(world, agent, phone):
    phone.settings(refusal="access_denied")
    _, _, page = start(world, agent)
    page = world.phone.refuse_and_return(agent, page)
    cancelled(world, page)
    assert no_session(world, agent)


@pytest.mark.parametrize("what", ["unknown", "disabled", "no_grant", "expired",
                                  "account_disabled", "not_yet"])
def test_people_who_may_not_enter(world, agent, what):
    person = world.demo.person(what)
    _, _, page = start(world, agent)
    page = refused(world, world.phone.approve_and_return(agent, page, person))
    assert person["pid"] not in page.response.text
    assert world.party().authorize(agent, prompt="none").get("code") is None


def test_unknown_person_makes_no_account(world, agent):
    def known():
        return [json.loads(world.demo.good(kind, "list")) for kind in ("person", "account")]

    before = known()
    assert all(before), "the demo's own people are not listed"
    _, _, page = start(world, agent)
    refused(world, world.phone.approve_and_return(agent, page, world.demo.person("unknown")))
    assert known() == before


def test_return_in_another_browser(world, agent):
    """The code is worth nothing where the login did not begin (login CSRF)."""
    _, _, page = start(world, agent)
    world.phone.approve(page, world.somebody)
    location = agent.request("GET", page.url).headers["Location"]
    other = world.agent()
    shown = other.open(location)
    assert shown.sent_to is None and shown.status in (200, 400)
    assert "เริ่ม" in shown.text
    assert no_session(world, other) and no_session(world, agent)
    assert world.somebody["pid"] not in shown.response.text


def test_return_twice(world, agent):
    _, _, page = start(world, agent)
    world.phone.approve(page, world.somebody)
    location = agent.request("GET", page.url).headers["Location"]
    assert agent.open(location).params()["code"]
    again = agent.open(location)
    assert again.sent_to is None or "code" not in again.params()


@pytest.mark.parametrize("query", ["", "?state=x", "?code=x", "?code=x&state=y",
                                   "?error=access_denied&state=x", "?code=a&code=b&state=c"])
def test_return_out_of_nothing(world, agent, query):
    page = agent.open(world.demo.issuer + "/upstream/thaid/callback" + query)
    assert page.sent_to is None and page.status in (200, 400)
    assert no_session(world, agent)


def test_back_button_and_two_tabs(world, agent):
    """Two logins side by side in one browser do not disturb each other."""
    _, first, page_one = start(world, agent)
    _, second, page_two = start(world, agent, "second")
    back_two = world.phone.approve_and_return(agent, page_two, world.somebody)
    assert back_two.params()["state"] == second["state"]
    back_one = world.phone.approve_and_return(agent, page_one, world.somebody)
    assert back_one.params()["state"] == first["state"]


@pytest.mark.parametrize("value", ["", "x", "A" * 43])
def test_step_token_is_checked(world, agent, value):
    page = agent.open(world.party().url(world.party().request()))
    form = next(f for f in page.forms if any(THAID in b[2] for b in f.buttons))
    form.fields = [(k, value if k == "step" else v) for k, v in form.fields]
    answer = agent.submit(page, form)
    assert answer.sent_to is None and answer.url.startswith(world.demo.issuer)
    assert answer.status in (400, 403)


# --- what ThaID may answer (docs/thaid.md) ---

VARIANTS = [
    {"delivery": "flat"}, {"delivery": "id_token"}, {"delivery": "both"},
    {"spelling": "renamed"}, {"spelling": "both"}, {"expiry_name": "expire_in"},
    {"expiry_value": "relative"}, {"expiry_value": "absolute"}, {"nonce": "omit"},
    {"sub": "other"}, {"refresh_token": False}, {"token_form": "bearer"}, {"token_form": "bare"},
]
UNTRUSTED = [
    {"jws_fault": "bad_signature"}, {"jws_fault": "alg_none"}, {"jws_fault": "alg_hs256"},
    {"jws_fault": "unknown_kid"}, {"jws_fault": "embedded_jwk"}, {"jws_fault": "not_a_jwt"},
    {"claim_fault": "wrong_iss"}, {"claim_fault": "wrong_aud"}, {"claim_fault": "expired"},
    {"claim_fault": "no_exp"}, {"nonce": "wrong"}, {"pid_fault": "missing"},
    {"pid_fault": "bad_checksum"}, {"delivery": "both", "pid_fault": "conflict"},
    {"return": "no_state"}, {"return": "wrong_state"},
    {"return": "no_code"}, {"return": "code_and_error"}, {"return": "server_error"},
]
BROKEN = [
    {"fault": "500"}, {"fault": "502"}, {"fault": "503"}, {"fault": "truncated"},
    {"fault": "not_json"}, {"fault": "empty_400"}, {"fault": "empty_401"}, {"fault": "empty_200"},
    {"fault": "server_error"},
]


def ids(change):
    return "-".join("%s_%s" % item for item in change.items())


@pytest.mark.parametrize("change", VARIANTS, ids=ids)
def test_thaid_variants(world, agent, phone, change):
    phone.settings(**change)
    _, _, page = start(world, agent)
    assert phone.approve_and_return(agent, page, world.somebody).params()["code"]


@pytest.mark.parametrize("change", UNTRUSTED, ids=ids)
def test_thaid_answers_that_must_not_be_trusted(world, agent, phone, change):
    phone.settings(**{"delivery": "id_token", **change})
    _, _, page = start(world, agent)
    page = phone.approve_and_return(agent, page, world.somebody)
    assert page.sent_to is None or "code" not in page.params()
    assert no_session(world, agent)


@pytest.mark.parametrize("change", BROKEN, ids=ids)
def test_thaid_out_of_order(world, agent, phone, change):
    _, _, page = start(world, agent)
    phone.approve(page, world.somebody)
    phone.settings(**change, fault_at="token")
    page = phone.check(agent, page)
    assert page.sent_to is None or "code" not in page.params()
    assert no_session(world, agent)
    phone.reset()
    _, _, page = start(world, agent)
    assert phone.approve_and_return(agent, page, world.somebody).params()["code"]


def test_thaid_rotates_its_keys(world, agent, phone):
    for how in ({}, {"drop_old": True}):
        phone.rotate_keys(**how)
        agent = world.agent()
        _, _, page = start(world, agent)
        assert phone.approve_and_return(agent, page, world.somebody).params()["code"], how


def test_slow_thaid_does_not_slow_others(world, agent, member, phone):
    """While ThaID's token endpoint hangs, logins with a session go on."""
    _, _, page = start(world, agent)
    phone.approve(page, world.somebody)
    phone.settings(delay_ms=3000, delay_at="token")
    import threading
    done = []
    waiting = threading.Thread(target=lambda: done.append(phone.check(agent, page)))
    waiting.start()
    for _ in range(20):
        assert world.party().authorize(member)["code"]
    assert not done, "the slow login was over before: this test saw nothing"
    waiting.join()
    assert done[0].params()["code"]


def test_thaid_tokens_are_revoked_after_use(world, agent, phone):
    _, _, page = start(world, agent)
    phone.approve_and_return(agent, page, world.somebody)
    wait_for(lambda: any("revoke" in r["request"].get("path", "") for r in phone.requests_seen()),
             10, "the revocation of ThaID's token")


def test_the_citizen_number_is_nowhere_in_addresses(world, agent):
    """Neither in our redirects nor in what the portal gets by default."""
    party, request, page = start(world, agent)
    back = world.phone.approve_and_return(agent, page, world.somebody)
    assert world.somebody["pid"] not in back.sent_to
    from relying_party import Answer, json_part
    tokens = party.redeem(Answer(back, request)).json()
    assert world.somebody["pid"] not in str(json_part(tokens["id_token"], 1))
    info = party.userinfo(tokens["access_token"])
    assert world.somebody["pid"] not in info.text
