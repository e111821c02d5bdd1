# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small OpenID provider whose answers a test bends: what the demo portals must not believe."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from jwcrypto import jwk, jws


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Provider:
    def __init__(self):
        self.key = jwk.JWK.generate(kty="EC", crv="P-256", kid="one", use="sig", alg="ES256")
        self.other = jwk.JWK.generate(kty="EC", crv="P-256", kid="one", use="sig", alg="ES256")
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.serve(self, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.serve(self, dict(parse_qsl(body)))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://localhost:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self):
        self.id_claims, self.access_claims, self.header = {}, {}, {}
        self.sign_with = self.key
        self.token_status, self.userinfo_sub, self.active = 200, "subject-1", True
        self.par_status, self.details = 201, None
        self.nonce = None
        self.seen = []  # (path, form, headers)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def sign(self, claims, typ, header=None):
        signed = jws.JWS(json.dumps(claims))
        signed.add_signature(self.sign_with, None, json.dumps(
            {"alg": "ES256", "kid": "one", "typ": typ, **(header or {})}))
        return signed.serialize(compact=True)

    def access_token(self, client="me", **change):
        now = int(time.time())
        claims = {"iss": self.url, "sub": "subject-1", "aud": client, "client_id": client,
                  "iat": now, "exp": now + 300, **self.access_claims, **change}
        return self.sign({k: v for k, v in claims.items() if v is not None}, "at+jwt")

    def id_token(self, access_token):
        now = int(time.time())
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {"iss": self.url, "sub": "subject-1", "aud": "me", "iat": now, "exp": now + 300,
                  "nonce": self.nonce, "at_hash": b64(digest), "roles": ["editor"],
                  **self.id_claims}
        claims = {k: v for k, v in claims.items() if v is not None}
        return self.forge(claims, "JWT", self.header)

    def forge(self, claims, typ, header):
        """Signed, unless header names an algorithm that is none of a signature with our key."""
        forged = header.get("alg")
        header = {"typ": typ, **header}
        text = "%s.%s" % (b64(json.dumps(header).encode()), b64(json.dumps(claims).encode()))
        if forged == "none":
            return text + "."
        if forged == "HS256":
            key = json.dumps(self.key.export_public(as_dict=True)).encode()
            return text + "." + b64(hmac.new(key, text.encode(), "sha256").digest())
        return self.sign(claims, typ, header)

    # --- HTTP ---

    def serve(self, request, form):
        path = request.path.split("?")[0]
        self.seen.append((path, form, request.headers))
        answer = getattr(self, "answer_" + path.strip("/.").split("/")[-1].replace("-", "_"))
        status, body = answer(form, request.headers)
        data = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def answer_openid_configuration(self, form, headers):
        return 200, {
            "issuer": self.url, "authorization_endpoint": self.url + "/authorize",
            "token_endpoint": self.url + "/token", "userinfo_endpoint": self.url + "/userinfo",
            "jwks_uri": self.url + "/jwks", "introspection_endpoint": self.url + "/introspect",
            "end_session_endpoint": self.url + "/logout",
            "pushed_authorization_request_endpoint": self.url + "/par"}

    def answer_jwks(self, form, headers):
        return 200, {"keys": [self.key.export_public(as_dict=True)]}

    def answer_token(self, form, headers):
        if self.token_status != 200:
            return self.token_status, {"error": "invalid_grant"}
        access = self.access_token()
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 300,
                     "id_token": self.id_token(access),
                     **({"authorization_details": self.details} if self.details else {})}

    def answer_par(self, form, headers):
        if self.par_status != 201:
            return self.par_status, {"error": "invalid_authorization_details"}
        return 201, {"request_uri": "urn:example:1", "expires_in": 60}

    def answer_userinfo(self, form, headers):
        return 200, {"sub": self.userinfo_sub, "name": "นายสมชาย <b>ใจดี</b>"}

    def answer_introspect(self, form, headers):
        if not self.active:
            return 200, {"active": False}
        now = int(time.time())
        return 200, {"active": True, "iss": self.url, "sub": "subject-1", "aud": "me",
                     "iat": now, "exp": now + 300, **self.access_claims}
