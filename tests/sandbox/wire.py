# SPDX-License-Identifier: AGPL-3.0-or-later
"""ThaID's wire: every mode and every fault, as a relying party sees them."""

import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from sandbox import API_KEY, BACK, SECRET, SOMCHAI, basic, header, payload, run  # noqa: E402


def discovery_names_the_wire(box):
    d = box.get("/.well-known/openid-configuration").json
    assert d["issuer"] == box.url and not d["issuer"].endswith("/")
    for name, path in (("authorization_endpoint", "auth"), ("token_endpoint", "token"),
                       ("introspection_endpoint", "introspect"), ("revocation_endpoint", "revoke")):
        assert d[name] == "%s/api/v2/oauth2/%s/" % (box.url, path), d[name]
    assert d["jwks_uri"] == box.url + "/jwks/"


def keys_are_p256(box):
    keys = box.get("/jwks/").json["keys"]
    assert len(keys) >= 1
    for key in keys:
        assert (key["kty"], key["crv"], key["alg"]) == ("EC", "P-256", "ES256") and "d" not in key


def a_login_by_id_token(box):
    reply = box.token(box.code()).json
    claims = payload(reply["id_token"])
    assert header(reply["id_token"])["alg"] == "ES256"
    assert claims["iss"] == box.url and claims["aud"] == "me" and claims["nonce"] == "N"
    assert claims["pid"] == claims["sub"] == SOMCHAI and claims["name"] == "นายสมชาย ใจดี"
    assert claims["version"] == 2 and "acr" not in claims and "jti" not in claims
    assert "pid" not in reply and reply["refresh_token"] and reply["token_type"] == "Bearer"
    assert abs(reply["expires_in"] - time.time() - 900) < 60
    assert header(reply["access_token"])["alg"] == "HS256"


def a_login_by_flat_members(box):
    reply = box.token(box.code(scope="pid name address birthdate middle_name")).json
    assert "id_token" not in reply and reply["pid"] == SOMCHAI
    assert reply["address"] == {"formatted": ""} and reply["birthdate"] == "1980-00-00"
    assert reply["middle_name"] == ""


def modes(box):
    for change, check in (
            ({"delivery": "both"}, lambda r: "id_token" in r and "pid" in r),
            ({"delivery": "flat"}, lambda r: "pid" in r and "pid" not in payload(r["id_token"])),
            ({"delivery": "id_token"}, lambda r: "pid" not in r),
            ({"delivery": "flat", "spelling": "renamed"}, lambda r: r["titleTh"] and "title" not in r),
            ({"delivery": "flat", "spelling": "both"}, lambda r: r["titleTh"] == r["title"]),
            ({"expiry_name": "expire_in"}, lambda r: "expires_in" not in r and r["expire_in"] > 1e9),
            ({"expiry_value": "relative"}, lambda r: r["expires_in"] == 900),
            ({"refresh_token": False}, lambda r: "refresh_token" not in r),
            ({"nonce": "omit"}, lambda r: "nonce" not in payload(r["id_token"])),
            ({"nonce": "wrong"}, lambda r: payload(r["id_token"])["nonce"] != "N"),
            ({"sub": "other"}, lambda r: payload(r["id_token"])["sub"] != SOMCHAI),
            ({"sub": "omit"}, lambda r: "sub" not in payload(r["id_token"])),
            ({"claim_fault": "aud_array"}, lambda r: payload(r["id_token"])["aud"] == ["me"]),
            ({"claim_fault": "expired"}, lambda r: payload(r["id_token"])["exp"] < time.time()),
            ({"claim_fault": "wrong_iss"}, lambda r: payload(r["id_token"])["iss"] != box.url),
            ({"claim_fault": "wrong_aud"}, lambda r: payload(r["id_token"])["aud"] != "me"),
            ({"jws_fault": "alg_none"}, lambda r: header(r["id_token"])["alg"] == "none"),
            ({"jws_fault": "alg_hs256"}, lambda r: header(r["id_token"])["alg"] == "HS256"),
            ({"jws_fault": "embedded_jwk"}, lambda r: "jwk" in header(r["id_token"])),
            ({"pid_fault": "missing"}, lambda r: "pid" not in payload(r["id_token"])),
            ({"pid_fault": "conflict"}, lambda r: r["pid"] != payload(r["id_token"])["pid"])):
        assert box.api("reset").status == 200
        box.settings(**change)
        reply = box.token(box.code(scope="openid pid title name")).json
        assert check(reply), (change, reply)


