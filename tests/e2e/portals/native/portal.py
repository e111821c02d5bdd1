# SPDX-License-Identifier: AGPL-3.0-or-later
"""A command-line program of a person (RFC 8252); pratu.json beside it is what `pratu client add`
printed. It opens the browser, answers the one request that comes back, says who it is, refreshes,
and logs out: its own tokens, and then the browser's session.

Packages: python3-requests, python3-jwcrypto."""
import base64
import hashlib
import json
import secrets
import sys
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from jwcrypto import jwk, jwt

CONFIG = json.loads((Path(__file__).parent / "pratu.json").read_text(encoding="utf-8"))
METADATA = requests.get(CONFIG["discovery"], timeout=10).json()
CLIENT = {"client_id": CONFIG["client_id"]}


class OneRequest(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write("เข้าสู่ระบบแล้ว ปิดหน้านี้ได้".encode())

    def log_message(self, *_):
        pass


def open_browser(url):
    print(url, flush=True)  # also for who works on another machine
    if "--no-browser" not in sys.argv:
        webbrowser.open(url)


def post(endpoint, **form):
    answer = requests.post(METADATA[endpoint], data={**CLIENT, **form}, timeout=10)
    answer.raise_for_status()
    return answer.json()


def claims_of(id_token, nonce):
    keys = jwk.JWKSet.from_json(requests.get(METADATA["jwks_uri"], timeout=10).text)
    token = jwt.JWT(jwt=id_token, key=keys, algs=[CONFIG["id_token_signed_response_alg"]], check_claims={
        "iss": CONFIG["issuer"], "aud": CONFIG["client_id"], "exp": int(time.time())})
    claims = json.loads(token.claims)
    if nonce and claims.get("nonce") != nonce:
        sys.exit("the ID token is of another login")
    return claims


def log_in():
    server = HTTPServer(("127.0.0.1", 0), OneRequest)  # any free port: Pratu compares the rest
    back = "http://127.0.0.1:%d%s" % (server.server_port, urlsplit(CONFIG["redirect_uri"]).path)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    open_browser(METADATA["authorization_endpoint"] + "?" + urlencode({
        **CLIENT, "response_type": "code", "redirect_uri": back, "scope": CONFIG["scope"], "state": state,
        "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256"}))
    server.handle_request()
    if server.query.get("state") != state or server.query.get("iss") != CONFIG["issuer"]:
        sys.exit("the answer is of another login")
    if "code" not in server.query:
        sys.exit(server.query.get("error", "no code"))
    tokens = post("token_endpoint", grant_type="authorization_code", code=server.query["code"],
                  redirect_uri=back, code_verifier=verifier)
    return tokens, claims_of(tokens["id_token"], nonce)


if __name__ == "__main__":
    tokens, claims = log_in()
    bearer = {"Authorization": "Bearer " + tokens["access_token"]}  # so is an API called
    print(json.dumps({"claims": claims, "userinfo": requests.get(
        METADATA["userinfo_endpoint"], headers=bearer, timeout=10).json()}), flush=True)
    tokens = post("token_endpoint", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    print(json.dumps({"refreshed": claims_of(tokens["id_token"], None)["sub"]}), flush=True)
    post("revocation_endpoint", token=tokens["refresh_token"])
    open_browser(METADATA["end_session_endpoint"] + "?" + urlencode({**CLIENT, "id_token_hint": tokens["id_token"]}))
