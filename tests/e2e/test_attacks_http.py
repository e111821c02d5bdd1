# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attack rows 8, 12, 14, 16, 20, 23 and 24: sessions, host headers, markup, limits, paths."""

import socket
import threading
from urllib.parse import quote, urlsplit

import pytest
import requests

from agent import Page, PageParser

MARKUP = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg onload=alert(1)>",
          "</title><script>x</script>", "<!--", "]]>", "&lt;b&gt;", "{{7*7}}", "${7*7}", "%3Cb%3E",
          "javascript:alert(1)", "\u202egpj.exe", "<b>ก</b>", "</textarea><form action=//evil.example>",
          "<a href=//evil.example>x</a>", "<base href=//evil.example/>", "<meta http-equiv=refresh>"]
EVIL = "evil.example"


def raw(demo, data, seconds=5):
    """Sends bytes as they are; what comes back until the server closes or is silent."""
    parts = urlsplit(demo.issuer)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as s:
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused while we were still sending
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except OSError:
            pass
    return got


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


def alive(demo):
    return requests.get(demo.issuer + "/.well-known/openid-configuration", timeout=10).ok


# --- row 8: guessing ---

def test_parallel_guesses_of_a_secret(world):
    """200 guesses at once, by both methods, none accepted, and the right one still works."""
    party = world.party("machine")
    seen = []

    def guess(n):
        for method in ("basic", "post"):
            auth = (party.id, "pratu_cs_%043d" % n) if method == "basic" else None
            data = {"grant_type": "client_credentials"}
            if not auth:
                data.update(client_id=party.id, client_secret="pratu_cs_%043d" % n)
            seen.append(requests.post(party.metadata["token_endpoint"], data=data, auth=auth,
                                      timeout=60).status_code)

    threads = [threading.Thread(target=lambda k=k: [guess(n) for n in range(k, 100, 10)])
               for k in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 200 and set(seen) <= {400, 401, 429}
    assert party.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 200


# --- row 12: sessions ---

def test_planted_cookies_are_not_taken(world):
    """Cookies known before the login are not the ones of the session after it."""
    agent = world.agent()
    page = agent.open(world.demo.issuer + "/apps")
    before = {c.name: c.value for c in agent.session.cookies}
    spy = agent.clone()
    world.log_in(agent, page)
    after = {c.name: c.value for c in agent.session.cookies}
    changed = {n for n, v in after.items() if before.get(n) != v}
    assert changed, "the login set no new secret"
    assert not world.is_inside(spy.open(world.demo.issuer + "/apps"))
    assert world.party().authorize(spy, prompt="none")["error"] == "login_required"


def test_invented_session_cookies(world, member):
    names = {c.name for c in member.session.cookies}
    for value in ("x", "a" * 22, "A" * 43, "pratu_s_" + "A" * 43, "null", "0"):
        agent = world.agent()
        for name in names:
            agent.session.cookies.set(name, value, domain="localhost.local", path="/")
        assert world.party().authorize(agent, prompt="none")["error"] == "login_required"


def test_one_cookie_as_another(world, member):
    """Row 12, typed store: the browser's cookie is no session, and the other way round."""
    cookies = {c.name: c.value for c in member.session.cookies
               if urlsplit(world.demo.issuer).hostname in (c.domain, c.domain[:-6])}
    for name in cookies:
        for other, value in cookies.items():
            if other == name:
                continue
            agent = world.agent()
            agent.session.cookies.set(name, value, domain="localhost.local", path="/")
            answer = world.party().authorize(agent, prompt="none")
            assert answer["error"] == "login_required", (name, other)


def test_cookie_attributes(world, agent):
    response = agent.request("GET", world.demo.issuer + "/apps")
    world.log_in(agent, agent.open(world.demo.issuer + "/apps"))
    lines = response.raw.headers.getlist("Set-Cookie")
    for line in lines:
        words = {w.strip().lower() for w in line.split(";")[1:]}
        assert "httponly" in words and "path=/" in words and "samesite=lax" in words, line
        assert not any(w.startswith("domain") for w in words), line
    for cookie in agent.session.cookies:
        assert cookie.has_nonstandard_attr("HttpOnly") or cookie._rest, cookie.name


def test_login_cross_site_post_is_refused(world, member):
    """A form on another site cannot press buttons here."""
    page = member.open(world.demo.issuer + "/apps")
    form = [f for f in page.forms if f.value("csrf")][0]
    url = world.demo.issuer + form.action if form.action.startswith("/") else form.action
    fields = dict(form.fields)
    for change in ({"csrf": ""}, {"csrf": "x"}, {"csrf": fields["csrf"][:-1]}):
        answer = member.open(url, "POST", {**fields, **change}, {"Origin": "http://" + EVIL})
        assert answer.status in (400, 403), change
    assert world.is_inside(member.open(world.demo.issuer + "/apps"))


# --- row 14: the Host header decides nothing ---

HOSTS = [
    {"Host": EVIL}, {"Host": EVIL + ":80"}, {"Host": ""}, {"Host": "localhost"},
    {"Host": "localhost:1"}, {"Host": "LOCALHOST.evil.example"}, {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": EVIL}, {"Forwarded": "host=" + EVIL},
    {"X-Host": EVIL}, {"X-Original-Host": EVIL}, {"X-Original-URL": "http://" + EVIL},
    {"X-Rewrite-URL": "//" + EVIL}, {"X-Forwarded-Server": EVIL}, {"X-Forwarded-Prefix": "/" + EVIL},
    {"Host": "127.0.0.1@" + EVIL}, {"Origin": "http://" + EVIL}, {"Referer": "http://" + EVIL}]


@pytest.mark.parametrize("headers", HOSTS, ids=lambda h: "&".join("%s=%s" % i for i in h.items()))
def test_host_headers(world, agent, headers):
    party = world.party()
    for url in (party.demo.issuer + "/.well-known/openid-configuration",
                party.url(party.request()), party.url(party.request(prompt="none")),
                party.demo.issuer + "/apps", party.demo.issuer + "/login",
                party.demo.issuer + "/no/such/page"):
        response = agent.request("GET", url, headers=headers)
        seen = response.text + str(response.headers)
        assert EVIL not in seen.replace("http%3A%2F%2F" + EVIL, ""), (url, seen[:300])
        if "Host" in headers:
            assert response.status_code in (400, 421), (url, response.status_code)


def test_two_hosts(demo):
    host = urlsplit(demo.issuer).netloc
    for lines in ("Host: %s\r\nHost: %s" % (host, EVIL), "Host: %s\r\nHost: %s" % (EVIL, host)):
        answer = raw(demo, ("GET /login HTTP/1.1\r\n%s\r\nConnection: close\r\n\r\n" % lines).encode())
        assert status_of(answer) in (400, 421) and EVIL.encode() not in answer


def test_absolute_target(demo):
    answer = raw(demo, ("GET http://%s/login HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                        % (EVIL, urlsplit(demo.issuer).netloc)).encode())
    assert status_of(answer) in (400, 404, 421) and EVIL.encode() not in answer


# --- row 16: markup ---

def skeleton(page):
    return page.html.tags


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "response_type", "scope", "state",
                                  "nonce", "ui_locales", "login_hint", "prompt", "error",
                                  "error_description", "display", "claims"])
def test_reflections_on_authorize(world, agent, name):
    """No value of a request becomes an element, an attribute or a script of the answer."""
    party = world.party()
    change = {} if name == "redirect_uri" else {"redirect_uri": "http://%s/x" % EVIL}
    plain = agent.open(party.url(party.request(**{**change, name: "harmless"})))
    for text in MARKUP:
        page = agent.open(party.url(party.request(**{**change, name: text})))
        assert page.sent_to is None
        assert skeleton(page) == skeleton(plain), (name, text)
        assert not page.html.handlers and page.html.refresh is None


@pytest.mark.parametrize("path", ["/login", "/apps", "/oauth2/logout", "/upstream/thaid/callback",
                                  "/nowhere"])
def test_reflections_on_pages(world, member, path):
    names = ("state", "error", "error_description", "error_hint", "lang", "return", "next", "code")
    for name in names:
        shapes = set()
        for text in MARKUP:
            page = member.open("%s%s?%s=%s" % (world.demo.issuer, path, name, quote(text)))
            assert not page.html.handlers
            assert EVIL not in page.headers.get("Location", "")
            assert all(EVIL not in (f.action or "") for f in page.forms)
            assert all(EVIL not in href.split("?")[0] for href, _ in page.html.links)
            shapes.add(tuple(skeleton(page)))
        assert len(shapes) <= 2, (path, name)  # well-formed text, and text refused before a page


def test_path_is_escaped(world, agent):
    for text in MARKUP:
        page = agent.open(world.demo.issuer + "/" + quote(text))
        assert page.status in (400, 404) and not page.html.handlers


def test_markup_parser_sees_markup():
    """The judge of these tests is not blind."""
    parser = PageParser()
    parser.feed('<p onclick="x">a<img src=x onerror=y><a href="javascript:z">b</a>')
    assert parser.tags == ["p", "img", "a"] and parser.handlers == ["onclick", "onerror", "href"]


def test_no_inline_script_anywhere(world, agent, member):
    for who, path in ((agent, "/login"), (member, "/apps"), (agent, "/oauth2/logout"),
                      (agent, "/nowhere"), (member, "/oauth2/logout")):
        page = who.open(world.demo.issuer + path)
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and not page.html.handlers
        assert all("src" in s for s in page.html.scripts), path


def test_header_injection(world, member):
    party = world.party()
    for text in ("a\r\nSet-Cookie: x=y", "a\nX-Evil: 1", "a\rb", "a\0b"):
        response = member.request("GET", party.url(party.request(state=text)))
        assert "X-Evil" not in response.headers
        assert "x=y" not in response.headers.get("Set-Cookie", "")


# --- row 20: limits, each at the maximum and one above ---

def test_header_limit(demo):
    url = demo.issuer + "/.well-known/openid-configuration"
    assert requests.get(url, headers={"X-A": "a" * 4000}, timeout=10).status_code == 200
    assert requests.get(url, headers={"X-A": "a" * 8300}, timeout=10).status_code in (400, 431)
    assert alive(demo)


def test_target_limit(demo):
    url = demo.issuer + "/oauth2/authorize?state="
    assert requests.get(url + "a" * 6000, timeout=10).status_code == 400
    assert requests.get(url + "a" * 9000, timeout=10).status_code in (400, 414, 431)
    assert alive(demo)


def test_body_limit(world):
    party = world.party()
    url = party.metadata["token_endpoint"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    below = requests.post(url, data="a=" + "b" * 60000, headers=form, timeout=10)
    assert below.status_code in (400, 401)
    try:
        above = requests.post(url, data="a=" + "b" * 65600, headers=form, timeout=10)
        assert above.status_code == 413
    except requests.ConnectionError:
        pass  # closed while we were sending: refused all the same
    assert alive(world.demo)


def test_parameter_count(world, member):
    """100 pairs are read, 101 are refused."""
    party = world.party()
    request = party.request()
    spare = 100 - len([k for k in request if not k.startswith("_")])
    url = party.url(request)
    assert member.open(url + "".join("&p%d=1" % n for n in range(spare))).params()["code"]
    page = member.open(url + "".join("&p%d=1" % n for n in range(spare + 1)))
    assert page.sent_to is None and page.status == 400


def test_scope_count(world, member):
    answer = world.party().authorize(member, scope="openid " + " ".join(
        "s%d" % n for n in range(70)))
    assert answer.get("code") is None
    assert answer["error"] in ("invalid_scope", "invalid_request")


@pytest.mark.parametrize("name", ["state", "nonce", "login_hint", "claims", "acr_values",
                                  "id_token_hint", "code_challenge"])
def test_long_values(world, member, name):
    answer = world.party().authorize(member, **{name: "x" * 7000})
    assert answer.get("code") is None or name in ("login_hint", "acr_values", "state", "id_token_hint")
    assert alive(world.demo)


def test_ill_formed_authorization_headers(world):
    party = world.party()
    for value in ("Basic", "Basic ", "Basic =", "Basic " + "A" * 7000, "Bearer", "Bearer ",
                  "Bearer  x", "bearer x y", "Digest x", "\x7f", "Basic \xff", ":", "Bearer a,b"):
        for url in (party.metadata["token_endpoint"], party.metadata["userinfo_endpoint"],
                    party.metadata["introspection_endpoint"]):
            response = requests.post(url, headers={"Authorization": value.encode("latin-1")},
                                     timeout=10)
            assert 400 <= response.status_code < 500, (value, url)
    assert alive(world.demo)


def test_deep_json(world, member):
    deep = '{"id_token":' + '{"a":' * 500 + "null" + "}" * 501
    answer = world.party().authorize(member, claims=deep)
    assert answer.get("code") is None and alive(world.demo)


def test_many_idle_connections(demo):
    """Connections that say nothing do not keep others out."""
    parts = urlsplit(demo.issuer)
    idle = []
    try:
        for _ in range(100):
            idle.append(socket.create_connection((parts.hostname, parts.port), timeout=5))
            idle[-1].send(b"GET / HT")
    except OSError:
        pass
    finally:
        ok = alive(demo)
        for s in idle:
            s.close()
    assert ok


# --- row 23: bytes that are no HTTP, or no text ---

GARBAGE = [
    b"\x00" * 100, b"\xff" * 5000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 1000,
    b"GET / HTTP/1.1\r\nHost: %HOST\r\nContent-Length: -1\r\n\r\n",
    b"POST /oauth2/token HTTP/1.1\r\nHost: %HOST\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /oauth2/token HTTP/1.1\r\nHost: %HOST\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /oauth2/token HTTP/1.1\r\nHost: %HOST\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Length: 3\r\n\r\nzz\r\nabc",
    b"GET /%00 HTTP/1.1\r\nHost: %HOST\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: %HOST\r\n\r\n",
    b"GET /oauth2/authorize?a=%00 HTTP/1.1\r\nHost: %HOST\r\n\r\n",
    b"GET /oauth2/authorize?a=%ff%fe HTTP/1.1\r\nHost: %HOST\r\n\r\n",
    b"GET /oauth2/authorize?=&&=&= HTTP/1.1\r\nHost: %HOST\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: %HOST\r\nCookie: \xff=\x01;;;==;\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: %HOST\r\nCookie: " + b"a=b; " * 600 + b"\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost : %HOST\r\n\r\n", b"GET /login HTTP/1.1\r\n Host: %HOST\r\n\r\n",
    b"BREW /login HTTP/1.1\r\nHost: %HOST\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage(demo, data):
    answer = raw(demo, data.replace(b"%HOST", urlsplit(demo.issuer).netloc.encode()), seconds=2)
    status = status_of(answer)
    assert status is None or 400 <= status < 500 or status in (501, 505) or (
        status == 200 and b"Cookie" in data), answer[:200]
    assert alive(demo)


# --- row 24: paths ---

TRAVERSALS = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "....//", "..;/", "..%00/",
              "..%c0%af", "..%252f", "/", "//", "%2f", "./"]


@pytest.mark.parametrize("step", TRAVERSALS)
def test_static_traversal(demo, step):
    for prefix in ("/static/", "/static/x/", "/", "/static"):
        for target in ("etc/passwd", "proc/self/environ", "config.yaml", "pratu.yaml"):
            path = prefix + step * 8 + target
            answer = raw(demo, ("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (
                path, urlsplit(demo.issuer).netloc)).encode())
            assert status_of(answer) in (400, 404), (path, answer[:80])
            assert b"root:" not in answer and b"issuer:" not in answer


def test_static_files_are_served_by_their_hash(world, agent):
    page = agent.open(world.demo.issuer + "/login")
    assets = [s["src"] for s in page.html.scripts if s.get("src")]
    for path in assets:
        response = agent.request("GET", world.demo.issuer + path)
        assert response.status_code == 200 and "immutable" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert isinstance(page, Page)
    assert requests.get(world.demo.issuer + "/static/", timeout=10).status_code == 404


# --- row 12 and 16: every address by every method, empty and out of turn ---

ENDPOINTS = {
    "/oauth2/jwks": "GET", "/oauth2/userinfo": "GET POST", "/oauth2/introspect": "POST",
    "/oauth2/revoke": "POST", "/oauth2/token": "POST", "/oauth2/authorize": "GET POST",
    "/oauth2/logout": "GET POST", "/oauth2/logout/confirm": "POST", "/login": "GET",
    "/login/upstream": "POST", "/login/account": "POST", "/login/consent": "POST",
    "/login/cancel": "GET", "/upstream/thaid/callback": "GET", "/apps": "GET", "/account": "GET",
    "/account/activity": "GET", "/account/privacy": "GET",
    "/account/privacy/withdraw": "POST", "/account/privacy/data": "GET", "/account/language": "POST",
    "/account/sessions": "GET", "/account/sessions/end": "POST",
    "/account/sessions/others": "POST", "/account/sessions/everywhere": "POST",
    "/account/password": "GET", "/account/password/set": "POST", "/apps/logout": "POST", "/language": "GET", "/": "GET",
    "/.well-known/openid-configuration": "GET", "/.well-known/oauth-authorization-server": "GET"}


@pytest.mark.parametrize("path", ENDPOINTS)
def test_methods(world, agent, path):
    allowed = ENDPOINTS[path].split()
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        response = agent.request(method, world.demo.issuer + path)
        if method in allowed:
            assert response.status_code not in (405, 500, 501), (method, response.status_code)
        elif method == "OPTIONS":
            assert response.status_code in (204, 405)
        else:
            assert response.status_code in (405, 501), (method, response.status_code)
            assert set(allowed) <= set(response.headers.get("Allow", "").replace(",", " ").split())


@pytest.mark.parametrize("path", [p for p, m in ENDPOINTS.items() if m == "POST"])
def test_steps_out_of_turn(world, path):
    """An empty POST, or one with invented fields, to any step: nothing happens, nobody gets in."""
    for make, statuses in ((world.agent, range(200, 500)), (world.logged_in, range(400, 500))):
        agent = make()
        before = world.party().authorize(agent, prompt="none").get("error")
        for fields in ({}, {"step": "x"}, {"step": "", "answer": "allow"}, {"csrf": "x"},
                       {"account": "1", "step": "A" * 43}, {"answer": "yes", "request": "x"}):
            response = agent.request("POST", world.demo.issuer + path, data=fields)
            assert response.status_code in statuses, (fields, response.status_code)
            assert "code=" not in response.headers.get("Location", "")
        assert world.party().authorize(agent, prompt="none").get("error") == before
