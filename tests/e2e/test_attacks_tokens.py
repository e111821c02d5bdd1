# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attack rows 3 to 7: codes, refresh tokens, PKCE, client authentication, one thing as another.
Every test drives the real server with real threads."""

import base64
import itertools
import json
import threading

import pytest
import requests

from relying_party import json_part, s256

SCOPE = "openid profile offline_access"


def together(count, work):
    """work(i) in count threads that start at one moment; the results."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def one(i):
        barrier.wait()
        try:
            results[i] = work(i)
        except requests.RequestException as error:
            results[i] = error

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# --- row 3 ---

def test_64_threads_redeem_one_code(world, member):
    """Exactly one success at most, and its tokens are dead: a second use revokes the first."""
    party = world.party()
    answer = party.authorize(member, scope=SCOPE)

    def redeem(_):
        headers, members = party.authentication()
        return requests.post(party.metadata["token_endpoint"], headers=headers, timeout=60, data={
            **members, "grant_type": "authorization_code", "code": answer["code"],
            "redirect_uri": party.redirect_uri, "code_verifier": answer.verifier})

    results = together(64, redeem)
    assert all(isinstance(r, requests.Response) for r in results), results
    good = [r for r in results if r.status_code == 200]
    assert len(good) == 1
    assert all(r.json()["error"] == "invalid_grant" for r in results if r not in good)
    tokens = good[0].json()
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.introspect(tokens["access_token"]) == {"active": False}
    assert party.refresh(tokens["refresh_token"]).status_code == 400


def test_a_wrong_try_does_not_burn_the_code_for_its_owner(world, member):
    """Somebody who saw a code in a log cannot end the login by redeeming it as another client."""
    party = world.party()
    answer = party.authorize(member)
    assert world.party("second").redeem(answer).status_code == 400
    assert party.redeem(answer).status_code == 200


def test_one_kind_of_object_as_another(world, member):
    """Rows 3 and 7: every token in every place but its own."""
    party, machine = world.party("jwt"), world.party("machine")
    answer = party.authorize(member, scope=SCOPE)
    tokens = party.redeem(answer).json()
    fresh = party.authorize(member, scope=SCOPE)
    robot = machine.post("token_endpoint", {"grant_type": "client_credentials"}).json()
    things = {"code": fresh["code"], "refresh": tokens["refresh_token"], "id": tokens["id_token"],
              "access": tokens["access_token"], "machine": robot["access_token"],
              "session": member.session.cookies.values()[0], "sid": json_part(
                  tokens["id_token"], 1)["sid"]}
    for name, value in things.items():
        if name != "refresh":
            assert party.refresh(value).status_code == 400, name + " as refresh token"
        if name != "code":
            got = party.redeem(answer, code=value)
            assert got.status_code == 400, name + " as code"
        if name != "access":
            assert party.userinfo(value).status_code in (401, 403), name + " as access token"
            assert party.introspect(value)["active"] is (name == "refresh"), name
        if name != "id":
            assert party.authorize(member, prompt="none", id_token_hint=value).get("code") is None


# --- row 4 ---

def test_32_parallel_refreshes(world, member):
    """One refresh token, 32 requests at once: the client ends with one live successor at most."""
    party = world.party()
    tokens = party.tokens(member, scope=SCOPE)

    def refresh(_):
        headers, members = party.authentication()
        return requests.post(party.metadata["token_endpoint"], headers=headers, timeout=60, data={
            **members, "grant_type": "refresh_token", "refresh_token": tokens.refresh})

    results = together(32, refresh)
    assert all(isinstance(r, requests.Response) for r in results), results
    good = [r.json() for r in results if r.status_code == 200]
    assert good and all(r.status_code in (200, 400) for r in results)
    assert len({g["refresh_token"] for g in good}) == 1, "a token family has branched"


def test_refresh_reuse_kills_the_family(world, member):
    """An old token after its successor was used: somebody else has one of them."""
    party = world.party()
    first = party.tokens(member, scope=SCOPE)
    second = party.refresh(first.refresh).json()
    third = party.refresh(second["refresh_token"]).json()
    assert party.refresh(first.refresh).status_code == 400
    assert party.refresh(third["refresh_token"]).status_code == 400
    assert party.userinfo(third["access_token"]).status_code == 401


