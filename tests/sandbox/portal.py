# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo portals as relying parties and resource servers, against a provider that misbehaves:
what liboauth2 does not check, the portal must."""

import base64
import hashlib
import http.client
import json
import os
import re
import sys
import time
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from provider import Provider  # noqa: E402
from sandbox import SECRET, Answer, free_port, run  # noqa: E402

OP = Provider()
JWT, ASKING = free_port(), free_port()
MORE = """
portals:
  - {port: %d, url: "http://localhost:%d", look: eplan, check: jwt, client_id: me, client_secret: secret}
  - {port: %d, url: "http://localhost:%d", look: ktb, check: introspection, client_id: me,
     client_secret: secret, step_up_max_age: 60, step_up_acr: "urn:high urn:higher"}
""" % (JWT, JWT, ASKING, ASKING)


class Browser:
    """Keeps cookies of one portal; follows nothing."""

    def __init__(self, port):
        self.port, self.cookies = port, {}
        self.url = "http://localhost:%d" % port

    def request(self, method, path, body=None, **headers):
        if self.cookies:
            headers["Cookie"] = "; ".join("%s=%s" % c for c in self.cookies.items())
        connection = http.client.HTTPConnection("localhost", self.port, timeout=20)
        connection.request(method, path, body, headers)
        answer = Answer(connection.getresponse())
        connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                assert morsel["httponly"] and morsel["samesite"] == "Lax", line
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return answer

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path):
        return self.request("POST", path, "", **{
            "Content-Type": "application/x-www-form-urlencoded"})

    def begin(self):
        """Parameters of the authorization request."""
        answer = self.get("/login")
        assert answer.status == 303 and answer.location.startswith(OP.url + "/authorize?")
        asked = dict(parse_qsl(urlsplit(answer.location).query))
        OP.nonce = asked["nonce"]
        return asked

    def come_back(self, asked, **change):
        wanted = {"code": "a-code", "state": asked["state"], "iss": OP.url, **change}
        return self.get("/callback?" + urlencode({k: v for k, v in wanted.items() if v is not None}))

    def log_in(self):
        answer = self.come_back(self.begin())
        assert answer.status == 303 and answer.location == "/me", answer.text
        return self


def visitor(port=None):
    OP.reset()
    return Browser(port or JWT)


def the_request_and_the_code(box):
    browser = visitor()
    asked = browser.begin()
    assert asked["response_type"] == "code" and asked["client_id"] == "me"
    assert asked["redirect_uri"] == browser.url + "/callback" and "openid" in asked["scope"].split()
    assert asked["code_challenge_method"] == "S256" and len(asked["state"]) >= 32
    assert browser.come_back(asked).status == 303
    form, headers = [(f, h) for p, f, h in OP.seen if p == "/token"][0]
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert form["grant_type"] == "authorization_code" and form["code"] == "a-code"
    basic = base64.b64decode(headers["Authorization"].split()[1]).decode()
    assert basic == "me:" + SECRET and "client_secret" not in form


def inside(box):
    browser = visitor().log_in()
    page = browser.get("/me")
    assert page.status == 200 and "ออกจากระบบ" in page.text
    assert "นายสมชาย &lt;b&gt;ใจดี&lt;/b&gt;" in page.text and "<b>" not in page.text
    assert re.search(r'data-claim="roles">editor<', page.text)
    assert "ออกจากระบบ" in browser.get("/").text
    assert visitor().get("/me").location == "/login"


def answers_that_are_not_for_us(box):
    for change, word in (
            ({"state": "x"}, "wrong_state"), ({"state": None}, "wrong_state"),
            ({"iss": None}, "wrong_issuer"), ({"iss": "http://evil.example"}, "wrong_issuer"),
            ({"error": "access_denied", "code": None}, "access_denied")):
        browser = visitor()
        answer = browser.come_back(browser.begin(), **change)
        assert answer.status in (400, 403) and ">%s<" % word in answer.text, (change, answer.text)
        assert "session" not in " ".join(browser.cookies) and not any(
            p == "/token" for p, _, _ in OP.seen), change


def another_browser_and_twice(box):
    browser, other = visitor(), Browser(JWT)
    asked = browser.begin()
    assert ">no_login<" in other.come_back(asked).text
    assert browser.come_back(asked).status == 303
    assert ">no_login<" in browser.come_back(asked).text


def tokens_that_are_not_believed(box):
    cases = [
        ("nonce", {"id_claims": {"nonce": "x"}}), ("no nonce", {"id_claims": {"nonce": None}}),
        ("iss", {"id_claims": {"iss": "http://evil.example"}}), ("aud", {"id_claims": {"aud": "you"}}),
        ("two audiences", {"id_claims": {"aud": ["me", "you"]}}),
        ("expired", {"id_claims": {"exp": 1000000000}}), ("no exp", {"id_claims": {"exp": None}}),
        ("at_hash", {"id_claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}),
        ("no sub", {"id_claims": {"sub": None}}), ("signature", {"sign_with": OP.other}),
        ("alg none", {"header": {"alg": "none"}}), ("alg HS256", {"header": {"alg": "HS256"}}),
        ("kid", {"header": {"kid": "two"}}), ("typ", {"header": {"typ": "at+jwt"}}),
        ("userinfo", {"userinfo_sub": "subject-2"}), ("refused", {"token_status": 400}),
        ("broken", {"token_status": 500})]
    for name, change in cases:
        browser = visitor()
        vars(OP).update(change)
        answer = browser.come_back(browser.begin())
        assert answer.status == 502 and ">login_failed<" in answer.text, (name, answer.status)
        assert browser.get("/me").location == "/login", name


def third_party_start(box):
    assert visitor().get("/login?iss=" + OP.url).status == 303
    assert visitor().get("/login?iss=http://evil.example").status == 400


def logout(box):
    browser = visitor().log_in()
    kept = dict(browser.cookies)
    answer = browser.post("/logout")
    asked = dict(parse_qsl(urlsplit(answer.location).query))
    assert answer.status == 303 and answer.location.startswith(OP.url + "/logout?")
    assert asked["post_logout_redirect_uri"] == browser.url + "/logged-out"
    assert asked["client_id"] == "me" and asked["id_token_hint"].count(".") == 2
    browser.cookies = kept
    assert browser.get("/me").location == "/login", "the session outlived the logout"
    assert visitor().post("/logout").location == "/logged-out"
    assert browser.get("/logged-out").status == 200 and browser.get("/logout").status == 405


def logout_claims(**change):
    now = int(time.time())
    claims = {"iss": OP.url, "aud": "me", "iat": now, "exp": now + 120, "jti": os.urandom(8).hex(),
              "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
              "sub": "subject-1", "sid": "session-1", **change}
    return {k: v for k, v in claims.items() if v is not None}


def notify(browser, token):
    return browser.request("POST", "/backchannel-logout", urlencode({"logout_token": token}), **{
        "Content-Type": "application/x-www-form-urlencoded"})


def known_visitor():
    browser = visitor()
    OP.id_claims = {"sid": "session-1"}
    return browser.log_in()


def backchannel_logout(box):
    """oidcc-client-test-rp-backchannel-rpinitlogout: this session, and no other."""
    mine = known_visitor()
    OP.id_claims = {"sid": "session-2"}
    other = Browser(JWT).log_in()
    token = OP.sign(logout_claims(), "logout+jwt")
    answer = notify(visitor(), token)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store", answer.text
    assert mine.get("/me").location == "/login" and other.get("/me").status == 200
    assert notify(visitor(), token).status == 400, "a token was taken twice"
    # Without sid: all of the person. A session that is not known is signed out.
    assert notify(visitor(), OP.sign(logout_claims(sid=None), "logout+jwt")).status == 200
    assert other.get("/me").location == "/login"
    assert notify(visitor(), OP.sign(logout_claims(sid="no-such"), "logout+jwt")).status == 200


def logout_tokens_that_are_not_believed(box):
    """oidcc-client-test-rp-backchannel-rpinitlogout-..., each by its name."""
    event = "http://schemas.openid.net/event/backchannel-logout"
    now = int(time.time())
    cases = [
        ("alg-none", {}, {"header": {"alg": "none"}}, "logout+jwt"),
        ("wrong-alg", {}, {"header": {"alg": "HS256"}}, "logout+jwt"),
        ("wrong-iss", {"iss": "http://evil.example"}, {}, "logout+jwt"),
        ("wrong-aud", {"aud": "you"}, {}, "logout+jwt"),
        ("no-event", {"events": None}, {}, "logout+jwt"),
        ("wrong-event", {"events": {event + "x": {}}}, {}, "logout+jwt"),
        ("event is no object", {"events": {event: True}}, {}, "logout+jwt"),
        ("with-nonce", {"nonce": "x"}, {}, "logout+jwt"),
        ("signature", {}, {"sign_with": OP.other}, "logout+jwt"),
        ("an ID token", {}, {}, "JWT"), ("no jti", {"jti": None}, {}, "logout+jwt"),
        ("neither sid nor sub", {"sid": None, "sub": None}, {}, "logout+jwt"),
        ("expired", {"iat": now - 170, "exp": now - 60}, {}, "logout+jwt"),
        ("old", {"iat": now - 3600, "exp": now + 120}, {}, "logout+jwt")]
    browser = known_visitor()
    for name, claims, change, typ in cases:
        header = change.pop("header", {})
        OP.reset()
        vars(OP).update(change)
        answer = notify(browser, OP.forge(logout_claims(**claims), typ, header))
        assert answer.status == 400, (name, answer.status, answer.text)
        assert browser.get("/me").status == 200, name
    assert notify(browser, "").status == 400 and browser.get("/backchannel-logout").status == 405


def the_api_through_the_portal(box):
    for port, how in ((JWT, "JWKS"), (ASKING, "introspection")):
        browser = visitor(port).log_in()
        page = browser.get("/me/api")
        assert page.status == 200 and how in page.text and 'id="api-status">200<' in page.text


def call(port, token, path="/api/records"):
    headers = {"Authorization": "Bearer " + token} if token else {}
    return Browser(port).get(path, **headers)


def the_api_asks_for_a_fresh_login(box):
    """RFC 9470 3: the challenge, at the boundary and one second after."""
    now = int(time.time())
    visitor()
    assert call(JWT, OP.access_token(auth_time=now - 110), "/api/sensitive").status == 200
    for token in (OP.access_token(auth_time=now - 125), OP.access_token()):
        answer = call(JWT, token, "/api/sensitive")
        told = answer.headers["WWW-Authenticate"]
        assert answer.status == 401 and told.startswith("Bearer "), told
        assert 'error="insufficient_user_authentication"' in told and 'max_age="120"' in told
        assert "acr_values" not in told
    assert 'error="invalid_token"' in call(JWT, "x", "/api/sensitive").headers["WWW-Authenticate"]
    assert "error=" not in call(JWT, None, "/api/sensitive").headers["WWW-Authenticate"]


def the_api_asks_for_a_level(box):
    visitor(ASKING)
    for acr, age, status in (("urn:high", 0, 200), ("urn:higher", 50, 200), ("urn:low", 0, 401),
                             (None, 0, 401), ("urn:high", 70, 401), ("urn:high urn:higher", 0, 401)):
        OP.access_claims = {"auth_time": int(time.time()) - age, **({"acr": acr} if acr else {})}
        answer = call(ASKING, OP.access_token(), "/api/sensitive")
        assert answer.status == status, (acr, age)
        if status == 401:
            told = answer.headers["WWW-Authenticate"]
            assert 'acr_values="urn:high urn:higher"' in told and 'max_age="60"' in told


def a_payment_is_pushed(box):
    """RFC 9126: by the server, with its credentials; the browser carries the address alone."""
    browser = visitor(ASKING).log_in()
    assert 'id="payment"' in browser.get("/pay").text
    answer = browser.post("/pay")
    asked = dict(parse_qsl(urlsplit(answer.location).query))
    assert answer.status == 303 and asked == {"client_id": "me", "request_uri": "urn:example:1"}
    form, headers = [(f, h) for p, f, h in OP.seen if p == "/par"][0]
    assert headers["Authorization"].startswith("Basic ") and "client_secret" not in form
    assert form["code_challenge_method"] == "S256" and form["response_type"] == "code"
    OP.details, OP.nonce = json.loads(form["authorization_details"]), form["nonce"]
    assert OP.details[0]["type"] == "payment_approval"
    back = browser.come_back(form)
    assert back.location == "/pay"
    page = browser.get("/pay")
    assert 'id="approved"' in page.text and "KTB-2569-0042" in page.text
    OP.par_status = 400
    assert ">not_pushed<" in browser.post("/pay").text
    assert visitor(ASKING).post("/pay").location == "/login"
    assert visitor(ASKING).get("/pay").location == "/login"


def the_portal_steps_up(box):
    """It asks the provider for what the API wants, comes back there, and asks once only."""
    browser = visitor(ASKING)
    OP.access_claims = {"auth_time": int(time.time()) - 3600, "acr": "urn:low"}
    browser.log_in()
    answer = browser.get("/me/sensitive")
    asked = dict(parse_qsl(urlsplit(answer.location).query))
    assert answer.status == 303 and asked["acr_values"] == "urn:high urn:higher"
    assert asked["max_age"] == "60"
    OP.nonce = asked["nonce"]
    back = browser.come_back(asked)
    assert back.status == 303 and back.location.startswith("/me/sensitive")
    page = browser.get(back.location)
    assert page.status == 502 and 'id="api-status">401<' in page.text, "it asked again and again"
    answer = browser.get("/me/sensitive")
    asked = dict(parse_qsl(urlsplit(answer.location).query))
    OP.nonce = asked["nonce"]
    OP.access_claims = {"auth_time": int(time.time()), "acr": "urn:high"}
    page = browser.get(browser.come_back(asked).location)
    assert page.status == 200 and 'id="api-status">200<' in page.text
    assert visitor(ASKING).get("/me/sensitive").location == "/login"


def broken(token):
    """One character of the signature changed."""
    return token[:-40] + ("A" if token[-40] != "A" else "B") + token[-39:]


def the_api_checks_tokens(box):
    visitor()
    answer = call(JWT, None)
    assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "error=" not in answer.headers["WWW-Authenticate"]
    good = call(JWT, OP.access_token())
    assert good.status == 200 and good.json["token"]["sub"] == "subject-1"
    bad = [OP.access_token(client="you"), OP.access_token(exp=1000000000), OP.access_token(exp=None),
           OP.access_token(iss="http://evil.example"), OP.sign({"sub": "x"}, "JWT"),
           "x", "a.b.c", broken(OP.access_token())]
    OP.sign_with = OP.other
    for token in [*bad, OP.access_token()]:
        answer = call(JWT, token)
        assert answer.status == 401, token
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def nothing_is_kept_of_a_verification(box):
    """liboauth2 alone would serve a revoked token for five minutes more."""
    visitor()
    assert call(ASKING, "opaque-1").status == 200
    OP.active = False
    assert call(ASKING, "opaque-1").status == 401
    OP.active = True
    OP.access_claims = {"aud": "you"}
    assert call(ASKING, "opaque-1").status == 401
    form, headers = [(f, h) for p, f, h in OP.seen if p == "/introspect"][0]
    assert form["token"] == "opaque-1" and headers["Authorization"].startswith("Basic ")


TESTS = [
    the_request_and_the_code, inside, answers_that_are_not_for_us, another_browser_and_twice,
    tokens_that_are_not_believed, third_party_start, logout,
    backchannel_logout, logout_tokens_that_are_not_believed, the_api_through_the_portal,
    the_api_checks_tokens, nothing_is_kept_of_a_verification, the_api_asks_for_a_fresh_login,
    the_api_asks_for_a_level, the_portal_steps_up, a_payment_is_pushed,
]

if __name__ == "__main__":
    result = run(sys.argv[1], TESTS, more=MORE, issuer=OP.url)
    OP.stop()
    sys.exit(result)
