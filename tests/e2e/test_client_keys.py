# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clients with keys of their own, with jwcrypto's signatures: their commands, what is kept over a
`kill -9`, a set of keys that a portal of the test publishes, and which keys Pratu publishes."""

import json
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from jwcrypto import jwk, jwt

from harness import free_port
from plain_site import PlainSite

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MACHINE = {"client_id": "signer", "client_name": "S", "system": "plan", "scope": "report:read",
           "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt"}


def new_key():
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    return jwk.JWK(**{**key.export(as_dict=True), "kid": key.thumbprint(), "alg": "ES256"})


def jwks_of(*keys):
    return {"keys": [key.export_public(as_dict=True) for key in keys]}


def assertion(site, key, **change):
    now = int(time.time())
    claims = {"iss": "signer", "sub": "signer", "aud": site.issuer, "iat": now, "exp": now + 60,
              "jti": uuid.uuid4().hex, **change}
    made = jwt.JWT(header={"alg": "ES256", "kid": key["kid"]}, claims=claims)
    made.make_signed_token(key)
    return made.serialize()


def token(site, signed):
    return requests.post(site.issuer + "/oauth2/token", timeout=20, data={
        "grant_type": "client_credentials", "client_assertion_type": TYPE,
        "client_assertion": signed})


@contextmanager
def publishing(keys):
    """A portal that serves the list of keys, whatever is in it; yields address and requests."""
    seen = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            seen.append(self.path)
            body = json.dumps(jwks_of(*keys)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield "http://127.0.0.1:%d/jwks.json" % server.server_port, seen
    finally:
        server.shutdown()
        server.server_close()


def test_used_up_over_a_crash():
    """Attack row 6: what was used before `kill -9` is used after it."""
    key = new_key()
    with PlainSite() as site:
        site.fill()
        made = json.loads(site.good("client", "add", "--file", site.file(
            "s.json", {**MACHINE, "jwks": jwks_of(key)})))
        assert "client_secret" not in made and made["jwks"] == jwks_of(key)
        signed = assertion(site, key)
        with site.serve() as process:
            assert token(site, signed).status_code == 200
            process.kill()
            process.wait()
        with site.serve():
            refused = token(site, signed)
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
            assert token(site, assertion(site, key)).status_code == 200
            rules = [e["rule"] for e in site.events("oauth_error")]
            assert rules == ["CLIENT_ASSERTION_USED"], rules


def test_keys_at_an_address():
    """oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation; and an address that the
    configuration does not permit is neither registered nor called."""
    keys = [new_key()]
    with PlainSite() as site, publishing(keys) as (address, seen):
        site.fill()
        client = site.file("s.json", {**MACHINE, "jwks_uri": address})
        refused = site.run("client", "add", "--file", client)
        assert refused.returncode != 0 and "jwks_uri" in refused.stderr, refused
        config = site.config.read_text(encoding="utf-8")
        site.config.write_text(config + "\noutgoing:\n  private_networks: [127.0.0.1]\n",
                               encoding="utf-8")
        site.good("client", "add", "--file", client)
        with site.serve() as process:
            for _ in range(3):
                assert token(site, assertion(site, keys[0])).status_code == 200
            assert seen == ["/jwks.json"]
            keys[:] = [new_key()]
            assert token(site, assertion(site, keys[0])).status_code == 200
            assert len(seen) == 2
            assert site.stop(process) == 0
        site.config.write_text(config, encoding="utf-8")
        with site.serve():
            assert token(site, assertion(site, keys[0])).status_code == 401
            assert len(seen) == 2
            failed = site.events("client_keys_unavailable")
            assert [e["client"] for e in failed] == ["signer"], failed


def algs(site):
    return sorted(key["alg"] for key in json.loads(site.get("/oauth2/jwks")[1])["keys"])


def test_only_keys_that_a_client_uses():
    """Registered on a running server: the key is published before its first token."""
    with PlainSite() as site:
        site.fill()
        with site.serve():
            # That of init, and that of the client of fill().
            assert algs(site) == ["ES256", "RS256"], algs(site)
            secret = json.loads(site.good("client", "add", "--file", site.file("p.json", {
                "client_id": "ps", "client_name": "P", "system": "plan", "scope": "report:read",
                "grant_types": ["client_credentials"], "access_token_format": "jwt",
                "access_token_signed_response_alg": "PS256"})))["client_secret"]
            made = requests.post(site.issuer + "/oauth2/token", auth=("ps", secret), timeout=20,
                                 data={"grant_type": "client_credentials"}).json()
            published = jwk.JWKSet.from_json(site.get("/oauth2/jwks")[1].decode())
            jwt.JWT(jwt=made["access_token"], key=published)
            assert "PS256" in algs(site)
        with site.serve():
            assert "PS256" in algs(site)
            states = {k["alg"]: k["state"] for k in json.loads(site.good("keys", "list"))}
            assert states["PS256"] == "active", states