def test_lost_answer_may_be_repeated(world, member):
    """Within the grace the same successor comes again, to the same client only."""
    party = world.party()
    first = party.tokens(member, scope=SCOPE)
    once = party.refresh(first.refresh).json()
    again = party.refresh(first.refresh)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == once["refresh_token"]


def test_replay_after_the_grace(world, member):
    party = world.party()
    grace = int(world.demo.info.get("refresh_grace", 10))
    first = party.tokens(member, scope=SCOPE)
    second = party.refresh(first.refresh).json()
    world.demo.clock.forward(grace + 1)
    assert party.refresh(first.refresh).json()["error"] == "invalid_grant"
    assert party.refresh(second["refresh_token"]).status_code == 400


# --- row 5 ---

@pytest.mark.parametrize("challenge,verifier,kind", itertools.product(
    (True, False), (True, False), ("basic", "relaxed", "public")))
def test_pkce_matrix(world, member, challenge, verifier, kind):
    party = world.party(kind)
    change = {} if challenge else {"code_challenge": None, "code_challenge_method": None}
    answer = party.authorize(member, **change)
    if not challenge and kind != "relaxed":
        assert answer["error"] == "invalid_request"
        return
    response = party.redeem(answer, code_verifier=answer.verifier if verifier else None)
    assert (response.status_code == 200) is (challenge == verifier)


@pytest.mark.parametrize("change", [
    {"code_challenge_method": "plain"}, {"code_challenge_method": None},
    {"code_challenge_method": "s256"}, {"code_challenge_method": "S512"}, {"code_challenge": ""},
    {"code_challenge": "x" * 42}, {"code_challenge": "x" * 129}, {"code_challenge": "x" * 42 + "="},
    {"code_challenge": None}])
def test_pkce_downgrade(world, member, change):
    answer = world.party().authorize(member, **change)
    assert answer["error"] == "invalid_request" and answer.get("code") is None


def test_plain_verifier_for_s256(world, member):
    party = world.party()
    challenge = s256("x" * 43)
    answer = party.authorize(member, code_challenge=challenge)
    assert party.redeem(answer, code_verifier=challenge).status_code == 400


# --- row 6 ---

AUTH = {
    "client_secret_basic": lambda p: p.authentication("client_secret_basic"),
    "client_secret_post": lambda p: p.authentication("client_secret_post"),
    "none": lambda p: p.authentication("none"),
    "nothing": lambda p: ({}, {}),
    "empty basic": lambda p: ({"Authorization": basic(p.id, "")}, {}),
    "empty post": lambda p: ({}, {"client_id": p.id, "client_secret": ""}),
    "wrong secret": lambda p: ({"Authorization": basic(p.id, "wrong")}, {}),
    "secret and a byte": lambda p: ({"Authorization": basic(p.id, (p.secret or "") + "x")}, {}),
    "secret less a byte": lambda p: ({"Authorization": basic(p.id, (p.secret or "xx")[:-1])}, {}),
    "both": lambda p: (p.authentication("client_secret_basic")[0],
                       p.authentication("client_secret_post")[1]),
    "another id beside": lambda p: (p.authentication("client_secret_basic")[0],
                                    {"client_id": "somebody-else"}),
    "assertion": lambda p: ({}, {
        "client_id": p.id, "client_assertion": "e30.e30.",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}),
    "ill-formed basic": lambda p: ({"Authorization": "Basic !!!"}, {}),
    "bearer": lambda p: ({"Authorization": "Bearer " + (p.secret or "x")}, {}),
    "no colon": lambda p: ({"Authorization": "Basic " + base64.b64encode(b"abc").decode()}, {}),
}


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


