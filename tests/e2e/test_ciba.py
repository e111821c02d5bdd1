# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backchannel authentication (CIBA): openid-client by poll and ping, and a client without a library.
The person answers on the account page, to which a mail leads."""

import json
import os
import shutil
import subprocess

import requests

import npm
from harness import free_port

GRANT = "urn:openid:params:grant-type:ciba"
PORTAL = npm.PORTALS / "openid-client" / "ciba.mjs"


def register(world, name, **change):
    return world.demo.add_client(**{
        "client_name": name, "system": world.system, "scope": "openid profile offline_access",
        "grant_types": [GRANT, "refresh_token"], "id_token_signed_response_alg": "ES256",
        "backchannel_token_delivery_mode": "poll", **change})


def answer(world, agent, word):
    """Finds the request among those that wait, and answers it; the page it was on."""
    waiting = agent.open(world.demo.issuer + "/account/requests")
    page = agent.press(waiting, "ดูและตอบคำขอ")
    done = agent.press(page, word)
    assert done.url.startswith(world.demo.issuer + "/account/requests?done="), done.text[:400]
    return page


class OpenidClient:
    def __init__(self, world, home, made, **given):
        npm.installed("openid-client", npm.PORTALS)
        shutil.copy(PORTAL, home)
        (home / "node_modules").symlink_to(npm.PORTALS / "node_modules")
        self.process = subprocess.Popen(
            ["node", "ciba.mjs"], cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "NO_PROXY": "localhost,127.0.0.1"})
        given = {"issuer": world.demo.issuer, "client_id": made["client_id"],
                 "client_secret": made["client_secret"], **given}
        self.process.stdin.write(json.dumps(given))
        self.process.stdin.close()

    def says(self):
        return json.loads(self.process.stdout.readline())

    def end(self):
        assert self.process.wait(timeout=10) == 0


def asks(world):
    return {"login_hint": world.somebody["username"], "binding_message": "รหัส AB-1234"}


def test_openid_client_polls(world, tmp_path):
    portal = OpenidClient(world, tmp_path, register(world, "CIBA poll"), parameters=asks(world))
    assert portal.says()["interval"] == 5
    page = answer(world, world.fresh(), "อนุมัติ")
    assert "รหัส AB-1234" in page.text
    assert portal.says()["claims"]["acr"]
    portal.end()


def test_openid_client_is_notified(world, tmp_path):
    port = free_port()
    made = register(world, "CIBA ping", backchannel_token_delivery_mode="ping",
                    backchannel_client_notification_endpoint="http://127.0.0.1:%d/ciba" % port)
    portal = OpenidClient(world, tmp_path, made, parameters=asks(world), port=port)
    assert portal.says()["expires_in"] == 300
    answer(world, world.fresh(), "อนุมัติ")
    assert portal.says()["scope"] == "openid"
    portal.end()


def test_a_client_without_a_library(world):
    made = register(world, "CIBA raw")
    credentials = (made["client_id"], made["client_secret"])
    document = requests.get(world.demo.issuer + "/.well-known/openid-configuration", timeout=5).json()

    def post(endpoint, **form):
        return requests.post(document[endpoint], form, auth=credentials, timeout=5)

    def poll():
        return post("token_endpoint", grant_type=GRANT, auth_req_id=asked["auth_req_id"])

    assert post("backchannel_authentication_endpoint", scope="openid",
                login_hint="nobody").json()["error"] == "unknown_user_id"
    asked = post("backchannel_authentication_endpoint", scope="openid", **asks(world)).json()
    assert poll().json()["error"] == "authorization_pending"
    early = poll()
    assert (early.status_code, early.json()["error"], early.headers["Retry-After"]) == (
        400, "slow_down", "10")
    answer(world, world.fresh(), "ไม่อนุมัติ")
    assert poll().json()["error"] == "access_denied"
    asked = post("backchannel_authentication_endpoint", scope="openid", **asks(world)).json()
    answer(world, world.fresh(), "อนุมัติ")
    tokens = poll().json()
    assert tokens["id_token"] and tokens["refresh_token"]
    assert poll().json()["error"] == "invalid_grant"
    assert post("token_endpoint", grant_type="refresh_token",
                refresh_token=tokens["refresh_token"]).status_code == 200
