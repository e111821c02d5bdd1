# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind I: a portal that logs in by a pop-up, as the usual libraries for single-page applications do,
gets its answer from its own callback page, whatever pages lie between. Chromium decides.

Before, every page of Pratu cut its window off from the one that had opened it."""

import json
from urllib.parse import urlencode

import pytest

from harness import wait_for
from journey import WAYS, Journey
from neighbours import Neighbour

SCRIPT = [w for w in WAYS if w[0]][0]
FIRST = """<title>portal</title><button id="go">go</button><pre id="got"></pre><script>
let popup;
addEventListener("message", e => { document.getElementById("got").textContent =
  JSON.stringify([e.origin, e.data]); });
document.getElementById("go").onclick = () => {
  popup = open(new URLSearchParams(location.search).get("go"), "_blank", "popup,width=500,height=700"); };
</script>"""
# What oidc-client-ts does in its callback.
BACK = """<title>back</title><script>
if (opener) { opener.postMessage(location.search, location.origin); close(); }
</script>no opener"""


@pytest.fixture
def portal():
    one = Neighbour()
    one.page("/", FIRST)
    one.page("/cb", BACK)
    one.page("/bye", BACK)
    yield one
    one.close()


@pytest.fixture
def window(open_browser):
    return open_browser(SCRIPT)


def party_at(world, name, portal, **change):
    return world.new_party(name, redirect_uris=[portal.origin + "/cb"],
                           post_logout_redirect_uris=[portal.origin + "/bye"], **change)


def press_go(window, portal, url):
    """In the portal's page, which opens a pop-up; returns the portal's window."""
    window.open(portal.origin + "/?" + urlencode({"go": url, "page": len(portal.seen)}))
    window.find("#go").click()
    return window.driver.current_window_handle


def open_popup(window, portal, url):
    """The same, with the pop-up at hand; of one that stays open."""
    before = set(window.driver.window_handles)
    first = press_go(window, portal, url)
    new = wait_for(lambda: set(window.driver.window_handles) - before, 10, "a pop-up")
    window.driver.switch_to.window(new.pop())
    return first


def answer(window, portal, first):
    """What the callback page said to the page that opened it, which is closed then."""
    window.driver.switch_to.window(first)
    said = wait_for(lambda: window.find("#got").text, 20, "the answer of the pop-up")
    origin, query = json.loads(said)
    assert origin == portal.origin
    wait_for(lambda: window.driver.execute_script("return popup.closed"), 10, "the pop-up's end")
    return query


def log_in(world, window, then=None):
    journey = Journey(world, window)
    journey.to_thaid()
    journey.on_the_phone("approve", then=then)


def test_login_in_a_popup(world, window, phone, portal):
    party = party_at(world, "popup-login", portal)
    first = open_popup(window, portal, party.url(party.request()))
    log_in(world, window, then=first)
    assert "code=" in answer(window, portal, first)


def test_single_sign_on_and_consent_in_a_popup(world, window, phone, portal):
    window.open(world.demo.issuer + "/apps")
    log_in(world, window)
    window.wait_url(world.demo.issuer + "/apps")
    party = party_at(world, "popup-consent", portal, consent_required=True)
    first = open_popup(window, portal, party.url(party.request()))
    window.find("button[name=answer]:not([value=allow])").click()
    assert "error=access_denied" in answer(window, portal, first)
    first = open_popup(window, portal, party.url(party.request()))
    window.find("button[name=answer][value=allow]").click()
    assert "code=" in answer(window, portal, first)
    first = press_go(window, portal, party.url(party.request()))
    assert "code=" in answer(window, portal, first)


def test_sign_out_in_a_popup(world, window, phone, portal):
    """Of a portal that lets go of other windows than its pop-ups."""
    status, fields, text = portal.answers["/"]
    portal.answers["/"] = (
        status, {**fields, "Cross-Origin-Opener-Policy": "same-origin-allow-popups"}, text)
    window.open(world.demo.issuer + "/apps")
    log_in(world, window)
    window.wait_url(world.demo.issuer + "/apps")
    party = party_at(world, "popup-out", portal)
    first = open_popup(window, portal, world.demo.issuer + "/oauth2/logout?client_id=%s&state=abc"
                       "&post_logout_redirect_uri=%s" % (party.id, portal.origin + "/bye"))
    window.find("button[value=yes]").click()
    assert "state=abc" in answer(window, portal, first)


def test_pages_of_a_person_are_cut_off(world, window, phone, portal):
    """What a session alone opens is nobody else's window."""
    window.open(world.demo.issuer + "/apps")
    log_in(world, window)
    window.wait_url(world.demo.issuer + "/apps")
    for path in ("/apps", "/account"):
        first = open_popup(window, portal, world.demo.issuer + path)
        window.wait_url(world.demo.issuer + path)
        assert window.driver.execute_script("return opener") is None
        own = window.driver.current_window_handle
        window.driver.switch_to.window(first)
        assert window.driver.execute_script("return popup.closed")  # as the portal sees it
        window.driver.switch_to.window(own)
        window.driver.close()
        window.driver.switch_to.window(first)
