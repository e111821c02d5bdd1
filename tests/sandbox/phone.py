# SPDX-License-Identifier: AGPL-3.0-or-later
"""ThaID's page, the phone page, the settings page and the JSON API, as fingers use them."""

import html
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from sandbox import MALEE, SOMCHAI, payload, run  # noqa: E402


def qr_text(page):
    return html.unescape(re.search(r'id="qr-text">([^<]+)<', page.text).group(1))


def the_qr_page(box):
    path = box.begin()
    page = box.get(path)
    assert page.status == 200 and "<svg" in page.text and page.text.count("<script") == 1
    assert "ระบบทดสอบ &lt;b&gt;" in page.text and "<b>" not in page.text
    reference = re.search(r'id="reference">(\w{6})<', page.text).group(1)
    assert not set(reference) & set("01IO")
    assert [p["reference"] for p in box.pending()] == [reference]
    assert box.pending()[0]["qr"] == qr_text(page)
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+;url=%s"' % re.escape(
        html.escape(path)), page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def the_page_asks_and_goes_on(box):
    path = box.begin()
    status = path.replace("/thaid/login", "/thaid/status")
    assert box.get(status).json["state"] == "waiting"
    box.api("thaid/approve", qr=box.pending()[0]["qr"], pid=SOMCHAI)
    assert box.get(status).json == {"state": "approved", "location": path}
    assert box.come_back(path)["code"]
    assert box.get(status).json["state"] == "returned"
    assert box.get("/thaid/status?id=x").status == 404 and box.get("/thaid/login?id=x").status == 404


def expired(box):
    path = box.begin()
    box.settings(login_seconds=0)
    assert box.get(path).status == 410
    assert box.api("thaid/approve", reference="AAAAAA", pid=SOMCHAI).status == 404
    assert box.pending() == []


def approve_with_fingers(box):
    path = box.begin(scope="openid pid birthdate")
    scan = qr_text(box.get(path))
    people = box.get("/phone")
    assert "นายสมชาย ใจดี" in people.text and "1-2345-67890-12-1" in people.text
    assert "นางสาวมาลี ดีใจ" in people.text
    home = box.get("/phone?person=1")
    assert box.pending()[0]["reference"] in home.text
    confirm = box.form("/phone/scan", person=1, handle=scan)
    assert "ระบบทดสอบ" in confirm.text and "วันเดือนปีเกิด" in confirm.text and "ที่อยู่" not in confirm.text
    handle = re.search(r'name="qr" value="([^"]+)"', confirm.text).group(1)
    done = box.form("/phone/decide", person=1, qr=handle, decision="approve")
    assert 'id="result"' in done.text and "สำเร็จ" in done.text
    assert payload(box.token(box.come_back(path)["code"]).json["id_token"])["pid"] == MALEE
    again = box.form("/phone/decide", person=1, qr=handle, decision="approve")
    assert 'id="result"' not in again.text and 'role="alert"' in again.text


def refuse_with_fingers(box):
    path = box.begin()
    reference = box.pending()[0]["reference"].lower()
    confirm = box.form("/phone/scan", person=0, handle=" %s " % reference)
    handle = re.search(r'name="qr" value="([^"]+)"', confirm.text).group(1)
    assert "ปฏิเสธแล้ว" in box.form("/phone/decide", person=0, qr=handle, decision="refuse").text
    assert box.come_back(path)["error"] == "user_denied"


def wrong_fingers(box):
    for handle in ("", "NOBODY", "<script>"):
        page = box.form("/phone/scan", person=0, handle=handle)
        assert 'role="alert"' in page.text and "<script>" not in page.text
    assert box.form("/phone/scan", person=99, handle="x").status == 400
    assert box.form("/phone/decide", person=0, qr="x", decision="approve").status == 200
    assert "Whose phone" in box.get("/phone?person=99").text


def people(box):
    listed = box.get("/api/people").json["people"]
    assert [p["pid"] for p in listed] == [SOMCHAI, MALEE]
    assert listed[0]["name"] == "นายสมชาย ใจดี" and listed[0]["note"] == "คนแรก"


def deciding_by_the_api(box):
    box.begin()
    one = box.pending()[0]
    assert box.api("thaid/approve", qr=one["qr"]).status == 400
    assert box.api("thaid/approve", pid=SOMCHAI).status == 400
    assert box.api("thaid/approve", qr=one["qr"], pid="0000000000000").status == 404
    assert box.api("thaid/refuse").status == 400
    assert box.api("thaid/refuse", qr=one["qr"]).json == {"state": "refused"}
    assert box.api("thaid/approve", qr=one["qr"], pid=SOMCHAI).status == 409


def bodies(box):
    json_type = {"Content-Type": "application/json"}
    for body, headers, status in (
            ("{", json_type, 400), ("[]", json_type, 400), ('{"a":1,"a":2}', json_type, 400),
            ("{}", {"Content-Type": "text/plain"}, 415),
            ("a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415)):
        answer = box.request("POST", "/api/thaid/settings", body, headers)
        assert answer.status == status, (body, answer.status)


def settings(box):
    start = box.get("/api/thaid/settings").json
    assert start["delivery"] == "auto" and start["fault"] == "none"
    bad = box.api("thaid/settings", nonce="omit", delivery="pigeon")
    assert bad.status == 400 and "auto flat" in bad.json["error_description"]
    assert box.get("/api/thaid/settings").json == start
    box.settings(nonce="omit")
    page = box.get("/settings")
    assert re.search(r'name="nonce">.*?<option selected>omit<', page.text)
    names = re.findall(r'<(?:select|input) id="\w+" name="(\w+)"', page.text)
    assert sorted(names) == sorted(start)
    fields = {name: str(value).lower() for name, value in start.items()}
    fields.update(refresh_token="false", delivery="both")
    assert box.form("/settings", **fields).status == 303
    assert box.get("/api/thaid/settings").json["delivery"] == "both"
    assert box.form("/settings", delivery="pigeon").status == 400
    assert box.form("/settings/rotate").status == 303
    assert box.form("/settings/reset").status == 303
    assert box.get("/api/thaid/settings").json == start


def other_pages(box):
    box.begin()
    for path, says in (("/", "/settings"), ("/requests", "oauth2/auth"), ("/static/thaid.js", "fetch"),
                       ("/static/sandbox.css", ".phone")):
        page = box.get(path)
        assert page.status == 200 and says in page.text, path
    for path in ("/static/", "/static/x", "/static/../main.c", "/nobody"):
        assert box.get(path).status in (400, 404), path


TESTS = [
    the_qr_page, the_page_asks_and_goes_on, expired, approve_with_fingers, refuse_with_fingers,
    wrong_fingers, people, deciding_by_the_api, bodies, settings, other_pages,
]

if __name__ == "__main__":
    sys.exit(run(sys.argv[1], TESTS))
