# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo's accounts that have a password do what scripts/demo and docs/sandbox.md say of them."""

import pytest
import requests

from harness import wait_for
from password_site import PasswordSite, code_in, has_code, reference_in


def enter(demo, agent, what, portal):
    """The page behind the login page of that portal, for the demo's person of that kind."""
    person = demo.person(what)
    page = agent.open(demo.portals[portal]["url"] + "/login")
    form = PasswordSite.form(page, "password")
    return agent.submit(page, form, username=person["username"],
                        password=person.get("password") or person["initial_secret"])


def message(demo, kind, page):
    """The text of the message with the page's reference."""
    http = requests.Session()
    http.trust_env = False

    def seen():
        found = http.get(demo.sandbox + "/api/" + kind, timeout=10).json()[kind]
        return [m["text"] for m in found
                if has_code(m["text"]) and reference_in(m["text"]) in page.text]
    return wait_for(seen, 20, "a message on " + kind)[0]


@pytest.mark.parametrize("portal", [0, 1])
@pytest.mark.parametrize("what, kind", [("password_email", "mail"), ("password_sms", "sms")])
def test_password_and_code(demo, agent, what, kind, portal):
    page = enter(demo, agent, what, portal)
    text = message(demo, kind, page)
    page = agent.submit(page, PasswordSite.form(page, "code"), code=code_in(text))
    assert page.url.startswith(demo.portals[portal]["url"] + "/me"), (page.url, page.text[:400])


def test_initial_secret(demo, agent):
    page = enter(demo, agent, "initial_secret", 0)
    form = next(f for f in page.forms if "otp_email" in page.response.text and f.value("step"))
    page = agent.submit(page, form, factor="otp_email")
    text = message(demo, "mail", page)
    page = agent.submit(page, PasswordSite.form(page, "code"), code=code_in(text))
    assert PasswordSite.form(page, "repeat"), page.text[:400]


def test_no_address(demo, agent):
    """GFMIS lets nobody in without a code."""
    page = enter(demo, agent, "no_address", 1)
    assert page.url.startswith(demo.issuer) and page.status == 403, (page.url, page.text[:400])


def test_office_without_passwords(demo, agent):
    page = enter(demo, agent, "password_forbidden", 0)
    assert 'data-notice="forbidden"' in page.response.text, page.text[:400]
