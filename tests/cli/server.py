# SPDX-License-Identifier: AGPL-3.0-or-later
"""The server's life: start, reload, commands beside it, stop. TAP. server.py PRATU"""

import json
import secrets
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lib import PRATU, Server, Site, fetch, free_port, main, wait_for  # noqa: E402

MACHINE = {"client_id": "machine", "client_name": "M", "system": "plan",
           "grant_types": ["client_credentials"], "scope": "report:read"}


def configured(site, **sections):
    """The installation's configuration with sections put behind."""
    text = "issuer: %s\nmaster_key_file: master.key\nstore:\n  directory: data\n" % site.issuer
    sections = {"server": {"port": site.port}, "management": {"port": 0}, **sections}
    for name, options in sections.items():
        text += "%s:\n" % name + "".join("  %s: %s\n" % pair for pair in options.items())
    site.write_config(text)
    return site


def test_start_and_stop():
    with Site() as site, Server(configured(site)) as server:
        metadata = json.loads(fetch(server.url + "/.well-known/openid-configuration")[1])
        assert metadata["issuer"] == site.issuer
        assert fetch(server.management + "/healthz") == (200, "ok\n")
        assert fetch(server.management + "/readyz") == (200, "ready\n")
        assert "pratu_http_requests_total" in fetch(server.management + "/metrics")[1]
        # What belongs to one listener is not on the other.
        assert fetch(server.url + "/metrics")[0] == 404
        assert fetch(server.management + "/oauth2/jwks")[0] == 404
        assert fetch(server.url.replace("localhost", "127.0.0.1") + "/oauth2/jwks")[0] == 421
        assert server.stop() == 0
        assert server.events("stopped")[0]["cut"] == 0
        assert "1 checkpoints" in site.good("audit", "verify") or \
            "2 checkpoints" in site.good("audit", "verify")


def test_says_that_workers_are_few():
    """Places for ThaID (16), passwords (two a hash thread, and one) and keys of clients (8) against the workers they share."""
    for workers, says in ((41, True), (42, False)):
        with Site() as site:
            secret = site.home / "thaid.secret"
            secret.write_text(secrets.token_urlsafe(32))
            secret.chmod(0o600)
            thaid = {"issuer": "http://localhost:9", "client_id": "pratu", "client_secret": secret}
            with Server(configured(site, server={"port": site.port, "workers": workers},
                                   thaid=thaid)) as server:
                assert server.stop() == 0
                few = server.events("workers_few")
                assert [(e["workers"], e["held"]) for e in few] == [(41, 41)] * says


def test_interrupt_stops_too():
    with Site() as site, Server(configured(site)) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=30) == 0


def test_tells_the_service_manager():
    with Site() as site:
        path = site.home / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            manager.settimeout(30)
            with Server(configured(site), notify=path) as server:
                assert manager.recv(100) == b"READY=1"
                server.reload()
                assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
                assert manager.recv(100) == b"READY=1"
                assert server.stop() == 0
                assert manager.recv(100) == b"STOPPING=1"


def test_start_refused_on_a_taken_port():
    with Site() as site:
        for section in ("server", "management"):
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                taken.listen()
                ports = {"server": {"port": free_port()}, "management": {"port": 0}}
                ports[section] = {"port": taken.getsockname()[1]}
                configured(site, **ports)
                done = site.run("serve")
                assert done.returncode == 1 and section + ".port" in done.stderr, done.stderr
                assert "start_failed" in done.stderr


def test_second_server_beside():
    """One server a database: a second one is refused, and disturbs the first by nothing."""
    with Site() as site, Server(configured(site)) as server:
        done = subprocess.run([PRATU, "serve", "--config", str(site.config)], timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        assert done.returncode == 1 and "--take-over" in done.stderr, done.stderr
        assert fetch(server.management + "/readyz")[0] == 200


def token(server, secret):
    return fetch(server.url + "/oauth2/token", "grant_type=client_credentials",
                 ("machine", secret))[0]


def test_commands_beside_the_server():
    with Site() as site, Server(configured(site)) as server:
        site.fill()
        added = json.loads(site.good("client", "add", "--file", site.file("m.json", MACHINE)))
        first = added["client_secret"]
        assert token(server, first) == 200
        assert token(server, first[:-1] + "_") == 401
        second = json.loads(site.good("client", "rotate-secret", "machine"))["client_secret"]
        assert token(server, first) == 200 and token(server, second) == 200
        third = json.loads(site.good("client", "rotate-secret", "machine", "--overlap", "0"))
        assert token(server, second) == 401 and token(server, third["client_secret"]) == 200
        site.good("client", "remove", "machine")
        assert token(server, third["client_secret"]) == 401
        site.good("backup", site.home / "copy")
        assert server.stop() == 0
        assert "0 faults" in site.good("audit", "verify")


def published(server):
    return {key["kid"] for key in json.loads(fetch(server.url + "/oauth2/jwks")[1])["keys"]}


def test_a_new_key_is_published_by_the_running_server():
    with Site() as site, Server(configured(site)) as server:
        before = published(server)
        kid = site.good("keys", "rotate").strip()
        assert kid not in before
        wait_for(lambda: kid in published(server), "the new key")
        assert before < published(server)


def levels(server):
    metadata = json.loads(fetch(server.url + "/.well-known/openid-configuration")[1])
    return metadata.get("acr_values_supported")


def test_reload():
    with Site() as site, Server(configured(site)) as server:
        before = levels(server)
        config = site.config.read_text(encoding="utf-8")
        site.write_config(config + "acr_levels:\n  - acr: urn:mine\n    aal: \"2.2\"\n")
        server.reload()
        assert len(server.events("config_reloaded")) == 1
        assert levels(server) == ["urn:mine"] != before
        site.write_config(config + "acr_levels: 7\n")
        server.reload()
        assert ":" in server.events("config_reload_failed")[0]["why"]
        assert levels(server) == ["urn:mine"]
        # What needs a new start stays.
        site.write_config(config.replace(site.issuer, "https://other.example"))
        server.reload()
        metadata = json.loads(fetch(server.url + "/.well-known/openid-configuration")[1])
        assert metadata["issuer"] == site.issuer
        site.config.unlink()
        server.reload()
        assert len(server.events("config_reload_failed")) == 2
        assert server.stop() == 0


def test_reload_under_load():
    with Site() as site, Server(configured(site)) as server:
        stop, bad = threading.Event(), []

        def load():
            while not stop.is_set():
                if fetch(server.url + "/apps")[0] >= 500 or token(server, "wrong") != 401:
                    bad.append("answer")

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            server.reload()
        stop.set()
        for thread in threads:
            thread.join()
        assert not bad and len(server.events("config_reloaded")) == 5
        assert server.stop() == 0


def test_a_killed_server_starts_again():
    with Site() as site:
        configured(site)
        with Server(site) as server:
            server.process.kill()
            server.process.wait()
        with Server(site) as server:
            assert fetch(server.management + "/readyz")[0] == 200
            assert server.stop() == 0


main([fn for name, fn in list(globals().items()) if name.startswith("test_")])
