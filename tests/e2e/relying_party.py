# SPDX-License-Identifier: AGPL-3.0-or-later
"""A relying party reduced to its messages, so that a test can bend each of them."""

import base64
import hashlib
import json
import secrets
from urllib.parse import quote_plus, urlencode

import requests
from jwcrypto import jwk, jws

from agent import Page
from harness import CALLBACK

LEEWAY = 5  # seconds between two clocks on one machine


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def s256(verifier):
    return b64url(hashlib.sha256(verifier.encode()).digest())


def json_part(token, part):
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Answer:
    """What came back from the authorization endpoint: parameters, or a page."""

    def __init__(self, page, request):
        self.page = page
        self.request = request
        self.verifier = request.get("_verifier")
        posted = getattr(page, "posted", None)
        self.values = posted if posted is not None else (page.params() if page.sent_to else {})

    def __getitem__(self, name):
        assert name in self.values, "no %s in %s (%d %s: %s)" % (
            name, self.values, self.page.status, self.page.url, self.page.text[:400])
        return self.values[name]

    def get(self, name):
        return self.values.get(name)


class RelyingParty:
    def __init__(self, demo, client):
        self.demo = demo
        self.client = client
        self.id = client["client_id"]
        self.secret = client.get("client_secret")
        self.method = client.get("token_endpoint_auth_method", "client_secret_basic")
        self.redirect_uri = client["redirect_uris"][0]
        self.http = requests.Session()
        self.http.trust_env = False
        self.metadata = self.http.get(
            demo.issuer + "/.well-known/openid-configuration", timeout=10).json()

    def request(self, **change):
        """An authorization request; a change to None leaves the parameter out."""
        verifier = secrets.token_urlsafe(48)
        values = {
            "response_type": "code", "client_id": self.id, "redirect_uri": self.redirect_uri,
            "scope": "openid profile", "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16), "code_challenge": s256(verifier),
            "code_challenge_method": "S256", "_verifier": verifier,
        }
        values.update(change)
        return {k: v for k, v in values.items() if v is not None}

    def url(self, request):
        wire = [(k, v) for k, v in request.items() if not k.startswith("_")]
        return self.metadata["authorization_endpoint"] + "?" + urlencode(wire)

    def authorize(self, agent, post=False, **change):
        """Sends the agent to the authorization endpoint and takes the answer as it comes."""
        request = self.request(**change)
        if post:
            wire = {k: v for k, v in request.items() if not k.startswith("_")}
            page = agent.open(self.metadata["authorization_endpoint"], "POST", wire)
        else:
            page = agent.open(self.url(request))
        return Answer(self.pass_form_post(agent, page), request)

    @staticmethod
    def pass_form_post(agent, page):
        """Presses the button of a form_post page: that form leads to the client itself."""
        for form in page.forms:
            if form.action.startswith(CALLBACK):
                return agent.submit(page, form)
        return page

    def authentication(self, method=None):
        """(headers, body members) of a client authentication method."""
        method = method or self.method
        if method == "client_secret_basic":
            raw = "%s:%s" % (quote_plus(self.id), quote_plus(self.secret or ""))
            return {"Authorization": "Basic " + base64.b64encode(raw.encode()).decode()}, {}
        if method == "client_secret_post":
            return {}, {"client_id": self.id, "client_secret": self.secret or "a-secret"}
        return {}, {"client_id": self.id}

    def post(self, endpoint, data, method=None):
        headers, members = self.authentication(method)
        return self.http.post(self.metadata[endpoint], data={**members, **data}, headers=headers,
                              timeout=30, allow_redirects=False)

    def redeem(self, answer, method=None, **change):
        """The token request for a code; a change to None leaves the parameter out."""
        data = {"grant_type": "authorization_code", "code": answer["code"],
                "redirect_uri": answer.request["redirect_uri"], "code_verifier": answer.verifier}
        data.update(change)
        return self.post("token_endpoint", {k: v for k, v in data.items() if v is not None}, method)

    def tokens(self, agent, **change):
        """Logs in (a session is there already) and redeems: the token response."""
        answer = self.authorize(agent, **change)
        response = self.redeem(answer)
        assert response.status_code == 200, response.text
        return Tokens(self, answer, response.json())

    def refresh(self, token, method=None, **more):
        return self.post("token_endpoint",
                         {"grant_type": "refresh_token", "refresh_token": token, **more}, method)

    def userinfo(self, access_token):
        return self.http.get(self.metadata["userinfo_endpoint"], timeout=10,
                             headers={"Authorization": "Bearer " + access_token})

    def introspect(self, token, **more):
        response = self.post("introspection_endpoint", {"token": token, **more})
        assert response.status_code == 200, response.text
        return response.json()

    def revoke(self, token, **more):
        return self.post("revocation_endpoint", {"token": token, **more})

    def keys(self):
        return jwk.JWKSet.from_json(
            self.http.get(self.metadata["jwks_uri"], timeout=10).text)

    def verify(self, token, alg=None):
        """Checks a signature with the published keys, by a library that is not ours."""
        header = json_part(token, 0)
        assert header["alg"] in ("ES256", "RS256", "PS256", "EdDSA")
        assert alg is None or header["alg"] == alg
        key = self.keys().get_key(header["kid"])
        assert key is not None, "kid %s is not published" % header["kid"]
        signed = jws.JWS()
        signed.deserialize(token)
        signed.verify(key, alg=header["alg"])
        return json.loads(signed.payload)


class Tokens:
    def __init__(self, party, answer, response):
        self.party = party
        self.answer = answer
        self.response = response
        self.access = response["access_token"]
        self.refresh = response.get("refresh_token")
        self.id = response.get("id_token")

    def claims(self, alg=None):
        """The verified ID token, every rule of OIDC Core 3.1.3.7 applied."""
        claims = self.party.verify(self.id, alg)
        now = self.party.demo.clock.now()
        assert claims["iss"] == self.party.demo.issuer
        aud = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        assert self.party.id in aud and (len(aud) == 1 or claims.get("azp") == self.party.id)
        assert claims["exp"] > now and abs(claims["iat"] - now) < 60 + LEEWAY
        assert 0 < len(claims["sub"]) <= 255 and claims["sub"].isascii()
        assert claims.get("nonce") == self.answer.request.get("nonce")
        if "at_hash" in claims:
            assert claims["at_hash"] == b64url(hashlib.sha256(self.access.encode()).digest()[:16])
        return claims

    def works(self):
        """True while the access token opens userinfo."""
        return self.party.userinfo(self.access).status_code == 200


def page_of(response):
    return Page(response)
