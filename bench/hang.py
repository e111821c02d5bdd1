# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ThaID that accepts and never answers, and people who log in by it all the same."""

import secrets
import socket
import threading
import time
from urllib.parse import parse_qs, quote, urlsplit

from bench_fixture import Trouble
from browser import PATIENCE, Browser

UPSTREAM_TIMEOUT = 120  # seconds one call waits: longer than the measurement of a run
QUEUED = 8  # people more than there are workers


class Silent:
    """Listens on loopback; a thread accepts and keeps what comes, and says nothing, ever."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.kept = []
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            try:
                self.kept.append(self.listener.accept()[0])
            except OSError:
                return

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.kept:
            connection.close()

    def configure(self, home, workers):
        secret = home / "thaid.secret"
        secret.write_text(secrets.token_urlsafe(32))
        secret.chmod(0o600)
        with open(home / "pratu.yaml", "a", encoding="utf-8") as f:
            f.write("thaid:\n  issuer: http://localhost:%d\n  client_id: bench-thaid\n"
                    "  client_secret: %s\n  timeout: %ds\n  waiting_max: %d\n" % (
                        self.port, secret, UPSTREAM_TIMEOUT, workers * 4))


def log_in(browser):
    """A real transaction up to the return from ThaID, which then hangs."""
    page = browser.login_page()
    status, away, _ = browser.send(page, "/login/upstream")
    if status not in (302, 303) or not away:
        raise Trouble("no way to ThaID: %d" % status)
    asked = parse_qs(urlsplit(away).query)
    back = urlsplit(asked["redirect_uri"][0]).path
    browser.ask("GET", "%s?code=any&state=%s" % (back, quote(asked["state"][0], safe="")),
                timeout=UPSTREAM_TIMEOUT + PATIENCE)


class Logins:
    """More people than there are workers, each waiting for the hung ThaID."""

    def __init__(self, server, silent, workers):
        self.server, self.silent, self.workers = server, silent, workers
        self.failed = []

    def __enter__(self):
        for _ in range(self.workers + QUEUED):
            threading.Thread(target=self.one, daemon=True).start()
        wait_until(lambda: self.failed or len(self.silent.kept) >= self.workers)
        if self.failed:
            raise Trouble("a login failed before it could hang: %s" % self.failed[0])
        return self

    def one(self):
        try:
            log_in(Browser(self.server))
        except Exception as error:  # at the end the server stops under the feet of the waiting
            self.failed.append(error)

    def __exit__(self, *_):
        """The answers that are still out are cut when the silent server goes."""
        self.silent.__exit__()


def wait_until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise Trouble("the people did not get as far as the hung ThaID")
        time.sleep(0.05)
