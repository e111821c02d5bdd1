# SPDX-License-Identifier: AGPL-3.0-or-later
"""The code flow as oidcc-basic- and oidcc-formpost-basic-certification-test-plan ask for it. Each
test bears the name of the module it follows. Tokens are checked by jwcrypto, not by our code."""

import base64
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from relying_party import json_part, s256

METHODS = ["basic", "post", "public"]
MODES = ["query", "form_post"]
NOT_OFFERED = ["token", "id_token", "id_token token", "code id_token", "code token",
               "code id_token token", "none", "CODE", ""]


def assert_error(answer, error, world):
    """An error the client is told: at its redirect URI, with state and iss, without a code."""
    assert answer.page.sent_to, (answer.page.status, answer.page.text[:300])
    assert answer["error"] == error
    assert answer.get("state") == answer.request.get("state")
    assert answer["iss"] == world.demo.issuer
    assert answer.get("code") is None


def assert_page(answer, *statuses):
    """An error that only the person sees."""
    assert answer.page.sent_to is None
    assert answer.page.status in (statuses or (400,))
    assert "Location" not in answer.page.headers


# --- oidcc-server and its variants ---

@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", METHODS)
def test_server(world, member, kind, mode):
    party = world.party(kind)
    answer = party.authorize(member, response_mode=mode)
    assert answer["state"] == answer.request["state"]
    assert answer["iss"] == world.demo.issuer
    assert answer.get("error") is None and len(answer["code"]) >= 43
    assert set(answer.values) == {"code", "state", "iss"}
    response = party.redeem(answer)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert body["token_type"] == "Bearer" and body["expires_in"] > 0
    assert isinstance(body["expires_in"], int) and len(body["access_token"]) >= 43
    assert "openid" in body.get("scope", "openid").split()


@pytest.mark.parametrize("kind,alg", [("basic", "ES256"), ("rs256", "RS256"), ("ps256", "PS256")])
def test_idtoken_signature(world, member, kind, alg):
    tokens = world.party(kind).tokens(member)
    claims = tokens.claims(alg)
    assert claims["at_hash"] and claims["sid"] and claims["auth_time"] <= world.demo.clock.now()
    assert claims["acr"] and isinstance(claims["amr"], list) and claims["amr"]
    assert "kid" in json_part(tokens.id, 0)


def test_the_redirect_is_303_and_leaks_nothing(world, member):
    party = world.party()
    response = member.request("GET", party.url(party.request()))
    assert response.status_code in (302, 303)
    assert "#" not in response.headers["Location"]
    assert response.headers["Cache-Control"] == "no-store"


def test_unknown_parameters_and_order(world, member):
    """oidcc-alternate-happy-flow, …-request-with-unknown-parameter-succeeds"""
    party = world.party()
    request = party.request(scope="profile openid", extra="foobar")
    turned = dict(reversed(list(request.items())))
    page = member.open(party.url(turned))
    assert page.params()["code"]


def test_post_request(world, member):
    """oidcc-ensure-post-request-succeeds"""
    answer = world.party().authorize(member, post=True)
    assert answer["code"] and world.party().redeem(answer).status_code == 200