@pytest.mark.parametrize("way", AUTH)
@pytest.mark.parametrize("kind", ["basic", "post", "public"])
def test_client_authentication(world, member, kind, way):
    """Each client with each method: its registered one opens, all others do not."""
    party = world.party(kind)
    answer = party.authorize(member)
    headers, members = AUTH[way](party)
    response = party.http.post(party.metadata["token_endpoint"], headers=headers, timeout=30, data={
        **members, "grant_type": "authorization_code", "code": answer["code"],
        "redirect_uri": party.redirect_uri, "code_verifier": answer.verifier})
    # RFC 6749 3.1: a parameter without a value counts as left out; so does a secret by Basic that is
    # empty: libraries of public clients send it.
    if way == party.method or kind == "public" and way in (
            "empty post", "empty basic", "client_secret_basic"):
        assert response.status_code == 200, response.text
        return
    assert response.status_code in (400, 401), response.text
    body = response.json()
    assert body["error"] in ("invalid_client", "invalid_request"), body
    assert "access_token" not in body
    if response.status_code == 401 and "Authorization" in headers:
        assert "WWW-Authenticate" in response.headers


@pytest.mark.parametrize("endpoint", ["introspection_endpoint", "revocation_endpoint"])
def test_client_authentication_elsewhere(world, member, endpoint):
    party = world.party()
    tokens = party.tokens(member)
    for way, make in AUTH.items():
        if way == party.method:
            continue
        headers, members = make(party)
        response = party.http.post(party.metadata[endpoint], headers=headers, timeout=30,
                                   data={**members, "token": tokens.access})
        assert response.status_code in (400, 401), way
    assert tokens.works()


def test_public_client_may_not_introspect(world, member):
    party = world.party("public")
    tokens = party.tokens(member)
    response = party.post("introspection_endpoint", {"token": tokens.access})
    assert response.status_code in (400, 401, 403)


def test_parameters_twice(world, member):
    party = world.party()
    answer = party.authorize(member)
    headers, _ = party.authentication()
    body = [("grant_type", "authorization_code"), ("code", answer["code"]),
            ("code", answer["code"]), ("redirect_uri", party.redirect_uri),
            ("code_verifier", answer.verifier)]
    response = party.http.post(party.metadata["token_endpoint"], data=body, headers=headers,
                               timeout=30)
    assert response.status_code == 400 and response.json()["error"] == "invalid_request"


def test_token_endpoint_takes_forms_by_post_only(world, member):
    party = world.party()
    url = party.metadata["token_endpoint"]
    headers, _ = party.authentication()
    assert party.http.get(url, headers=headers, timeout=10).status_code == 405
    wrong = party.http.post(url, json={"grant_type": "client_credentials"}, headers=headers,
                            timeout=10)
    assert wrong.status_code in (400, 415)
    answer = party.authorize(member)
    query = {"grant_type": "authorization_code", "code": answer["code"],
             "redirect_uri": party.redirect_uri, "code_verifier": answer.verifier}
    assert party.http.post(url, params=query, headers=headers, timeout=10).status_code == 400


# --- row 7 ---

def forged(token, **header):
    head = {**json_part(token, 0), **header}
    text = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    return text + "." + ".".join(token.split(".")[1:])


@pytest.mark.parametrize("change", [
    {"alg": "none"}, {"alg": "None"}, {"alg": "HS256"}, {"alg": "RS256"}, {"alg": "ES384"},
    {"kid": "x"}, {"kid": "../../etc/passwd"}, {"crit": ["x"]}, {"b64": False},
    {"jku": "http://localhost:9/keys"}, {"x5u": "http://localhost:9/x"}, {"zip": "DEF"},
    {"jwk": {"kty": "oct", "k": "AA"}}, {"typ": "JWT"}, {"typ": "logout+jwt"}])
def test_forged_access_token(world, member, change):
    party = world.party("jwt")
    token = party.tokens(member).access
    assert party.userinfo(forged(token, **change)).status_code == 401
    assert party.introspect(forged(token, **change)) == {"active": False}


def test_oversized_tokens(world, member):
    party = world.party("jwt")
    token = party.tokens(member).access
    for text in ("a" * 6000, token + "." * 2000, "." * 5000, token.split(".")[0] * 60,
                 token + ".x", token[:-1], token + "A"):
        assert party.userinfo(text).status_code in (400, 401, 431), text[:20]
