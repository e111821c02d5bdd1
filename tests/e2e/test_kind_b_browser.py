# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind B: the browser is no HTTP client. Chromium decides whether a person gets away from a form of
ours, which cookies come with a portal's form, and what a portal's script may read."""

import html
import json
import socket

import pytest

from journey import WAYS, Journey
from neighbours import Neighbour
from password_site import PasswordSite
from thaid import Phone
from world import World

PLAIN = [w for w in WAYS if not w[0]][0]  # without JavaScript
SCRIPT = [w for w in WAYS if w[0]][0]


@pytest.fixture(params=[SCRIPT, PLAIN], ids=["script", "plain"])
def window(request, open_browser):
    return open_browser(request.param)


@pytest.fixture
def neighbours():
    """A function that starts servers of other sites."""
    running = []

    def start(*args, **options):
        running.append(Neighbour(*args, **options))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def far(neighbours):
    """A portal whose callback leads on to another origin, as behind a gateway of its own."""
    here, there = neighbours(), neighbours()
    here.redirect("/cb", there.origin + "/end")
    here.redirect("/bye", there.origin + "/end")
    here.there = there
    return here


def party_at(world, name, origin, **change):
    return world.new_party(name, redirect_uris=[origin + "/cb"],
                           post_logout_redirect_uris=[origin + "/bye"], **change)


def sign_in(world, window):
    """A session in this window, by ThaID."""
    journey = Journey(world, window)
    window.open(world.demo.issuer + "/apps")
    journey.to_thaid()
    journey.on_the_phone("approve")
    journey.back(world.demo.issuer + "/apps")


def blocked(window):
    return [m for m in window.complaints() if "Content Security Policy" in m or "form-action" in m]


def press_allow(window):
    window.find("button[name=answer][value=allow]").click()


def test_consent_of_a_portal_that_redirects_on(world, window, phone, far):
    party = party_at(world, "far-consent", far.origin, consent_required=True)
    sign_in(world, window)
    window.open(party.url(party.request()))
    press_allow(window)
    window.wait_url(far.there.origin + "/end")
    assert far.arrived("/cb")[0].values["code"]
    assert not blocked(window)


def test_consent_refused(world, window, phone, far):
    party = party_at(world, "far-refused", far.origin, consent_required=True)
    sign_in(world, window)
    window.open(party.url(party.request()))
    window.find("button[name=answer]:not([value=allow])").click()
    window.wait_url(far.there.origin + "/end")
    assert far.arrived("/cb")[0].values["error"] == "access_denied"


def test_login_by_thaid_of_a_portal_that_redirects_on(world, window, phone, far):
    party = party_at(world, "far-thaid", far.origin)
    journey = Journey(world, window)
    window.open(party.url(party.request()))
    journey.to_thaid()
    journey.on_the_phone("approve")
    journey.back(far.there.origin + "/end")


def test_loopback_of_an_application(world, window, phone, neighbours):
    """CSP cannot name [::1] at all."""
    app = neighbours("[::1]", socket.AF_INET6)
    party = world.new_party("six", redirect_uris=["http://[::1]/cb"], application_type="native",
                            token_endpoint_auth_method="none", consent_required=True)
    sign_in(world, window)
    window.open(party.url(party.request(redirect_uri=app.origin + "/cb")))
    press_allow(window)
    window.wait_url(app.origin + "/cb")
    assert app.arrived("/cb")[0].values["code"]


def test_scheme_of_an_application(world, window, phone):
    """Chromium here knows no such application: the page stays and offers the link to press."""
    party = world.new_party("scheme", redirect_uris=["th.go.example.app:/back"],
                            application_type="native", token_endpoint_auth_method="none",
                            consent_required=True)
    sign_in(world, window)
    window.open(party.url(party.request()))
    press_allow(window)
    link = window.find("[data-part=leave]")
    assert link.get_attribute("href").startswith("th.go.example.app:/back?code=")
    assert not blocked(window)


def test_form_post_of_a_portal_that_redirects_on(world, window, phone, far):
    party = party_at(world, "far-post", far.origin)
    sign_in(world, window)
    window.open(party.url(party.request(response_mode="form_post")))
    if not window.javascript:
        window.find("form button").click()
    window.wait_url(far.there.origin + "/end")
    assert [r.method for r in far.arrived("/cb")] == ["POST"]
    assert far.arrived("/cb")[0].values["code"]


def test_form_post_after_a_form_of_ours(world, window, phone, far):
    party = party_at(world, "far-post-consent", far.origin, consent_required=True)
    sign_in(world, window)
    window.open(party.url(party.request(response_mode="form_post")))
    press_allow(window)
    if not window.javascript:
        window.find("form[action^='%s'] button" % far.origin).click()
    window.wait_url(far.there.origin + "/end")
    assert far.arrived("/cb")[0].values["code"]


def test_logout_question(world, window, phone, far):
    party = party_at(world, "far-logout", far.origin)
    sign_in(world, window)
    window.open(world.demo.issuer + "/oauth2/logout?client_id=%s&post_logout_redirect_uri=%s"
                % (party.id, far.origin + "/bye"))
    window.find("button[value=yes]").click()
    window.wait_url(far.there.origin + "/end")
    window.open(world.demo.issuer + "/apps")
    assert window.all("[data-page=login]")


def test_back_from_the_portal_does_not_trap(world, open_browser, phone, far):
    """The page that leaves is replaced in the history, so that "back" does not lead forward again."""
    window = open_browser(SCRIPT)
    party = party_at(world, "far-back", far.origin, consent_required=True)
    sign_in(world, window)
    window.open(party.url(party.request()))
    press_allow(window)
    window.wait_url(far.there.origin + "/end")
    window.driver.back()
    window.wait_url(world.demo.issuer)


# --- a ThaID that redirects on ---

@pytest.fixture(scope="module")
def gateway():
    """Another origin in front of ThaID's authorization page."""
    one = Neighbour()
    yield one
    one.close()


