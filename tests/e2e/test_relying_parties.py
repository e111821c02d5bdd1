# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three relying parties nobody here wrote: mod_auth_openidc under Apache, Authlib in Flask,
openid-client in Node. Each is registered by `pratu client add --file`, logs a person in through
the simulated ThaID, refreshes, and logs out."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
import requests

import npm

from agent import Agent
from harness import free_port, run, wait_for

HERE = Path(__file__).parent
SCOPE = "openid profile offline_access"


def register(world, name, port, alg="ES256", method="client_secret_basic", paths=("/callback", "/bye")):
    base = "http://localhost:%d" % port
    metadata = {
        "client_name": name, "system": world.system, "scope": SCOPE,
        "redirect_uris": [base + paths[0]], "post_logout_redirect_uris": [base + paths[1]],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": method, "id_token_signed_response_alg": alg}
    return {**metadata, **world.demo.add_client(**metadata)}


def through_thaid(world, agent, page):
    """From Pratu's login page back to the relying party."""
    assert page.url.startswith(world.demo.issuer), (page.status, page.url, page.text[:500])
    return world.log_in(agent, page)


def logged_out_everywhere(world, agent):
    stopping = world.agent()
    stopping.session.cookies = agent.session.cookies
    return world.party().authorize(stopping, prompt="none").get("error") == "login_required"


def answers(url):
    def ask():
        try:
            return requests.get(url, timeout=1, allow_redirects=False).status_code
        except requests.RequestException:
            return None
    return ask


def end(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# --- mod_auth_openidc ---

APACHE = """
ServerRoot /usr/lib/apache2
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {home}/httpd.pid
DefaultRuntimeDir {home}
Mutex file:{home} default
ErrorLog {home}/error.log
LogLevel info
{identity}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule headers_module modules/mod_headers.so
LoadModule auth_openidc_module modules/mod_auth_openidc.so
DocumentRoot {home}/www
<Location />
ForceType text/html
</Location>
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCIDTokenSignedResponseAlg ES256
OIDCRedirectURI http://localhost:{port}/protected/back
OIDCCryptoPassphrase {passphrase}
OIDCScope "{scope}"
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCInfoHook iat access_token access_token_expires id_token userinfo refresh_token session
OIDCSessionType server-cache:persistent
OIDCCacheType file
OIDCCacheDir {home}
<Location /protected>
AuthType openid-connect
Require valid-user
Header always set X-Subject "expr=%{{REMOTE_USER}}"
</Location>
"""


class Apache:
    def __init__(self, world, home):
        self.port = free_port()
        self.base = "http://localhost:%d" % self.port
        self.client = register(world, "Apache", self.port, paths=("/protected/back", "/bye.html"))
        (home / "www/protected").mkdir(parents=True)
        (home / "www/protected/index.html").write_text("<h1>inside</h1>")
        (home / "www/bye.html").write_text("<h1>bye</h1>")
        root = os.geteuid() == 0
        if root:
            for path in (home, *home.rglob("*"), *list(home.parents)[:3]):
                path.chmod(path.stat().st_mode | 0o055)
            shutil.chown(home, "www-data", "www-data")
        config = home / "httpd.conf"
        config.write_text(APACHE.format(
            port=self.port, home=home, issuer=world.demo.issuer, scope=SCOPE,
            passphrase=os.urandom(16).hex(), client_id=self.client["client_id"],
            client_secret=self.client["client_secret"],
            identity="User www-data\nGroup www-data" if root else ""))
        self.log = home / "error.log"
        self.process = subprocess.Popen(["/usr/sbin/apache2", "-f", str(config), "-DFOREGROUND"])
        wait_for(answers(self.base + "/bye.html"), 15, "Apache")

    def info(self, agent):
        return agent.open(self.base + "/protected/back?info=json").response.json()


@pytest.fixture(scope="module")
def apache(world, tmp_path_factory):
    server = Apache(world, tmp_path_factory.mktemp("apache"))
    yield server
    end(server.process)


def apache_login(world, apache):
    agent = Agent()
    page = through_thaid(world, agent, agent.open(apache.base + "/protected/index.html"))
    assert page.status == 200 and "inside" in page.text, (
        page.url, page.text[:300], apache.log.read_text()[-1500:])
    return agent, page


def test_apache_login(world, apache):
    agent, page = apache_login(world, apache)
    info = apache.info(agent)
    assert page.headers["X-Subject"].startswith(info["userinfo"]["sub"])
    assert info["id_token"]["iss"] == world.demo.issuer
    assert info["id_token"]["aud"] == apache.client["client_id"]
    assert info["userinfo"]["name"] and info["refresh_token"]


def test_apache_refresh(world, apache):
    agent, _ = apache_login(world, apache)
    before = apache.info(agent)
    page = agent.open("%s/protected/back?refresh=%s/protected/index.html&access_token=%s" % (
        apache.base, apache.base, before["access_token"]))
    assert page.status == 200 and "error_code" not in page.url
    after = apache.info(agent)
    assert after["access_token"] != before["access_token"]


def test_apache_logout(world, apache):
    agent, _ = apache_login(world, apache)
    page = agent.open("%s/protected/back?logout=%s/bye.html" % (apache.base, apache.base))
    assert page.url.startswith(apache.base + "/bye.html"), (page.url, page.text[:400])
    assert logged_out_everywhere(world, agent)
    assert agent.open(apache.base + "/protected/index.html").url.startswith(world.demo.issuer)


def test_apache_refusal(world, apache):
    agent = Agent()
    page = agent.press(agent.open(apache.base + "/protected/index.html"), "ThaiID")
    page = world.phone.refuse_and_return(agent, page)
    assert "inside" not in page.text


# --- Authlib ---

def authlib_app(world, client, base):
    from authlib.integrations.flask_client import OAuth
    from flask import Flask, jsonify, redirect, session, url_for

    app = Flask("authlib-relying-party")
    app.secret_key = os.urandom(16)
    app.config["SESSION_COOKIE_NAME"] = "authlib"
    pratu = OAuth(app).register(
        "pratu", client_id=client["client_id"], client_secret=client["client_secret"],
        server_metadata_url=world.demo.issuer + "/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256",
                       "token_endpoint_auth_method": client["token_endpoint_auth_method"]})
    kept = {}

    @app.get("/login")
    def login():
        return pratu.authorize_redirect(base + "/callback")

    @app.get("/callback")
    def callback():
        token = pratu.authorize_access_token()
        kept.update(token)
        session["who"] = token["userinfo"]["sub"]
        return redirect(url_for("me"))

    @app.get("/me")
    def me():
        if "who" not in session:
            return jsonify(error="not logged in"), 401
        return jsonify(claims=kept["userinfo"], userinfo=pratu.userinfo(token=kept),
                       token=kept["access_token"])

    @app.get("/refresh")
    def refresh():
        server = pratu.load_server_metadata()
        with pratu._get_oauth_client(**server) as http:
            kept.update(http.refresh_token(server["token_endpoint"],
                                           refresh_token=kept["refresh_token"]))
        return redirect(url_for("me"))

    @app.get("/logout")
    def logout():
        session.clear()
        target = requests.Request("GET", pratu.load_server_metadata()["end_session_endpoint"], params={
            "id_token_hint": kept["id_token"], "post_logout_redirect_uri": base + "/bye",
            "state": "leaving"}).prepare().url
        return redirect(target)

    @app.get("/bye")
    def bye():
        from flask import request
        return jsonify(bye="?" + request.query_string.decode())

    return app


class Authlib:
    def __init__(self, world, method, alg):
        from werkzeug.serving import make_server

        port = free_port()
        self.base = "http://localhost:%d" % port
        self.client = register(world, "Authlib", port, alg, method)
        self.server = make_server("localhost", port, authlib_app(world, self.client, self.base),
                                  threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()


# --- openid-client ---

class OpenidClient:
    def __init__(self, world, method, alg):
        npm.installed("openid-client")
        port = free_port()
        self.base = "http://localhost:%d" % port
        self.client = register(world, "openid-client", port, alg, method)
        self.process = subprocess.Popen(["node", "relying_party.js"], cwd=HERE / "node", text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, "NODE_NO_WARNINGS": "1"})
        self.process.stdin.write(json.dumps(
            {"issuer": world.demo.issuer, "client": self.client, "port": port}))
        self.process.stdin.close()
        assert self.process.stdout.readline().strip() == "ready"

    def stop(self):
        end(self.process)


@pytest.fixture(scope="module", params=[
    (Authlib, "client_secret_basic", "ES256"), (Authlib, "client_secret_post", "RS256"),
    (OpenidClient, "client_secret_basic", "ES256"), (OpenidClient, "client_secret_post", "PS256"),
    (OpenidClient, "none", "ES256")], ids=lambda p: "%s-%s-%s" % (p[0].__name__, p[1], p[2]))
def party(request, world):
    kind, method, alg = request.param
    running = kind(world, method, alg)
    yield running
    running.stop()


def log_in(world, party):
    agent = Agent()
    page = through_thaid(world, agent, agent.open(party.base + "/login"))
    assert page.status == 200, (page.url, page.response.text[:800])
    return agent, page.response.json()


def test_login(world, party):
    agent, seen = log_in(world, party)
    assert seen["claims"]["iss"] == world.demo.issuer
    assert seen["claims"]["aud"] in (party.client["client_id"], [party.client["client_id"]])
    assert seen["claims"]["sub"] == seen["userinfo"]["sub"]
    assert seen["userinfo"]["name"]
    again = agent.open(party.base + "/login")
    assert again.url.startswith(party.base), "the second login asked again"


def test_refresh(world, party):
    agent, before = log_in(world, party)
    after = agent.open(party.base + "/refresh").response.json()
    assert after["token"] != before["token"]
    assert after["userinfo"]["sub"] == before["userinfo"]["sub"]


def test_logout(world, party):
    agent, before = log_in(world, party)
    page = agent.open(party.base + "/logout")
    assert page.response.json() == {"bye": "?state=leaving"}
    assert logged_out_everywhere(world, agent)
    assert agent.open(party.base + "/me").status == 401
    assert agent.open(party.base + "/login").url.startswith(world.demo.issuer)


def test_refusal(world, party):
    agent = Agent()
    page = agent.press(agent.open(party.base + "/login"), "ThaiID")
    page = world.phone.refuse_and_return(agent, page)
    assert '"claims"' not in page.response.text
