# SPDX-License-Identifier: AGPL-3.0-or-later
"""Another system that hangs costs one sender for its time-out, and no stop more than its own."""

import http.server
import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bare_site import PATIENCE, TERMS, BareSite
from binaries import pratu_binary
from hanging_mail import PLACES, MailServer, certificate
from harness import wait_for
from password_site import citizen_number

MAIL = "mail:\n  host: localhost\n  port: %d\n  tls: %s\n  from: no-reply@dla.example\n  timeout: %ds\n"
HEAD = "citizen_number,given_th,family_th,email,email_verified,mobile,mobile_verified\n"


def people(site, name, n):
    """n people with this address and number; those who had others are told of the change: one message."""
    rows = ["%s,สมชาย,ใจดี,%s%d@dla.example,true,08%d%07d,true\n" % (citizen_number(700 + k), name, k, len(name), k)
            for k in range(n)]
    path = site.home / "people.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    site.good("import", "people", path)


def configured(mail, timeout, more=""):
    return MAIL % (mail.port, "none", timeout) + more


def queued(site):
    return [m for m in json.loads(site.good("outbox", "list")) if m["state"] == "queued"]


@pytest.mark.fault("a mail server that hangs at %s" % ", ".join(PLACES), "mail.timeout is the whole of a sending")
def test_the_time_out_is_the_whole(observed, tmp_path):
    certificate(tmp_path)

    def send(site, place):
        server = MailServer(place, tls=tmp_path)
        config = site.config.with_name(place + ".yaml")
        config.write_text(site.config.read_text() + MAIL % (server.port, "starttls", 3) +
                          "  user: sso\n  password_file: mail.secret\n"
                          "http_client:\n  ca_file: %s\n" % (tmp_path / "mail.crt"))
        begin = time.monotonic()
        # Far below the two minutes that libcurl waits for the answer to QUIT by itself.
        done = subprocess.run([str(pratu_binary()), "outbox", "test-mail", "a@dla.example", "--config",
                               str(config)], text=True, capture_output=True, timeout=PATIENCE, check=False)
        seconds = time.monotonic() - begin
        server.close()
        assert TERMS not in done.stderr
        return place, done.returncode, done.stdout + done.stderr, seconds

    with BareSite() as site, ThreadPoolExecutor(len(PLACES)) as pool:
        site.secret("mail.secret")
        results = list(pool.map(lambda place: send(site, place), PLACES))
    for place, status, said, _ in results:
        # A message that was accepted is sent, whatever comes of QUIT.
        assert status == (0 if place == "quit" else 1), (place, said)
    observed("time-out 3 s, longest %.1f s at %s" % max((r[3], r[0]) for r in results))


@pytest.mark.fault("six mails for a server that hangs", "it costs one sender, until the next one probes")
def test_one_sender_waits(observed):
    server = MailServer("data")
    with BareSite(configured(server, 60)) as site:
        people(site, "a", 6)
        people(site, "bb", 6)
        running = site.serve()
        wait_for(lambda: server.open, PATIENCE, "a sender")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            time.sleep(0.05)
        assert server.most == 1, server.most
        status, seconds = site.stop(running)
        assert status == 0 and site.events("stopped")[0]["cut"] == 0
        observed("one of five senders; SIGTERM took %.1f s" % seconds)
    server.close()


@pytest.mark.fault("a mail server that hung and is well again", "mails go out while the first still hangs")
def test_mails_go_out_again(observed):
    server = MailServer("dot")
    with BareSite(configured(server, 6)) as site:
        people(site, "a", 6)
        people(site, "bb", 6)
        site.serve()
        wait_for(lambda: server.open, PATIENCE, "a sender")
        server.hang, begin = None, time.monotonic()
        wait_for(lambda: server.delivered >= 5, PATIENCE, "the mails")
        observed("%d mails %.1f s after it was well" % (server.delivered, time.monotonic() - begin))
        wait_for(lambda: not queued(site), PATIENCE, "the last")
    server.close()


@pytest.mark.fault("SIGTERM while a mail server hangs after the dot", "the stop takes no longer than server.stop_timeout")
def test_a_stop_does_not_wait_for_a_mail_server(observed):
    server = MailServer("dot")
    with BareSite(configured(server, 60)) as site:
        people(site, "a", 2)
        people(site, "bb", 2)
        running = site.serve()
        wait_for(lambda: server.open, PATIENCE, "a sender")
        status, seconds = site.stop(running)
        assert status == 0 and site.events("stopped")[0]["cut"] == 0
        assert queued(site)
        assert "0 faults" in site.good("audit", "verify")
        observed("%.1f s, the trail signed" % seconds)
    server.close()


class Silent(http.server.BaseHTTPRequestHandler):
    seen, let_go = [], threading.Event()

    def do_POST(self):
        self.seen.append(self.path)
        self.let_go.wait(PATIENCE)

    def log_message(self, *_):
        pass


@pytest.mark.fault("SIGTERM while an SMS provider hangs", "the stop takes no longer than server.stop_timeout")
def test_a_stop_does_not_wait_for_an_sms_provider(observed):
    provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    provider.daemon_threads = True
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    sms = ("sms:\n  providers:\n    - name: one\n      preset: infobip\n      url: http://127.0.0.1:%d/sms\n"
           "      secret_file: sms.secret\n      sender: DLA\n      timeout: 25s\n" % provider.server_port)
    with BareSite(server="  stop_timeout: 5s\n", more=sms) as site:
        site.secret("sms.secret")
        people(site, "a", 2)
        people(site, "bb", 2)
        running = site.serve()
        wait_for(lambda: Silent.seen, PATIENCE, "a sender")
        status, seconds = site.stop(running)
        assert status == 0 and site.events("stopped")[0]["cut"] == 0
        observed("%.1f s" % seconds)
    Silent.let_go.set()
    provider.shutdown()