@pytest.fixture(scope="module")
def behind_gateway(gateway):
    def change(tree, made):
        authorize = tree["thaid"].get("authorize") or "/api/v2/oauth2/auth/"
        target = authorize if "://" in authorize else made.sandbox + authorize
        gateway.redirect("/auth", lambda parts: target + "?" + parts.query)
        tree["thaid"]["authorize"] = gateway.origin + "/auth"

    site = PasswordSite.start(change=change)
    yield site
    site.stop()


def test_thaid_that_redirects_on(behind_gateway, gateway, window):
    world = World(behind_gateway)
    Phone(behind_gateway).reset()
    sign_in(world, window)
    assert gateway.arrived("/auth")
    assert not blocked(window)


# --- forms of other sites come without our cookies ---

def auto_form(action, values):
    fields = "".join('<input type="hidden" name="%s" value="%s">' % (n, html.escape(v))
                     for n, v in values.items())
    return '<form method="post" action="%s">%s<button>go</button></form>' % (action, fields)


@pytest.fixture
def stranger(neighbours):
    """A portal on another site: 127.0.0.1 is none of localhost's."""
    return neighbours("127.0.0.1")


def wire(request):
    return {k: v for k, v in request.items() if not k.startswith("_")}


def post_from(window, stranger, action, values):
    stranger.page("/start", auto_form(action, values))
    window.open(stranger.origin + "/start")
    window.find("button").click()


def test_authorize_by_post_finds_the_session(world, window, phone, stranger):
    party = party_at(world, "stranger", stranger.origin)
    sign_in(world, window)
    post_from(window, stranger, party.metadata["authorization_endpoint"],
              wire(party.request(prompt="none", state="s" * 2000)))
    window.wait_url(stranger.origin + "/cb")
    values = stranger.arrived("/cb")[0].values
    assert values.get("code") and values["state"] == "s" * 2000, values


