# SPDX-License-Identifier: AGPL-3.0-or-later
"""A browser for what is not counted in thousands: cookies, forms, where it is led."""

import base64
import http.client
import json
import re
from html import unescape
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from bench_fixture import CLIENT, REDIRECT, SECRET, Trouble

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PATIENCE = 30
FORM = "application/x-www-form-urlencoded"


class Browser:
    """One cookie jar, one connection. address: what a proxy in front would say of it."""

    def __init__(self, server, address=None):
        self.server, self.address, self.cookies = server, address, {}
        self.connection = None

    def ask(self, method, target, form=None, timeout=PATIENCE, headers=None):
        """(status, Location, body)"""
        headers = {"Host": self.server.authority, "Accept": "text/html",
                   "Origin": "http://" + self.server.authority,
                   "Cookie": "; ".join("%s=%s" % x for x in self.cookies.items()),
                   **({"X-Forwarded-For": self.address} if self.address else {}),
                   **({"Content-Type": FORM} if form is not None else {}), **(headers or {})}
        if not self.connection:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        self.connection.timeout = timeout
        if self.connection.sock:
            self.connection.sock.settimeout(timeout)
        try:
            self.connection.request(method, target, form, headers)
            answer = self.connection.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        # The page that leaves for another site by itself, where a form leads there.
        leaves = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', body)
        return (answer.status, answer.headers.get("Location") or
                (unescape(leaves.group(1)) if leaves else None), body)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def login_page(self):
        """The page of a new transaction."""
        _, login, body = self.ask(
            "GET", "/oauth2/authorize?client_id=%s&redirect_uri=%s&response_type=code&scope=openid"
            "&state=s&code_challenge=%s&code_challenge_method=S256" % (
                CLIENT, quote(REDIRECT, safe=""), CHALLENGE))
        if not login:
            raise Trouble("no login page: " + body[:400])
        return self.follow(login)

    def follow(self, location):
        """The page an address of the server leads to; None: it leads to the portal."""
        while not location.startswith(REDIRECT):
            parts = urlsplit(location)
            status, location, body = self.ask("GET", parts.path + "?" + parts.query)
            if status == 200 and not location:
                return body
            if not location:
                raise Trouble("the way ends with status %d: %s" % (status, body[:400]))
        self.portal = location
        return None

    def send(self, page, path, fields=()):
        """Sends the page's form that goes to path, with its token; as ask()."""
        form = re.search(r'action="(%s[^"]*)".*?name="step" value="([^"]+)"' % re.escape(path),
                         page, re.S)
        if not form:
            raise Trouble("no form to %s on the page: %s" % (path, page[:600]))
        return self.ask("POST", unescape(form.group(1)),
                        urlencode([("step", form.group(2)), *fields]))

    def press(self, page, path, fields=()):
        """The same, and on to the page it leads to."""
        _, location, body = self.send(page, path, fields)
        return self.follow(location) if location else body

    def redeem(self):
        """The portal's side: the code for tokens."""
        code = parse_qs(urlsplit(self.portal).query)["code"][0]
        basic = base64.b64encode(("%s:%s" % (CLIENT, SECRET)).encode()).decode()
        status, _, body = self.ask("POST", "/oauth2/token", urlencode({
            "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER}), headers={"Authorization": "Basic " + basic})
        if status != 200:
            raise Trouble("no tokens: %d %s" % (status, body[:200]))
        return json.loads(body)