def test_without_nonce(world, member):
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow"""
    tokens = world.party().tokens(member, nonce=None)
    assert "nonce" not in tokens.claims()


def test_without_state(world, member):
    answer = world.party().authorize(member, state=None)
    assert answer["code"] and answer.get("state") is None


@pytest.mark.parametrize("name", ["nonce", "state"])
def test_long_and_strange_values(world, member, name):
    for value in ("n" * 512, "a b+c%20d&e=f", "'\"<>"):
        answer = world.party().authorize(member, **{name: value})
        if name == "state":
            assert answer["state"] == value
        else:
            tokens = world.party().redeem(answer).json()
            assert json_part(tokens["id_token"], 1)["nonce"] == value
    refused = world.party().authorize(member, **{name: "ก ข ค ✓"})  # RFC 6749 A.5: %x20-7E
    assert refused["error"] == "invalid_request" and refused.get("code") is None


def test_without_pkce(world, member):
    """A confidential client may be excused; the others are told at their redirect URI."""
    none = {"code_challenge": None, "code_challenge_method": None}
    answer = world.party("relaxed").authorize(member, **none)
    assert world.party("relaxed").redeem(answer, code_verifier=None).status_code == 200
    assert_error(world.party().authorize(member, **none), "invalid_request", world)


# --- what the request may ask ---

@pytest.mark.parametrize("value", NOT_OFFERED)
def test_response_type(world, member, value):
    answer = world.party().authorize(member, response_type=value)
    assert answer.page.sent_to, answer.page.text[:300]
    assert answer["error"] in ("unsupported_response_type", "invalid_request")
    assert answer["iss"] == world.demo.issuer


def test_response_type_missing(world, member):
    answer = world.party().authorize(member, response_type=None)
    assert answer["error"] in ("invalid_request", "unsupported_response_type")


def test_display_and_locales(world, member):
    for change in ({"display": "page"}, {"display": "popup"}, {"ui_locales": "se"},
                   {"ui_locales": "th en"}, {"claims_locales": "se"}, {"login_hint": "somebody"},
                   {"acr_values": "urn:unknown:level"}):
        assert world.party().authorize(member, **change)["code"], change


def test_prompt_none_not_logged_in(world, agent):
    assert_error(world.party().authorize(agent, prompt="none"), "login_required", world)


def test_prompt_none_logged_in(world, member):
    first = world.party().tokens(member).claims()
    again = world.party().tokens(member, prompt="none").claims()
    assert (first["sub"], first["auth_time"]) == (again["sub"], again["auth_time"])


def test_prompt_none_with_another(world, member):
    assert_error(world.party().authorize(member, prompt="none login"), "invalid_request", world)


def test_prompt_login(world):
    agent = world.fresh()
    party = world.party()
    before = party.tokens(agent).claims()["auth_time"]
    world.demo.clock.forward(2)
    request = party.request(prompt="login")
    page = agent.open(party.url(request))
    assert page.sent_to is None and page.status == 200
    page = world.log_in(agent, page)
    from relying_party import Answer, Tokens
    answer = Answer(page, request)
    tokens = Tokens(party, answer, party.redeem(answer).json())
    assert tokens.claims()["auth_time"] > before


def test_max_age(world):
    agent = world.fresh()
    party = world.party()
    first = party.tokens(agent).claims()
    assert party.tokens(agent, max_age="10000").claims()["auth_time"] == first["auth_time"]
    world.demo.clock.forward(3)
    answer = party.authorize(agent, max_age="1")
    assert answer.page.sent_to is None and answer.page.status == 200
    assert_error(party.authorize(agent, max_age="1", prompt="none"), "login_required", world)


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "99999999999999999999"])
def test_max_age_ill_formed(world, member, value):
    assert_error(world.party().authorize(member, max_age=value), "invalid_request", world)


def test_id_token_hint(world, member):
    party = world.party()
    tokens = party.tokens(member)
    assert party.tokens(member, prompt="none", id_token_hint=tokens.id).claims()["sub"] \
        == tokens.claims()["sub"]


def test_id_token_hint_of_a_stranger(world, member):
    party = world.party()
    head, body, _ = party.tokens(member).id.split(".")
    for hint in ("x", "a.b.c", head + "." + body + "." + "A" * 86):
        answer = party.authorize(member, prompt="none", id_token_hint=hint)
        assert answer.get("code") is None
        assert answer["error"] in ("invalid_request", "login_required")


def test_acr_values(world, member):
    levels = world.party().metadata.get("acr_values_supported")
    claims = world.party().tokens(member, acr_values=" ".join(levels)).claims()
    assert claims["acr"] in levels


def test_claims_parameter(world, member):
    """oidcc-claims-essential"""
    wanted = json.dumps({"userinfo": {"name": {"essential": True}}, "id_token": {"name": None}})
    tokens = world.party().tokens(member, scope="openid", claims=wanted)
    assert tokens.claims()["name"]
    assert world.party().userinfo(tokens.access).json()["name"]


def test_verified_claims(world, member):
    """ekyc-server-happypath, of a person whom the simulated ThaID proved"""
    party = world.party()
    wanted = {"verification": {"trust_framework": None, "assurance_level": {"value": "2.3"},
                               "time": {"max_age": 3600}, "evidence": [{
                                   "type": {"value": "document"}, "document_details": {"type": None}}]},
              "claims": {"given_name": None, "x-unknown": {"essential": True}}}
    tokens = party.tokens(member, scope="openid",
                          claims=json.dumps({"userinfo": {"verified_claims": wanted}}))
    assert "verified_claims" not in tokens.claims()
    person = party.userinfo(tokens.access).json()
    given = person["verified_claims"]
    assert given["verification"]["trust_framework"] in party.metadata["trust_frameworks_supported"]
    assert given["verification"]["evidence"] == [
        {"type": "document", "document_details": {"type": "idcard"}}]
    assert set(given["claims"]) == {"given_name"} and given["claims"]["given_name"]
    assert party.metadata["verified_claims_supported"] is True
    assert set(given["claims"]) <= set(party.metadata["claims_in_verified_claims_supported"])


@pytest.mark.parametrize("value", ["{", "[]", '"x"', '{"id_token": 1}',
                                   '{"userinfo": {"a": {"a": {"a": {"a": {"a": {}}}}}}}' * 1000])
def test_claims_parameter_ill_formed(world, member, value):
    answer = world.party().authorize(member, claims=value)
    assert answer.get("code") is None
    if answer.page.sent_to:
        assert answer["error"] == "invalid_request"
    else:
        assert answer.page.status in (400, 414)


@pytest.mark.parametrize("name,error", [("request", "request_not_supported"),
                                        ("request_uri", "request_uri_not_supported"),
                                        ("registration", "registration_not_supported")])
def test_objects_not_offered(world, member, name, error):
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + ".e30."
    value = {"request": none, "request_uri": "https://client.example/x", "registration": "{}"}[name]
    answer = world.party().authorize(member, **{name: value})
    assert_error(answer, error, world)


def test_scope_without_openid(world, member):
    """Plain OAuth: no ID token."""
    answer = world.party().authorize(member, scope="profile", nonce=None)
    response = world.party().redeem(answer).json()
    assert "id_token" not in response and response["access_token"]


def test_scope_unknown(world, member):
    answer = world.party().authorize(member, scope="openid no-such-scope")
    if answer.get("error"):
        assert_error(answer, "invalid_scope", world)
    else:
        assert "no-such-scope" not in world.party().redeem(answer).json()["scope"]


def consent_form(page):
    return next(f for f in page.forms if "/login/consent" in f.action)


def test_consent(world):
    agent, party = world.fresh(), world.party("consent")
    request = party.request(prompt="consent")
    page = agent.open(party.url(request))
    assert page.sent_to is None and page.status == 200
    denied = agent.submit(page, consent_form(page), answer="deny")
    assert denied.params()["error"] == "access_denied"
    page = agent.open(party.url(party.request()))
    assert agent.submit(page, consent_form(page), answer="allow").params()["code"]
    assert party.authorize(agent)["code"]


def test_prompt_none_consent_missing(world):
    party = world.new_party("consent-fresh", consent_required=True)
    answer = party.authorize(world.logged_in(), prompt="none")
    assert_error(answer, "consent_required", world)


# --- redirect URIs (oidcc-ensure-registered-redirect-uri, 3.3) ---

def test_redirect_uri_missing(world, member):
    assert_page(world.party("two").authorize(member, redirect_uri=None))


def test_redirect_uri_with_query(world, member):
    answer = world.party("query").authorize(member)
    assert answer["tenant"] == "1" and answer["lang"] == "th" and answer["code"]


@pytest.mark.parametrize("change", ["&x=y", "?x=y", "#frag", "/", " ", "%20"])
def test_redirect_uri_changed(world, member, change):
    for kind in ("basic", "query"):
        party = world.party(kind)
        assert_page(party.authorize(member, redirect_uri=party.redirect_uri + change))


def test_unknown_client(world, member):
    assert_page(world.party().authorize(member, client_id="nobody"), 400, 401)
    assert_page(world.party().authorize(member, client_id=None))


def test_redirect_uri_with_fragment_is_not_registered(world):
    with pytest.raises(AssertionError, match="redirect_uris"):
        world.new_party("fragment", redirect_uris=["https://rp.example/cb#x"])


def test_native_loopback_port_may_vary(world, member):
    """RFC 8252 7.3: of a loopback IP literal, the port alone."""
    party = world.party("native")
    for uri in ("http://127.0.0.1:51004/native", "http://127.0.0.1/native"):
        assert party.authorize(member, redirect_uri=uri)["code"]
    for uri in ("http://127.0.0.1:51004/other", "http://localhost:51004/native",
                "http://127.0.0.2:51004/native", "https://127.0.0.1:51004/native"):
        assert_page(party.authorize(member, redirect_uri=uri))


# --- userinfo ---

@pytest.mark.parametrize("kind", ["basic", "jwt"])
def test_userinfo(world, member, kind):
    party = world.party(kind)
    tokens = party.tokens(member)
    bearer = {"Authorization": "Bearer " + tokens.access}
    url = party.metadata["userinfo_endpoint"]
    got = party.http.get(url, headers=bearer, timeout=10)
    posted = party.http.post(url, headers=bearer, timeout=10)
    assert got.status_code == posted.status_code == 200 and got.json() == posted.json()
    assert got.json()["sub"] == tokens.claims()["sub"] and got.json()["name"]
    assert got.headers["Cache-Control"] == "no-store"
    body = party.http.post(url, data={"access_token": tokens.access}, timeout=10)
    assert body.status_code in (200, 400, 401)
    if body.status_code == 200:
        assert body.json() == got.json()


def test_userinfo_types(world, member):
    info = world.party().userinfo(world.party().tokens(member).access).json()
    for name, value in info.items():
        if name.endswith("_verified"):
            assert isinstance(value, bool)
        if name == "address":
            assert isinstance(value, dict)
        if name == "updated_at":
            assert isinstance(value, (int, float))


def test_userinfo_only_what_was_asked(world, member):
    tokens = world.party().tokens(member, scope="openid")
    info = world.party().userinfo(tokens.access).json()
    assert "name" not in info and "given_name" not in info and info["sub"]


def test_userinfo_refusals(world, member):
    party = world.party()
    url = party.metadata["userinfo_endpoint"]
    access = party.tokens(member, scope="profile", nonce=None).access
    for headers, status in (({}, 401), ({"Authorization": "Bearer x"}, 401),
                            ({"Authorization": "Bearer"}, 400), ({"Authorization": "Basic x"}, 401),
                            ({"Authorization": "Bearer " + access}, 403)):
        answer = party.http.get(url, headers=headers, timeout=10)
        assert answer.status_code in (status, 401), (headers, answer.status_code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    refused = party.http.get(url + "?access_token=" + access, timeout=10)
    assert refused.status_code in (400, 401)


def test_access_token_jwt(world, member):
    """RFC 9068 2"""
    party = world.party("jwt")
    tokens = party.tokens(member)
    claims = party.verify(tokens.access)
    assert json_part(tokens.access, 0)["typ"] == "at+jwt"
    assert claims["iss"] == world.demo.issuer and claims["client_id"] == party.id
    assert claims["exp"] > claims["iat"] and claims["jti"] and claims["aud"]
    assert claims["sub"] == tokens.claims()["sub"]


# --- codes and refresh ---

def test_codereuse(world, member):
    party = world.party()
    answer = party.authorize(member)
    first = party.redeem(answer)
    assert first.status_code == 200
    second = party.redeem(answer)
    assert second.status_code == 400 and second.json()["error"] == "invalid_grant"
    assert party.userinfo(first.json()["access_token"]).status_code == 401


@pytest.mark.parametrize("change,error", [
    ({"code": "x"}, "invalid_grant"), ({"code": None}, "invalid_request"),
    ({"code": ""}, "invalid_request"), ({"redirect_uri": None}, "invalid_grant"),
    ({"redirect_uri": "http://localhost:9/other"}, "invalid_grant"),
    ({"code_verifier": None}, "invalid_grant"), ({"code_verifier": "x" * 43}, "invalid_grant"),
    ({"code_verifier": "short"}, "invalid_grant"), ({"grant_type": None}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "implicit"}, "unsupported_grant_type")])
def test_token_refusals(world, member, change, error):
    party = world.party()
    response = party.redeem(party.authorize(member), **change)
    assert response.status_code == 400
    assert response.json()["error"] in (error, "invalid_request")
    assert response.headers["Cache-Control"] == "no-store"


def test_code_of_another_client(world, member):
    answer = world.party().authorize(member)
    second = world.party("second")
    stolen = second.redeem(answer)
    assert stolen.status_code == 400 and stolen.json()["error"] == "invalid_grant"


def test_refresh_token(world, member):
    """oidcc-refresh-token"""
    party = world.party()
    tokens = party.tokens(member, scope="openid profile offline_access")
    before = tokens.claims()
    renewed = party.refresh(tokens.refresh)
    assert renewed.status_code == 200, renewed.text
    body = renewed.json()
    assert body["access_token"] != tokens.access and body["refresh_token"] != tokens.refresh
    after = party.verify(body["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert after[name] == before[name], name
    assert after.get("nonce") in (None, before["nonce"])
    assert party.userinfo(body["access_token"]).status_code == 200


def test_refresh_of_another_client(world, member):
    tokens = world.party().tokens(member, scope="openid offline_access")
    stolen = world.party("second").refresh(tokens.refresh)
    assert stolen.status_code == 400 and stolen.json()["error"] == "invalid_grant"


def test_refresh_scope(world, member):
    party = world.party()
    tokens = party.tokens(member, scope="openid profile offline_access")
    narrow = party.refresh(tokens.refresh, scope="openid")
    assert narrow.status_code == 200 and narrow.json()["scope"].split() == ["openid"]
    wide = party.refresh(narrow.json()["refresh_token"], scope="openid profile email")
    assert wide.status_code == 400 and wide.json()["error"] == "invalid_scope"


def test_client_credentials(world):
    party = world.party("machine")
    response = party.post("token_endpoint", {"grant_type": "client_credentials",
                                             "scope": "report:read"})
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["scope"] == "report:read"
    assert "refresh_token" not in body and "id_token" not in body
    assert party.introspect(body["access_token"])["client_id"] == party.id
    assert party.userinfo(body["access_token"]).status_code in (401, 403)
    other = world.party().post("token_endpoint", {"grant_type": "client_credentials"})
    assert other.status_code == 400 and other.json()["error"] == "unauthorized_client"


# --- introspection (RFC 7662) and revocation (RFC 7009) ---

def test_introspection(world, member):
    party = world.party()
    tokens = party.tokens(member, scope="openid profile offline_access")
    for token in (tokens.access, tokens.refresh):
        seen = party.introspect(token)
        assert seen["active"] is True and seen["client_id"] == party.id
        assert seen["sub"] == tokens.claims()["sub"] and seen["exp"] > world.demo.clock.now()
    assert party.introspect("unknown") == {"active": False}
    assert party.introspect(tokens.access, token_type_hint="refresh_token")["active"] is True
    assert world.party("second").introspect(tokens.access) == {"active": False}
    bare = party.http.post(party.metadata["introspection_endpoint"], data={"token": tokens.access},
                           timeout=10)
    assert bare.status_code == 401


def test_revocation(world, member):
    party = world.party()
    tokens = party.tokens(member, scope="openid offline_access")
    assert world.party("second").revoke(tokens.refresh).status_code in (200, 400)
    assert party.introspect(tokens.refresh)["active"] is True
    assert party.revoke(tokens.refresh).status_code == 200
    assert party.refresh(tokens.refresh).status_code == 400
    assert not tokens.works()
    assert party.revoke(tokens.refresh).status_code == 200
    assert party.revoke("unknown").status_code == 200
    assert party.revoke("").status_code == 400


def test_revocation_of_the_access_token_alone(world, member):
    party = world.party("jwt")
    tokens = party.tokens(member, scope="openid profile offline_access")
    assert party.revoke(tokens.access, token_type_hint="refresh_token").status_code == 200
    assert party.introspect(tokens.access) == {"active": False}
    assert not tokens.works()


# --- form_post (OAuth 2.0 Form Post Response Mode) ---

def test_form_post_page(world, member):
    party = world.party()
    request = party.request(response_mode="form_post", state="\"'><script>alert(1)</script>")
    page = member.open(party.url(request))
    assert page.status == 200 and page.sent_to is None and "Location" not in page.headers
    form = [f for f in page.forms if f.action == party.redirect_uri][0]
    assert form.method == "post" and form.value("state") == request["state"]
    assert form.value("code") and form.value("iss") == world.demo.issuer
    assert form.buttons, "without script a person must be able to press something"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action" not in policy, "where the portal goes on to is its own business"
    assert "unsafe-inline" not in policy
    assert page.headers["Cache-Control"].startswith("no-store")
    assert not page.html.handlers


def test_form_post_error(world, agent):
    answer = world.party().authorize(agent, response_mode="form_post", prompt="none")
    assert answer["error"] == "login_required" and answer["iss"] == world.demo.issuer
    assert answer["state"] == answer.request["state"]


@pytest.mark.parametrize("mode", ["fragment", "web_message", "x", "query.jwt"])
def test_response_mode_not_offered(world, member, mode):
    answer = world.party().authorize(member, response_mode=mode)
    assert answer.get("code") is None
    if mode == "fragment":  # known, and refused where the client looks for it
        assert not urlsplit(answer.page.sent_to).query
        said = dict(parse_qsl(urlsplit(answer.page.sent_to).fragment))
        assert said["error"] in ("invalid_request", "unsupported_response_mode")
        assert said["state"] == answer.request["state"]
    elif answer.page.sent_to:
        assert answer["error"] in ("invalid_request", "unsupported_response_mode")


def test_verifier_is_checked_in_full(world, member):
    """A verifier that differs in its last character."""
    party = world.party()
    answer = party.authorize(member)
    wrong = answer.verifier[:-1] + ("A" if answer.verifier[-1] != "A" else "B")
    assert s256(wrong) != answer.request["code_challenge"]
    assert party.redeem(answer, code_verifier=wrong).json()["error"] == "invalid_grant"
