# SPDX-License-Identifier: AGPL-3.0-or-later
"""oidcc-rp-initiated-logout-certification-test-plan (conformance 3.5) and what it leaves out."""

import base64
import json
from urllib.parse import urlencode

import pytest

from relying_party import json_part


class Out:
    """A logged-in browser, its ID token, and the logout endpoint."""

    def __init__(self, world, kind="basic"):
        self.world = world
        self.party = world.party(kind)
        self.agent = world.fresh()
        self.tokens = self.party.tokens(self.agent)
        self.hint = self.tokens.id
        self.back = self.party.client["post_logout_redirect_uris"][0]

    def go(self, **params):
        url = self.party.metadata["end_session_endpoint"]
        return self.agent.open(url + "?" + urlencode(params) if params else url)

    def logged_out(self):
        return self.party.authorize(self.agent, prompt="none").get("error") == "login_required"

    def answer(self, page, word):
        """Answers the confirmation page."""
        form = [f for f in page.forms if f.value("csrf") or "answer" in dict(f.fields)
                or any(b[0] == "answer" for b in f.buttons)][0]
        return self.agent.submit(page, form, answer=word)


@pytest.fixture
def out(world):
    return Out(world)


def test_logout(out):
    page = out.go(id_token_hint=out.hint, post_logout_redirect_uri=out.back, state="s 1&2")
    assert page.sent_to.startswith(out.back) and page.params() == {"state": "s 1&2"}
    assert out.logged_out()


def test_no_state(out):
    page = out.go(id_token_hint=out.hint, post_logout_redirect_uri=out.back)
    assert page.sent_to == out.back
    assert out.logged_out()


def test_post_form(out):
    page = out.agent.open(out.party.metadata["end_session_endpoint"], "POST",
                          {"id_token_hint": out.hint, "post_logout_redirect_uri": out.back})
    assert page.sent_to == out.back and out.logged_out()


@pytest.mark.parametrize("change", ["/x", "?a=b", "#x", "@evil.example"])
def test_bad_uri(out, change):
    """…-bad-post-logout-redirect-uri, …-query-added-to-post-logout-redirect-uri"""
    page = out.go(id_token_hint=out.hint, post_logout_redirect_uri=out.back + change, state="s")
    assert page.sent_to is None and "Location" not in page.headers
    assert all(out.back + change != href for href, _ in page.html.links)


def altered(hint, **change):
    head, body, signature = hint.split(".")

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    if "alg" in change:
        return part({"alg": change["alg"]}) + "." + body + "."
    return head + "." + part({**json_part(hint, 1), **change}) + "." + signature


def test_modified_hint(out):
    for hint in (altered(out.hint, alg="none"), altered(out.hint, sub="somebody"),
                 out.hint[:-4] + "AAAA", "x"):
        page = out.go(id_token_hint=hint, post_logout_redirect_uri=out.back, state="s")
        assert page.sent_to is None and "Location" not in page.headers
        assert not out.logged_out(), "a forged hint ended the session unasked"


def test_no_hint_asks(out):
    page = out.go(post_logout_redirect_uri=out.back, state="s")
    assert page.sent_to is None and page.status in (200, 400)
    assert not out.logged_out()


@pytest.mark.parametrize("answer,ended", [("yes", True), ("no", False)])
def test_no_params_asks(out, answer, ended):
    page = out.go()
    assert page.status == 200 and page.sent_to is None
    assert not out.logged_out()
    page = out.answer(page, answer)
    assert out.logged_out() is ended


def test_only_state(out):
    page = out.go(state="s")
    assert page.sent_to is None and page.status == 200


def test_no_uri(out):
    page = out.go(id_token_hint=out.hint)
    assert page.sent_to is None and page.status == 200 and out.logged_out()


def test_confirmation_needs_its_token(out):
    """CSRF: the answer without the page's token ends nothing."""
    page = out.go()
    form = [f for f in page.forms if any(b[0] == "answer" for b in f.buttons)][0]
    fields = {k: v for k, v in form.fields if k != "csrf"}
    answer = out.agent.open(out.party.demo.issuer + "/oauth2/logout", "POST",
                            {**fields, "answer": "yes"})
    assert answer.sent_to is None
    assert not out.logged_out()


def test_client_id_must_fit_the_hint(world, out):
    page = out.go(id_token_hint=out.hint, client_id=world.party("second").id,
                  post_logout_redirect_uri=out.back)
    assert page.sent_to is None and not out.logged_out()


def test_client_id_alone_asks_and_comes_back(out):
    page = out.go(client_id=out.party.id, post_logout_redirect_uri=out.back, state="s")
    assert page.sent_to is None and not out.logged_out()
    page = out.answer(page, "yes")
    assert out.logged_out()
    assert page.sent_to is None or page.sent_to.startswith(out.back)


def test_hint_of_another_person(world):
    """A hint of somebody else must not end this person's session unasked."""
    mine = Out(world)
    other = world.fresh(world.other)
    foreign = mine.party.tokens(other).id
    mine.go(id_token_hint=foreign, post_logout_redirect_uri=mine.back)
    assert not mine.logged_out()


def test_tokens_die_with_the_session(out):
    assert out.tokens.works()
    out.go(id_token_hint=out.hint)
    assert not out.tokens.works()


def test_offline_access_outlives_the_session(world):
    agent, party = world.fresh(), world.party()
    tokens = party.tokens(agent, scope="openid offline_access")
    agent.open(party.metadata["end_session_endpoint"] + "?"
               + urlencode({"id_token_hint": tokens.id}))
    assert party.authorize(agent, prompt="none")["error"] == "login_required"
    assert party.refresh(tokens.refresh).status_code == 200


def test_logout_without_a_session(world, agent):
    party = world.party()
    page = agent.open(party.metadata["end_session_endpoint"])
    assert page.status == 200 and page.sent_to is None
