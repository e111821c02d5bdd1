# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples of docs/connecting-a-portal.md and docs/portals, run as they stand there: only the
issuer, the ports and the secrets are those of the test."""

import base64
import json
import os
import re
import subprocess

import pytest
import requests

import npm
from agent import Agent
from harness import ROOT, free_port, wait_for

PAGE = ROOT / "docs" / "connecting-a-portal.md"
GATEWAYS = ROOT / "docs" / "portals" / "gateways.md"
PYTHON = "/usr/bin/python3"
API = "https://api.example.go.th"


def blocks(page, language):
    return re.findall(r"^```%s\n(.*?)^```$" % language, page.read_text(encoding="utf-8"), re.M | re.S)


def block_with(page, language, part):
    found = [b for b in blocks(page, language) if part in b]
    assert len(found) == 1, "%s: %d examples with %s" % (page.name, len(found), part)
    return found[0]


class Portal:
    """One web portal, as web.json of the page registers it, on a port of the test."""

    def __init__(self, world, name):
        self.port = free_port()
        self.base = "http://localhost:%d" % self.port
        metadata = json.loads(self.here(block_with(PAGE, "json", '"client_id": "my-portal"')))
        self.made = world.demo.add_client(**{**metadata, "client_id": name, "system": world.system})

    def here(self, text):
        return text.replace("http://localhost:19080", self.base)

    def run(self, world, home, *command):
        log = open(home / "log", "w", encoding="utf-8")
        return subprocess.Popen(command, cwd=home, stdout=log, stderr=log, env={
            **os.environ, "NO_PROXY": "localhost", "ISSUER": world.demo.issuer,
            "CLIENT_SECRET": self.made["client_secret"]})

    def log_in(self, world, home, process):
        def answers():
            assert process.poll() is None, (home / "log").read_text()
            try:
                return requests.get(self.base + "/bye", timeout=5, allow_redirects=False).status_code
            except requests.RequestException:
                return None
        try:
            wait_for(answers, 60, self.base)
            agent = Agent()
            page = world.log_in(agent, agent.open(self.base + "/"))
            assert page.url.startswith(self.base), (page.url, page.text, (home / "log").read_text())
            return agent, page
        except BaseException:
            process.kill()
            raise


@pytest.mark.parametrize("number", range(len([b for b in blocks(PAGE, "json") if '"client_id"' in b])))
def test_each_registration_is_accepted(world, number):
    metadata = json.loads([b for b in blocks(PAGE, "json") if '"client_id"' in b][number])
    made = world.demo.add_client(**{**metadata, "client_id": "recipe-%d" % number, "system": world.system,
                                    **({"introspects": [API]} if "introspects" in metadata else {})})
    assert made["client_name"] == metadata["client_name"]
    assert ("client_secret" in made) == (metadata.get("token_endpoint_auth_method") != "none")


def test_authlib(world, tmp_path):
    portal = Portal(world, "my-portal")
    (tmp_path / "app.py").write_text(portal.here(block_with(PAGE, "python", "Flask(__name__)")))
    process = portal.run(world, tmp_path, PYTHON, "-B", "-m", "flask", "--app", "app", "run", "--port",
                         str(portal.port))
    try:
        agent, page = portal.log_in(world, tmp_path, process)
        seen = page.response.json()
        assert seen["name"] and seen["roles"]
        assert agent.open(portal.base + "/logout").url == portal.base + "/bye"
    finally:
        process.kill()
        process.wait(timeout=20)
        world.demo.good("client", "remove", "my-portal")


def test_openid_client(world, tmp_path):
    npm.installed("openid-client")
    portal = Portal(world, "my-portal-of-node")
    text = portal.here(block_with(PAGE, "js", "Issuer.discover")).replace("listen(19080", "listen(%d" % portal.port)
    (tmp_path / "portal.mjs").write_text(text.replace("'my-portal'", "'my-portal-of-node'"))
    (tmp_path / "node_modules").symlink_to(npm.NODE / "node_modules")
    process = portal.run(world, tmp_path, "node", "portal.mjs")
    try:
        _, page = portal.log_in(world, tmp_path, process)
        seen = json.loads(page.response.text)
        assert seen["person"]["name"] and seen["roles"]
    finally:
        process.kill()
        process.wait(timeout=20)


@pytest.fixture
def machine(world):
    """The program without a person of the page; its tokens are JWTs of the API."""
    metadata = json.loads(block_with(PAGE, "json", '"client_id": "my-batch-job"'))

    def make(name, **change):
        made = world.demo.add_client(**{**metadata, "client_id": name, "system": world.system, **change})
        answer = requests.post(world.demo.issuer + "/oauth2/token", timeout=10, auth=(name, made["client_secret"]),
                               data={"grant_type": "client_credentials", "scope": "report:read"})
        assert answer.status_code == 200, answer.text
        return made, answer.json()["access_token"]
    return make


def test_jwt_access_token(world, machine, tmp_path):
    _, token = machine("jwt-job", access_token_format="jwt", access_token_signed_response_alg="ES256")
    (tmp_path / "check.py").write_text(block_with(PAGE, "python", "import_key_set"))

    def check(text):
        return subprocess.run([PYTHON, "-B", "check.py"], cwd=tmp_path, input=text, text=True, capture_output=True,
                              env={**os.environ, "ISSUER": world.demo.issuer, "NO_PROXY": "localhost"})

    good = check(token)
    assert good.returncode == 0 and "'aud': '%s'" % API in good.stdout, good.stderr
    assert check(token[:-4] + "AAAA").returncode != 0
    assert check(world.party().tokens(world.logged_in()).id).returncode != 0


def test_introspection(world, machine):
    made, token = machine("opaque-job")
    api = json.loads(block_with(PAGE, "json", '"client_id": "my-api"'))
    caller = world.demo.add_client(**{**api, "client_id": "recipe-api", "system": world.system, "introspects": [API]})
    answer = requests.post(world.demo.issuer + "/oauth2/introspect", timeout=10, data={"token": token},
                           auth=("recipe-api", caller["client_secret"])).json()
    assert answer["active"] and answer["client_id"] == made["client_id"] and answer["aud"] == API


def test_key_as_pem(world, machine, tmp_path):
    """A gateway that takes no JWKS: openssl verifies a token by the PEM of the recipe."""
    _, token = machine("pem-job", access_token_format="jwt", access_token_signed_response_alg="RS256")
    keys = requests.get(world.demo.issuer + "/oauth2/jwks", timeout=10).text
    pem = subprocess.run([PYTHON, "-c", block_with(GATEWAYS, "python", "export_to_pem")], input=keys, text=True,
                         capture_output=True, check=True).stdout
    assert pem.count("BEGIN PUBLIC KEY") == 1
    head, body, signature = token.split(".")
    (tmp_path / "key").write_text(pem)
    (tmp_path / "text").write_text(head + "." + body)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", "key", "-signature", "signature", "text"],
                          cwd=tmp_path, text=True, capture_output=True)
    assert done.stdout.strip() == "Verified OK", done.stderr
