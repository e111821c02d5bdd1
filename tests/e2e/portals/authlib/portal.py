# SPDX-License-Identifier: AGPL-3.0-or-later
"""A portal on Authlib under Flask; pratu.py beside it is what `pratu client add` printed."""
import os
from urllib.parse import urlencode, urlsplit

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session

from pratu import LOGOUT_URI, PRATU, REDIRECT_URI

app = Flask(__name__)
app.secret_key = os.urandom(32)
app.config["SESSION_COOKIE_NAME"] = "portal"
pratu = OAuth(app).register("pratu", **PRATU)
kept = {}  # subject -> tokens; a cookie is too small for them


@app.get("/login")
def login():
    return pratu.authorize_redirect(REDIRECT_URI)


@app.get("/callback")
def callback():
    tokens = pratu.authorize_access_token()  # state, PKCE, nonce, signature and claims of the ID token
    session["sub"] = tokens["userinfo"]["sub"]
    kept[session["sub"]] = tokens
    return redirect("/me")


@app.get("/me")
def me():
    tokens = kept.get(session.get("sub"))
    if not tokens:
        return redirect("/login")
    return jsonify(claims=tokens["userinfo"], userinfo=pratu.userinfo(token=tokens),
                   token=tokens["access_token"])


@app.get("/refresh")
def refresh():
    tokens = kept[session["sub"]]
    metadata = pratu.load_server_metadata()
    with pratu._get_oauth_client(**metadata) as http:
        tokens.update(http.refresh_token(metadata["token_endpoint"],
                                         refresh_token=tokens["refresh_token"]))
    return redirect("/me")


@app.get("/logout")
def logout():
    tokens = kept.pop(session.pop("sub"))
    return redirect(pratu.load_server_metadata()["end_session_endpoint"] + "?" + urlencode({
        "id_token_hint": tokens["id_token"], "post_logout_redirect_uri": LOGOUT_URI}))


@app.get("/")
def home():
    return jsonify(portal="signed out")


if __name__ == "__main__":
    app.run("localhost", urlsplit(REDIRECT_URI).port)
