# SPDX-License-Identifier: AGPL-3.0-or-later
"""pratu outbox and the options of mail and SMS. TAP. outbox.py PRATU"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import Server, Site, fetch, free_port, main, wait_for  # noqa: E402

HEAD = ("issuer: %s\nmaster_key_file: master.key\nstore:\n  directory: data\n"
        "server:\n  port: %d\nmanagement:\n  port: 0\n")


def configured(site, more):
    for name in ("token", "secret"):
        path = site.dir / name
        path.write_text("a-%s-of-these-tests" % name)
        path.chmod(0o600)
    site.write_config(HEAD % (site.issuer, site.port) + more)
    return site


def sms(url):
    return ("sms:\n  providers:\n    - name: one\n      preset: thaibulksms\n      url: %s\n"
            "      user: key\n      secret_file: secret\n      sender: DLA\n"
            "      report_token_file: token\n" % url)


class Gateway(BaseHTTPRequestHandler):
    answer, seen = {}, []

    def do_GET(self):
        self.seen.append(self.path)
        self.reply()

    def do_POST(self):
        self.seen.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.reply()

    def reply(self):
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_empty_outbox():
    with Site() as site:
        assert json.loads(site.good("outbox", "list")) == []
        assert site.run("outbox", "show", "A" * 22).returncode == 1
        assert site.run("outbox", "cancel", "nothing").returncode == 1
        assert site.run("outbox", "list", "--state", "gone").returncode == 2
        assert site.good("outbox", "run") == "0 tried\n"


def test_retry_and_cancel_are_audited():
    mail = "mail:\n  host: 127.0.0.1\n  port: %d\n  tls: none\n  from: a@b.th\n" % free_port()
    with Site() as site:
        configured(site, mail)
        for command in ("retry", "cancel"):
            done = site.run("outbox", command, "A" * 22, "--reason", "x" * 501)
            assert done.returncode == 1 and "--reason is longer" in done.stderr, done.stderr
            done = site.run("outbox", command, "A" * 22, "--reason", "พิมพ์ผิด")
            assert done.returncode == 1 and "not" in done.stderr, done.stderr
        assert "message_" not in site.good("audit", "list")


def test_nothing_configured():
    with Site() as site:
        done = site.run("outbox", "test-mail", "a@b.th")
        assert done.returncode == 1 and "mail.host is not set" in done.stderr
        done = site.run("outbox", "test-sms", "081-234-5678")
        assert done.returncode == 1 and "sms.providers names none" in done.stderr
        assert site.run("outbox", "test-mail", "nobody").returncode == 2
        assert site.run("outbox", "test-sms", "02-241-9000").returncode == 2


def test_options_are_checked():
    rows = [("mail:\n  host: mail.dla.example\n  from: nobody\n", "mail.from"),
            ("mail:\n  host: mail.dla.example\n  from: a@b.th\n  tls: none\n", "mail.tls"),
            ("mail:\n  host: m.example\n  from: a@b.th\n  user: u\n", "mail.password_file"),
            (sms("http://sms.example/"), "sms.providers[].url"),
            (sms("https://sms.example/").replace("DLA", "DLA-SSO"), "sms.providers[].sender"),
            (sms("https://sms.example/").replace("DLA", "A" * 12), "sender")]
    with Site() as site:
        for text, option in rows:
            done = configured(site, text).run("check-config")
            assert done.returncode == 3 and option in done.stderr, (option, done.stderr)
        configured(site, sms("https://sms.example/")).good("check-config")


def test_sms_of_a_provider():
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    Gateway.seen.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Site() as site:
        configured(site, sms("http://127.0.0.1:%d/sms" % server.server_port))
        Gateway.answer = {"phone_number_list": [{"message_id": "m1"}], "bad_phone_number_list": []}
        assert site.good("outbox", "test-sms", "081-234-5678") == "one accepted it as m1\n"
        assert "msisdn=66812345678" in Gateway.seen[0]
        Gateway.answer = {"bad_phone_number_list": [{"message": "BAD_NUMBER"}]}
        done = site.run("outbox", "test-sms", "0812345678")
        assert done.returncode == 1 and "one: 200 BAD_NUMBER" in done.stderr, done.stderr
    server.shutdown()


def test_credit_is_watched():
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Gateway.answer = {"remaining_credit": {"standard": "42.00"}}
    Gateway.seen.clear()
    url = "http://127.0.0.1:%d" % server.server_port
    text = sms(url + "/sms") + "      credit_url: %s/credit\n      credit_low: 50\n" % url
    with Site() as site, Server(configured(site, text)) as running:
        wait_for(lambda: running.events("sms_credit_low"), "the alarm")
        assert running.events("sms_credit_low")[0]["credit"] == 42
        assert Gateway.seen == ["/credit"]
        assert "pratu_sms_credit 42" in fetch(running.management + "/metrics")[1]
        assert running.stop() == 0
    server.shutdown()


def test_delivery_report_route():
    with Site() as site, Server(configured(site, sms("https://sms.example/"))) as server:
        good = server.url + "/upstream/sms/one/a-token-of-these-tests"
        json_type = {"Content-Type": "application/json"}
        report = '{"message_id": "m1", "status": "DELIVRD"}'
        for path in ("", "one", "one/", "one/a-token-of-these-test", "two/a-token-of-these-tests"):
            assert fetch(server.url + "/upstream/sms/" + path, report, headers=json_type)[0] == 404
        assert fetch(good, report, headers=json_type) == (200, "ok\n")
        assert fetch(good, "{", headers=json_type)[0] == 400
        assert fetch(good, "message_id=m1&status=DELIVRD")[0] == 200
        assert fetch(good + "?message_id=m1&status=DELIVRD")[0] == 200
        assert len(server.events("sms_report_rejected")) == 6
        assert server.stop() == 0


def test_server_stops_with_senders():
    mail = "mail:\n  host: 127.0.0.1\n  port: %d\n  tls: none\n  from: a@b.th\n" % free_port()
    with Site() as site, Server(configured(site, mail)) as server:
        assert "pratu_messages_waiting 0" in fetch(server.management + "/metrics")[1]
        assert server.stop() == 0
        assert server.events("stopped")[0]["cut"] == 0


if __name__ == "__main__":
    main([f for name, f in sorted(globals().items()) if name.startswith("test_")])
