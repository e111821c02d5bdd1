# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pratu's mail and SMS into the sandbox's mail server and gateway, and the wires' corners. TAP.
messages.py SANDBOX PRATU"""

import base64
import http.server
import json
import os
import smtplib
import ssl
import subprocess
import sys
import threading

from sandbox import free_port, run

BINARY, PRATU = sys.argv[1], sys.argv[2]
MAIL_PORT = free_port()
PRESETS = ("thaibulksms", "smsmkt", "infobip")
TEXT = "ข้อความทดสอบจากระบบ Pratu / test"


def pratu(box, tls, *args):
    """A command of an installation that is made for it beside the sandbox."""
    home = os.path.join(box.home, "pratu")
    if not os.path.exists(home):
        subprocess.run([PRATU, "init", "--dir", home, "--issuer", "http://localhost:9"], check=True,
                       stdout=subprocess.DEVNULL)
    providers = "".join(
        "    - name: %s\n      preset: %s\n      url: %s/sms/%s\n      user: u\n      secret_file: "
        "../secret\n      sender: DLA\n      timeout: 1s\n" % (p, p, box.url, p) for p in PRESETS)
    text = ("issuer: http://localhost:9\nmaster_key_file: master.key\nstore:\n  directory: data\n"
            "http_client:\n  ca_file: ../cert.pem\nmail:\n  host: localhost\n  port: %d\n  tls: %s\n"
            "  user: u\n  password_file: ../secret\n  from: no-reply@sso.example\n  timeout: 2s\n"
            "sms:\n  providers:\n%s" % (MAIL_PORT, tls, providers))
    with open(os.path.join(home, "pratu.yaml"), "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run([PRATU, *args, "--config", os.path.join(home, "pratu.yaml")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def set_mail(box, **change):
    answer = box.api("mail/settings", **change)
    assert answer.status == 200, answer.text


def set_sms(box, **change):
    answer = box.api("sms/settings", **change)
    assert answer.status == 200, answer.text


def mail_arrives_by_both_ways(box):
    for tls in ("starttls", "none"):
        done = pratu(box, tls, "outbox", "test-mail", "somchai@dla.example")
        assert done.returncode == 0, done.stderr
    got = box.get("/api/mail").json["mail"]
    assert len(got) == 2 and got[0]["to"] == "somchai@dla.example", got
    assert got[0]["subject"] == "ทดสอบการส่งอีเมล / Test of mail", got[0]
    assert "A test mail of Pratu." in got[0]["text"]
    assert box.get("/api/mail?since=%d" % got[0]["number"]).json["mail"] == got[1:]
    page = box.get("/phone/messages").text
    assert "A test mail of Pratu." in page and "somchai@dla.example" in page


def mail_faults(box):
    said = {"later": "451 the mail server refused it this time",
            "refuse": "550 the mail server refused it for good", "drop": "smtp: ", "slow": "smtp: "}
    for fault, words in said.items():
        set_mail(box, fault=fault)
        done = pratu(box, "none", "outbox", "test-mail", "somchai@dla.example")
        assert done.returncode == 1 and words in done.stderr, (fault, done.stderr)
    assert len(box.get("/api/mail").json["mail"]) >= 1  # dropped: taken, yet not acknowledged
    set_mail(box, fault="none", starttls=False)
    done = pratu(box, "starttls", "outbox", "test-mail", "somchai@dla.example")
    assert done.returncode == 1 and "no TLS" in done.stderr, done.stderr


def mail_of_another_client(box):
    trust = ssl.create_default_context(cafile=os.path.join(box.home, "cert.pem"))
    with smtplib.SMTP("127.0.0.1", MAIL_PORT, timeout=20) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.login("a", "b")
        client.sendmail("a@b.th", ["c@d.th"], "Subject: plain\r\n\r\n.dot\r\nend\r\n")
    with smtplib.SMTP("localhost", MAIL_PORT, timeout=20) as client:
        client.starttls(context=trust)
        client.docmd("NOOP")
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("WHAT")[0] == 500
        # Pipelining (RFC 2920).
        client.send("MAIL FROM:<a@b.th>\r\nRCPT TO:<e@f.th>\r\nDATA\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 354]
        client.send("x\r\n.\r\n")
        assert client.getreply()[0] == 250
        link = "http://localhost:9/x?a=1&b=2"
        client.sendmail("a@b.th", ["g@h.th"], "Subject: link\r\n\r\nOpen %s now\r\n" % link)
    page = box.get("/phone/messages").text
    assert page.index("g@h.th") < page.index("e@f.th")  # the newest first
    assert 'Open <a href="%s">' % link.replace("&", "&amp;") in page, page
    assert "ยังไม่มีข้อความ" in page  # no SMS yet
    got = box.get("/api/mail").json["mail"]
    assert [m["to"] for m in got] == ["c@d.th", "e@f.th", "g@h.th"]
    assert got[0]["subject"] == "plain" and got[0]["text"] == ".dot\r\nend\r\n"


def sms_of_the_presets(box):
    done = pratu(box, "none", "outbox", "test-sms", "081-234-5678")
    assert done.returncode == 0, done.stderr
    got = box.get("/api/sms").json["sms"]
    assert [m["via"] for m in got] == list(PRESETS)
    assert [m["to"] for m in got] == ["66812345678", "0812345678", "66812345678"]
    assert all(m["text"] == TEXT and m["from"] == "DLA" for m in got)
    assert TEXT in box.get("/phone/messages").text


def sms_faults(box):
    said = {"reject": ("INVALID_PHONE_NUMBER", "Invalid phone", "UNDELIVERABLE_REJECTED_OPERATOR"),
            "no_credit": ("ERROR_INSUFFICIENT_CREDIT", "Not enough credit",
                          "REJECTED_NOT_ENOUGH_CREDITS"),
            "broken": ("500", "500", "500"), "dead": ("imeout", "imeout", "imeout")}
    for fault, words in said.items():
        set_sms(box, fault=fault)
        done = pratu(box, "none", "outbox", "test-sms", "081-234-5678")
        assert done.returncode == 1, fault
        for line, word in zip(done.stderr.splitlines(), words):
            assert word in line, (fault, done.stderr)
    set_sms(box, fault="none", credit=1)
    assert pratu(box, "none", "outbox", "test-sms", "0812345678").returncode == 1
    assert box.get("/api/sms/settings").json == {"fault": "none", "credit": 0}


def credit_is_told(box):
    def credit():
        return box.request("GET", "/sms/thaibulksms/credit", None,
                           {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()})

    set_sms(box, fault="none", credit=77)
    assert credit().json == {"remaining_credit": {"standard": "77.00", "corporate": "0.00"}}
    set_sms(box, fault="no_credit")
    assert credit().json["remaining_credit"]["standard"] == "0.00"
    set_sms(box, fault="broken")
    assert credit().status == 500
    set_sms(box, fault="none", credit=1000)


def gateway_wants_credentials(box):
    basic = {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()}
    fields = {"msisdn": "66812345678", "sender": "DLA", "message": "x", "force": "standard"}
    assert box.form("/sms/thaibulksms", basic, **fields).status == 200
    assert box.form("/sms/thaibulksms", **fields).status == 401
    assert box.request("GET", "/sms/thaibulksms/credit").status == 401
    del fields["force"]
    assert box.form("/sms/thaibulksms", basic, **fields).status == 401
    for path in ("/sms/smsmkt", "/sms/infobip"):
        assert box.request("POST", path, "{}", {"Content-Type": "application/json"}).status == 401


class Reports(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_POST(self):
        self.seen.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def reports_come_as_often_as_told(box):
    assert pratu(box, "none", "outbox", "test-sms", "0812345678").returncode == 0
    numbers = [m["number"] for m in box.get("/api/sms").json["sms"]]
    server = http.server.HTTPServer(("127.0.0.1", 0), Reports)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/r" % server.server_port
    done = box.api("sms/report", number=numbers[0], url=url, times=3)
    assert done.json == {"answers": [204, 204, 204]}, done.text
    assert Reports.seen == 3 * [("/r", {"message_id": "sandbox-%d" % numbers[0],
                                        "status": "DELIVRD"})], Reports.seen
    assert box.api("sms/report", number=numbers[2], url=url, status="failed").status == 200
    assert Reports.seen[3][1]["results"][0]["status"] == {"groupName": "UNDELIVERABLE"}
    for body in ({"number": numbers[1], "url": url}, {"number": 99, "url": url}, {"url": url},
                 {"number": numbers[0], "url": url, "times": 21},
                 {"number": numbers[0], "url": url, "status": "x"}):
        assert box.api("sms/report", **body).status == 400, body
    server.shutdown()
    server.server_close()


def settings_are_checked(box):
    for part, change in (("mail", {"fault": "x"}), ("mail", {"credit": 1}), ("sms", {"credit": -1}),
                         ("sms", {"fault": 1}), ("mail", {"starttls": "yes"})):
        assert box.api(part + "/settings", **change).status == 400
    assert box.form("/api/mail/settings", fault="drop").status == 400
    assert box.get("/api/mail/settings").json == {"fault": "none", "starttls": True}
    assert box.get("/api/mail?since=x").status == 400


if __name__ == "__main__":
    sys.exit(run(BINARY, [mail_arrives_by_both_ways, mail_faults, mail_of_another_client,
                          sms_of_the_presets, sms_faults, credit_is_told, gateway_wants_credentials,
                          reports_come_as_often_as_told, settings_are_checked],
                 more="mail:\n  port: %d\n  certificate: cert.pem\n" % MAIL_PORT))
