# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two patterns of portals in Chromium, by password and code, with consent, by redirect and form_post,
to the logout: one whose answers arrive at another host than its pages, and an application with a
scheme of its own. After each form of ours the browser must leave, and nothing may be blocked."""

import pytest

from journey import WAYS
from neighbours import Neighbour
from password_journey import PasswordJourney
from password_site import PasswordSite, code_in
from world import World

SCHEME = "th.go.example.plan:"


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def window(request, open_browser):
    return open_browser(next(w for w in WAYS if w[0] == request.param))


@pytest.fixture
def two_hosts():
    """The gateway takes the answer and leads on to the portal, which is another origin."""
    gateway, portal = Neighbour(), Neighbour("127.0.0.1")
    gateway.redirect("/cb", portal.origin + "/inside")
    gateway.redirect("/bye", portal.origin + "/signed-out")
    gateway.portal = portal
    yield gateway
    gateway.close()
    portal.close()


def log_in_and_allow(site, own, window, party, **request):
    """From the portal over password, code and consent, up to the way back."""
    journey, person = PasswordJourney(own, window), site.person()
    window.open(party.url(party.request(**request)))
    journey.enter(person)
    journey.give(code_in(site.message(person)["text"]))
    window.find("button[name=answer][value=allow]").click()


def nothing_blocked(window):
    return not [c for c in window.complaints() if "Content Security Policy" in c or "form-action" in c]


def log_out(own, window, party, uri):
    window.open("%s/oauth2/logout?client_id=%s&post_logout_redirect_uri=%s"
                % (own.demo.issuer, party.id, uri))
    window.find("button[value=yes]").click()


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_portal_of_two_hosts(site, own, window, two_hosts, mode):
    party = own.new_party(
        "two-%s-%s" % (mode, window.javascript), redirect_uris=[two_hosts.origin + "/cb"],
        post_logout_redirect_uris=[two_hosts.origin + "/bye"], consent_required=True)
    log_in_and_allow(site, own, window, party, response_mode=mode)
    if mode == "form_post" and not window.javascript:
        window.find("form[action^='%s'] button" % two_hosts.origin).click()
    window.wait_url(two_hosts.portal.origin + "/inside")
    arrived, = two_hosts.arrived("/cb")
    assert arrived.method == ("POST" if mode == "form_post" else "GET")
    assert arrived.values["code"] and arrived.values["iss"] == own.demo.issuer
    log_out(own, window, party, two_hosts.origin + "/bye")
    window.wait_url(two_hosts.portal.origin + "/signed-out")
    window.open(own.demo.issuer + "/apps")
    assert window.all("[data-page=login]")
    assert nothing_blocked(window)


def test_application_with_its_own_scheme(site, own, window):
    """Chromium knows no such application here: the page stays, with the link that opens it."""
    party = own.new_party(
        "app-%s" % window.javascript, redirect_uris=[SCHEME + "/callback"],
        post_logout_redirect_uris=[SCHEME + "/bye"], application_type="native",
        token_endpoint_auth_method="none", consent_required=True)

    def link():
        return window.find("[data-part=leave]").get_attribute("href")

    log_in_and_allow(site, own, window, party)
    assert link().startswith(SCHEME + "/callback?code=")
    # form_post is for web servers; the refusal goes back to the application.
    refused = party.http.get(party.url(party.request(response_mode="form_post")), timeout=10,
                             allow_redirects=False)
    assert refused.headers["Location"].startswith(SCHEME + "/callback?error=invalid_request&")
    # Chromium asks at this window whether to open the application, and takes no click before an answer.
    window.window()
    log_out(own, window, party, SCHEME + "/bye")
    window.wait_url(own.demo.issuer + "/oauth2/logout/confirm")
    assert link().startswith(SCHEME + "/bye")
    window.window()
    window.open(own.demo.issuer + "/apps")
    assert window.all("[data-page=login]")
    assert nothing_blocked(window)