def configuration_faults_stay_here(box):
    for change, error in (
            ({"client_id": "nobody"}, "unauthorized_client"),
            ({"redirect_uri": BACK + "/"}, "invalid_request"), ({"redirect_uri": None}, "invalid_request"),
            ({"scope": "openid pid nickname"}, "invalid_scope"), ({"scope": None}, "invalid_scope"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"state": None}, "invalid_request"),
            ({"client_id": "old", "scope": "pid gender"}, "invalid_scope")):
        answer = box.authorize(**change)
        assert answer.status == 400 and ">%s<" % error in answer.text, (change, answer.text)
    assert box.pending() == []


def redirect_uri_with_a_query(box):
    page = box.begin(redirect_uri=BACK + "?a=b")
    box.api("thaid/refuse", reference=box.pending()[0]["reference"])
    assert box.come_back(page) == {
        "a": "b", "error": "user_denied", "error_description": "The user denied the request",
        "state": "S"}


def ways_back(box):
    for how, check in (
            ("no_state", lambda p: "state" not in p and p["code"]),
            ("wrong_state", lambda p: p["state"] != "S"), ("no_code", lambda p: set(p) == {"state"}),
            ("code_and_error", lambda p: p["code"] and p["error"]),
            ("server_error", lambda p: p["error"] == "server_error" and "code" not in p)):
        box.settings(**{"return": how})
        page = box.begin()
        box.api("thaid/approve", reference=box.pending()[0]["reference"], pid=SOMCHAI)
        assert check(box.come_back(page)), how


def client_authentication(box):
    code = box.code()
    for bad in ({}, basic(secret="x"), basic("nobody"), {"Authorization": "Basic !!"}):
        answer = box.token(code, headers=bad)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client"), answer.text
    box.settings(client_auth="basic")
    assert box.token(code, headers={}, client_id="me", client_secret=SECRET).status == 401
    box.settings(client_auth="post")
    assert box.token(code).status == 401
    assert box.token(code, headers={}, client_id="me", client_secret=SECRET).status == 200


def a_code_is_good_once(box):
    code = box.code()
    reply = box.token(code).json
    again = box.token(code)
    assert again.status == 400 and again.json["error"] == "duplicate_request"
    seen = box.form("/api/v2/oauth2/introspect/", basic(), token=reply["access_token"]).json
    assert seen == {"active": False}
    assert box.token(box.code(), redirect_uri=BACK + "?a=b").status == 400


def introspection_and_revocation(box):
    token = box.token(box.code()).json["access_token"]

    def seen(text):
        return box.form("/api/v2/oauth2/introspect/", basic(), token=text).json

    assert seen(token)["active"] and seen("Bearer " + token)["sub"] == SOMCHAI
    box.settings(token_form="bearer")
    assert not seen(token)["active"] and seen("Bearer " + token)["active"]
    assert box.form("/api/v2/oauth2/revoke/", basic(), token=token).status == 400
    assert box.form("/api/v2/oauth2/revoke/", basic(), token="Bearer " + token).status == 200
    assert not seen("Bearer " + token)["active"]
    assert box.form("/api/v2/oauth2/introspect/", {}, token=token).status == 401


def userinfo(box):
    token = box.token(box.code()).json["access_token"]
    path = "/api/v2/oauth2/userinfo/"
    assert box.get(path, Authorization="Bearer " + token).json["pid"] == SOMCHAI
    assert box.get(path).status == 401 and box.get(path, Authorization="Bearer x").status == 401


def version_one(box):
    wanted = {"api": 1, "client_id": "old", "scope": "pid th_fullname dob"}
    code = box.code(**wanted)
    assert box.token(code, api=1, headers=basic("old")).status == 401
    wrong = {**basic("old"), "x-imauth-apikey": "x"}
    assert box.token(code, api=1, headers=wrong).status == 401
    good = {**basic("old"), "X-Imauth-Apikey": API_KEY}
    reply = box.token(code, api=1, headers=good).json
    assert reply["th_fullname"] == "นายสมชาย ใจดี" and reply["dob"] == "1980-00-00"
    assert box.authorize(api=1, client_id="old", scope="name").status == 400