def test_authorize_by_post_that_no_address_carries(world, window, phone, stranger):
    party = party_at(world, "stranger-long", stranger.origin)
    sign_in(world, window)
    post_from(window, stranger, party.metadata["authorization_endpoint"],
              {**wire(party.request(prompt="none", state="s" * 8192)), "pad": "p" * 20000})
    if not window.javascript:
        window.find("form[action*=again] button").click()
    window.wait_url(stranger.origin + "/cb")
    values = stranger.arrived("/cb")[0].values
    assert values.get("code") and values["state"] == "s" * 8192


def test_logout_by_post_ends_the_session(world, window, phone, stranger):
    party = party_at(world, "stranger-logout", stranger.origin)
    sign_in(world, window)
    window.open(party.url(request := party.request(scope="openid")))
    window.wait_url(stranger.origin + "/cb")
    code = stranger.arrived("/cb")[0].values["code"]
    tokens = party.post("token_endpoint", {
        "grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri,
        "code_verifier": request["_verifier"]}).json()
    post_from(window, stranger, party.metadata["end_session_endpoint"],
              {"id_token_hint": tokens["id_token"], "state": "x",
               "post_logout_redirect_uri": stranger.origin + "/bye"})
    window.wait_url(stranger.origin + "/bye")
    window.open(world.demo.issuer + "/apps")
    assert window.all("[data-page=login]"), "told the portal so, and the session lives"


def test_logout_by_post_without_a_hint_asks(world, window, phone, stranger):
    sign_in(world, window)
    post_from(window, stranger, world.demo.issuer + "/oauth2/logout", {"state": "x"})
    window.wait_url(world.demo.issuer + "/oauth2/logout")
    window.find("button[value=yes]")


def test_logout_of_nobody_claims_nothing(world, window, stranger):
    post_from(window, stranger, world.demo.issuer + "/oauth2/logout", {"state": "x"})
    window.wait_url(world.demo.issuer + "/oauth2/logout")
    window.find("[data-page=logged_out]")
    assert "เรียบร้อยแล้ว" not in window.text and "signed out in this browser" not in window.text


# --- cookies of neighbours: cookies know no ports, so that these are localhost's, too ---

def set_cookies(window, stranger_origin, cookies):
    for name, value in cookies.items():
        window.driver.execute_cdp_cmd("Network.setCookie", {
            "name": name, "value": value, "url": stranger_origin})


def test_login_among_the_cookies_of_neighbours(world, window, phone):
    set_cookies(window, world.demo.issuer, {"n%d" % i: "v" * 60 for i in range(100)})
    sign_in(world, window)


def test_more_cookies_than_any_header_holds(world, open_browser, phone):
    window = open_browser(SCRIPT)
    set_cookies(window, world.demo.issuer, {"n%d" % i: "v" * 3500 for i in range(6)})
    window.open(world.demo.issuer + "/apps")
    assert window.all("[data-page=problem]"), window.text[:300]
    sign_in(world, window)


# --- scripts of portals ---

def test_a_script_reads_why(world, open_browser, stranger):
    window = open_browser(SCRIPT)
    window.open(stranger.origin + "/spa")
    script = """
        fetch(%s, {headers: {"Authorization": "Bearer nonsense", "X-Requested-With": "x",
                             "traceparent": "00-1-1-00"}})
            .then(async r => JSON.stringify([r.status, r.headers.get("WWW-Authenticate"),
                                             r.headers.get("X-Request-Id"), await r.json()]))
            .catch(e => "failed: " + e)""" % json.dumps(world.demo.issuer + "/oauth2/userinfo")
    result = window.driver.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": script, "awaitPromise": True})["result"]["value"]
    status, challenge, request_id, body = json.loads(result)
    assert status == 401 and "invalid_token" in challenge and request_id
    assert body["error"] == "invalid_token" and body["error_description"]
