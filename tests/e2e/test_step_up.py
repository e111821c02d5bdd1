# SPDX-License-Identifier: AGPL-3.0-or-later
"""A demo portal's API that wants a fresh login (RFC 9470), and a payment that a portal pushes and a
person approves (RFC 9126, RFC 9396), over plain HTTP."""

import json
import os
import shutil
import subprocess
from urllib.parse import parse_qs, urlsplit

import npm
from harness import CALLBACK
from relying_party import Answer

MAX_AGE = 120  # seconds, of the demo portals
PAYMENT = {
    "type": "payment_approval", "transaction_id": "T-2569-1", "amount": "1234567.50",
    "currency": "THB", "debtor_account": "1234567890", "execution_date": "2026-12-31",
    "items": [
        {"creditor_name": "หจก. ก่อสร้างไทย", "creditor_account": "9876543210", "amount": "1234000.00"},
        {"creditor_name": "ร้าน ข", "creditor_account": "1112223334", "amount": "567.50"}]}


def test_the_demo_portal_steps_up(world):
    agent = world.fresh()
    portal = world.demo.portals[0]["url"]
    agent.open(portal + "/login")
    page = agent.open(portal + "/me/sensitive")
    assert page.status == 200 and "HTTP 200" in page.text
    world.demo.clock.forward(MAX_AGE + 1)
    assert "HTTP 200" in agent.open(portal + "/me/api").text, "records need no fresh login"
    page = agent.open(portal + "/me/sensitive")
    assert page.url.startswith(world.demo.issuer) and "ThaiID" in page.text
    page = world.log_in(agent, page)
    assert page.url.startswith(portal + "/me/sensitive") and "HTTP 200" in page.text


def test_the_demo_bank_pushes_a_payment(world):
    agent = world.fresh()
    portal = world.demo.portals[2]["url"]
    agent.open(portal + "/login")
    page = agent.press(agent.open(portal + "/pay"), "ส่งรายการเพื่ออนุมัติ")
    assert page.url.startswith(world.demo.issuer) and "1,234,567.50 บาท" in page.text
    refused = agent.press(page, "ไม่ยืนยัน")
    assert refused.url.startswith(portal) and "access_denied" in refused.text
    assert "ยังไม่ได้อนุมัติรายการจ่ายเงิน" in refused.text and "ออกจากระบบ" in refused.text
    page = agent.press(agent.open(portal + "/pay"), "ส่งรายการเพื่ออนุมัติ")
    page = agent.press(page, "ยืนยันรายการ")
    assert page.url == portal + "/pay" and "KTB-2569-0042" in page.text
    assert "อนุมัติรายการจ่ายเงินแล้ว" in page.text


def test_a_payment_is_pushed_and_approved(world):
    agent = world.fresh()
    party = world.new_party("bank", authorization_details_types=["payment_approval"],
                            require_pushed_authorization_requests=True, access_token_format="jwt",
                            redirect_uris=[CALLBACK + "/bank"])
    request = party.request(authorization_details=json.dumps([PAYMENT], ensure_ascii=False))
    sent = {k: v for k, v in request.items() if not k.startswith("_")}
    pushed = party.post("pushed_authorization_request_endpoint", sent)
    assert pushed.status_code == 201 and 0 < pushed.json()["expires_in"] < 600
    address = party.url({"client_id": party.id, "request_uri": pushed.json()["request_uri"]})
    page = agent.open(address)
    for words in ("1,234,567.50 บาท", "หนึ่งล้านสองแสนสามหมื่นสี่พันห้าร้อยหกสิบเจ็ดบาทห้าสิบสตางค์",
                  "หจก. ก่อสร้างไทย", "1112223334", "31 ธันวาคม 2569"):
        assert words in page.text, words
    assert "ตรวจสอบข้อมูลให้ถูกต้อง" in agent.open(address).text, "a reload shows it again"
    back = agent.press(page, "ยืนยันรายการ")
    tokens = party.redeem(Answer(back, request)).json()
    assert tokens["authorization_details"] == [PAYMENT]
    assert party.verify(tokens["access_token"])["authorization_details"] == [PAYMENT]
    assert agent.open(address).status == 400, "the request was used twice"
    refused = party.authorize(agent)  # not pushed
    assert refused.get("error") == "invalid_request"


def test_openid_client_pushes_a_payment(world, tmp_path):
    """The library's own names, from discovery to introspection."""
    agent = world.fresh()
    made = world.demo.add_client(
        client_name="Bank", system=world.system, redirect_uris=[CALLBACK + "/openid-client"],
        scope="openid", id_token_signed_response_alg="ES256",
        authorization_details_types=["payment_approval"],
        require_pushed_authorization_requests=True)
    npm.installed("openid-client", npm.PORTALS)
    shutil.copy(npm.PORTALS / "openid-client" / "par.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(npm.PORTALS / "node_modules")
    with subprocess.Popen(
            ["node", "par.mjs"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "NO_PROXY": "localhost,127.0.0.1"}) as portal:
        def ask(given):
            print(json.dumps(given), file=portal.stdin, flush=True)
            return json.loads(portal.stdout.readline())

        address = ask({"issuer": world.demo.issuer, "client_id": made["client_id"],
                       "client_secret": made["client_secret"], "details": [PAYMENT],
                       "redirect_uri": CALLBACK + "/openid-client"})["url"]
        assert set(parse_qs(urlsplit(address).query)) == {"client_id", "request_uri"}
        back = agent.press(agent.open(address), "ยืนยันรายการ").sent_to
        told = ask({"back": back})
    assert told["granted"] == told["introspected"] == [PAYMENT]
    assert told["acr"] and told["auth_time"] <= world.demo.clock.now()
