# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing out in Chromium, with JavaScript and without: the demonstration's portals are notified by the
back channel, and a portal with a front channel is loaded in a frame (oidcc-frontchannel-rp-initiated-logout)."""

import pytest

from harness import wait_for
from journey import Journey, WAYS
from neighbours import Neighbour
from relying_party import json_part


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def window(request, open_browser):
    return open_browser(next(w for w in WAYS if w[0] == request.param))


@pytest.fixture
def portal():
    """A portal that has nothing but its pages."""
    site = Neighbour()
    yield site
    site.close()


def sign_out(world, window):
    window.open(world.demo.issuer + "/apps")
    window.find("button[form=sign-out], form[action='/apps/logout'] button")
    window.driver.find_element("css selector", "form[action='/apps/logout']").submit()


def parts(window, name):
    return [e.text for e in window.all("[data-part=%s] [data-part=portal]" % name)]


def test_the_page_says_who_confirmed(world, window):
    """The page goes on by itself until the demonstration's portal has confirmed."""
    journey = Journey(world, window)
    journey.log_in()
    portal = world.demo.portals[0]["url"]
    sign_out(world, window)
    wait_for(lambda: window.url.startswith(world.demo.issuer + "/signed-out?r=")
             and parts(window, "portals-out"), 15, "the portal's answer")
    assert not parts(window, "portals-notified") and not parts(window, "open-portals")
    assert window.fits() and not window.complaints()
    window.picture("signed-out")
    window.open(portal + "/me")
    window.wait_url(world.demo.issuer)  # the portal's own session has ended: it asks Pratu
    assert window.all("[data-page=login]")


def test_oidcc_frontchannel_rp_initiated_logout(world, window, portal):
    journey = Journey(world, window)
    party = world.new_party(
        "front-%s" % window.javascript, redirect_uris=[portal.origin + "/cb"],
        post_logout_redirect_uris=[portal.origin + "/bye"],
        frontchannel_logout_uri=portal.origin + "/front",
        frontchannel_logout_session_required=True)
    journey.choose_language()
    request = party.request()
    window.open(party.url(request))
    journey.to_thaid()
    journey.on_the_phone("approve")
    window.wait_url(portal.origin + "/cb")
    arrived, = portal.arrived("/cb")
    response = party.http.post(party.metadata["token_endpoint"], timeout=10, data={
        "grant_type": "authorization_code", "code": arrived.values["code"],
        "redirect_uri": party.redirect_uri, "code_verifier": request["_verifier"]},
        headers=party.authentication()[0])
    hint = response.json()["id_token"]
    window.open("%s/oauth2/logout?id_token_hint=%s&state=s1&post_logout_redirect_uri=%s"
                % (world.demo.issuer, hint, portal.origin + "/bye"))
    frame, = wait_for(lambda: portal.arrived("/front"), 10, "the frame")
    assert frame.method == "GET"
    assert frame.values == {"iss": world.demo.issuer, "sid": json_part(hint, 1)["sid"]}
    assert window.find("[data-part=leave]") and window.fits() and not window.complaints()
    window.picture("signed-out-frames")
    window.wait_url(portal.origin + "/bye")  # by itself, after the frame had its time
    assert portal.arrived("/bye")[0].values == {"state": "s1"}
    window.open(world.demo.issuer + "/apps")
    assert window.all("[data-page=login]")