def keys_rotate(box):
    def kids():
        return {k["kid"] for k in box.get("/jwks/").json["keys"]}

    before = kids()
    assert box.api("thaid/rotate-keys").status == 200
    assert len(kids() - before) == 1
    assert header(box.token(box.code()).json["id_token"])["kid"] in kids() - before
    assert box.api("thaid/rotate-keys", drop_old=True).status == 200
    assert not kids() & before and len(kids()) == 1
    assert box.api("thaid/rotate-keys", publish=False).status == 200
    assert header(box.token(box.code()).json["id_token"])["kid"] not in kids()
    assert box.api("thaid/rotate-keys", publish="x").status == 400


def answers_out_of_order(box):
    code = box.code()
    for fault, status, body in (
            ("500", 500, None), ("502", 502, None), ("503", 503, None), ("empty_400", 400, b""),
            ("empty_401", 401, b""), ("empty_200", 200, b""), ("not_json", 200, None),
            ("duplicate_request", 400, None), ("server_error", 400, None)):
        box.settings(fault=fault, fault_at="token")
        answer = box.token(code)
        assert answer.status == status, (fault, answer.status)
        assert body is None or answer.body == body
    box.settings(fault="truncated", fault_at="jwks")
    try:
        assert not box.get("/jwks/").json
    except ValueError:
        pass
    box.settings(fault="503", fault_at="jwks", fault_times=2)
    assert [box.get("/jwks/").status for _ in range(3)] == [503, 503, 200]


def a_replayed_code(box):
    box.settings(code_replayed=True)
    answer = box.token(box.code())
    assert answer.status == 400 and answer.json["error"] == "duplicate_request"


def delay_holds_one_endpoint(box):
    box.settings(delay_ms=600000, delay_at="jwks")
    seen = []
    thread = threading.Thread(target=lambda: seen.append(box.get("/jwks/").status))
    thread.start()
    while not box.get("/api/requests").json["requests"]:
        time.sleep(0.01)
    assert box.get("/.well-known/openid-configuration").status == 200 and not seen
    box.settings(delay_ms=0)
    thread.join(timeout=10)
    assert seen == [200]
    box.settings(delay_ms=120)
    begun = time.monotonic()
    assert box.get("/jwks/").status == 200 and time.monotonic() - begun >= 0.12


def hung_requests_are_let_go(box):
    box.settings(fault="hang", fault_at="jwks")
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(box.get("/jwks/").status))
               for _ in range(5)]
    for thread in threads:
        thread.start()
    while len(box.get("/api/requests").json["requests"]) < 5:
        time.sleep(0.01)
    assert box.get("/.well-known/openid-configuration").status == 200 and not seen
    box.settings(fault="none")
    for thread in threads:
        thread.join(timeout=10)
    assert seen == [504] * 5, seen
    assert box.get("/jwks/").status == 200


def requests_are_told_without_secrets(box):
    code = box.code()
    box.token(code)
    box.token("x", headers={}, client_id="me", client_secret=SECRET)
    log = box.get("/api/requests")
    assert SECRET not in log.text and code not in log.text
    first, second, third = log.json["requests"]
    assert first["request"]["path"] == "/api/v2/oauth2/auth/" and first["status"] == 303
    assert second["request"]["auth"] == "basic:me" and second["status"] == 200
    assert third["request"]["auth"] == "post:me" and third["status"] == 400
    later = box.get("/api/requests?since=%d" % second["number"]).json["requests"]
    assert [r["number"] for r in later] == [third["number"]]
    assert box.get("/api/requests?since=x").status == 400


def parameters_twice_are_refused(box):
    path = "/api/v2/oauth2/auth/?client_id=me&client_id=me&response_type=code"
    assert box.get(path).status == 400
    answer = box.request("POST", "/api/v2/oauth2/token/", "code=a&code=b", {
        "Content-Type": "application/x-www-form-urlencoded", **basic()})
    assert answer.status == 400 and answer.json["error"] == "invalid_request"


def foreign_hosts_are_refused(box):
    assert box.get("/healthz", Host="evil.example").status == 421


TESTS = [
    discovery_names_the_wire, keys_are_p256, a_login_by_id_token, a_login_by_flat_members, modes,
    configuration_faults_stay_here, redirect_uri_with_a_query, ways_back, client_authentication,
    a_code_is_good_once, introspection_and_revocation, userinfo, version_one, keys_rotate,
    answers_out_of_order, a_replayed_code, delay_holds_one_endpoint, hung_requests_are_let_go,
    requests_are_told_without_secrets, parameters_twice_are_refused, foreign_hosts_are_refused,
]

if __name__ == "__main__":
    sys.exit(run(sys.argv[1], TESTS))
