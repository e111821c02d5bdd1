# SPDX-License-Identifier: AGPL-3.0-or-later
"""Relying parties and logged-in browsers that the tests share."""

from agent import Agent
from harness import CALLBACK
from relying_party import RelyingParty
from thaid import Phone

BASE = {
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile offline_access",
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "ES256",
}
# What each kind of client changes in BASE.
KINDS = {
    "basic": {},
    "second": {},
    "post": {"token_endpoint_auth_method": "client_secret_post"},
    "public": {"token_endpoint_auth_method": "none"},
    "native": {"token_endpoint_auth_method": "none", "application_type": "native",
               "redirect_uris": ["http://127.0.0.1/native", "th.go.example.app:/back"]},
    "jwt": {"access_token_format": "jwt"},
    "rs256": {"id_token_signed_response_alg": "RS256"},
    "ps256": {"id_token_signed_response_alg": "PS256"},
    "relaxed": {"require_pkce": False},
    "consent": {"consent_required": True},
    "query": {"redirect_uris": [CALLBACK + "/query?tenant=1&lang=th"]},
    "two": {"redirect_uris": [CALLBACK + "/two/a", CALLBACK + "/two/b"]},
    "machine": {"grant_types": ["client_credentials"], "scope": "report:read report:write",
                "redirect_uris": None, "post_logout_redirect_uris": None},
}


class World:
    def __init__(self, demo):
        self.demo = demo
        self.phone = Phone(demo)
        self.parties = {}
        self.jars = {}
        self.system = demo.info["portals"][0]["system"]
        self.somebody = demo.person("everyday")
        self.other = demo.person("sso_admin")  # may enter the same system

    def agent(self, language="th"):
        return Agent(stops=(CALLBACK, "http://127.0.0.1", "th.go.example.app:"), language=language)

    def party(self, kind="basic"):
        """The relying party of this kind; registered by the command the first time."""
        if kind not in self.parties:
            self.parties[kind] = self.new_party(kind, **KINDS[kind])
        return self.parties[kind]

    def new_party(self, name, **change):
        metadata = {
            **BASE, "client_name": "Test %s" % name, "system": self.system,
            "redirect_uris": ["%s/%s/callback" % (CALLBACK, name)],
            "post_logout_redirect_uris": ["%s/%s/bye" % (CALLBACK, name)], **change}
        wanted = {k: v for k, v in metadata.items() if v is not None}
        made = self.demo.add_client(**wanted)
        return RelyingParty(self.demo, {"redirect_uris": [CALLBACK], **wanted, **made})

    def log_in(self, agent, page, person=None):
        """Takes an agent from the login page through ThaID; the page where it ends."""
        page = agent.press(page, "ThaiID")
        return self.phone.approve_and_return(agent, page, person or self.somebody)

    def logged_in(self, person=None):
        """A browser with a session. The login through ThaID is done once a person, then copied:
        tests that end the session ask for fresh() instead."""
        person = person or self.somebody
        key = person["pid"]
        if key not in self.jars:
            self.jars[key] = self.fresh(person)
        agent = self.jars[key].clone()
        if self.is_inside(agent.open(self.demo.issuer + "/apps")):
            return agent
        self.jars[key] = self.fresh(person)
        return self.jars[key].clone()

    def fresh(self, person=None):
        """A browser with a session of its own."""
        agent = self.agent()
        page = self.log_in(agent, agent.open(self.demo.issuer + "/apps"), person)
        assert self.is_inside(page), (page.url, page.text[:400])
        return agent

    def is_inside(self, page):
        """True for the launcher of somebody who is logged in."""
        return page.url.startswith(self.demo.issuer + "/apps") and any(
            form.value("csrf") for form in page.forms)
