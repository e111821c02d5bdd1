# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attack row 1: whatever is done to a redirect URI, nobody is sent there and no link leads there."""

from urllib.parse import quote, urlencode

import pytest

from harness import CALLBACK
from relying_party import Answer

EVIL = "evil.example"


def mutations(good):
    """Addresses that differ from the registered one, each a way somebody was once fooled."""
    scheme, rest = good.split("://", 1)
    host, path = rest.split("/", 1)
    name, port = host.split(":")
    yield from (good + tail for tail in (
        "/", "//", "?", "?a", "?a=b", "&a=b", "#", "#a", "#@" + EVIL, " ", "%20", "%09", "%0d%0a",
        "%00", "\t", ";", ";a", "/.", "/..", "/../x", "/%2e%2e/x", "/%2e%2e%2fx", "..;/", "/..;/x",
        "\\", "/\\x", "%", "%zz", "%2f", "%5c", "*", ".evil", "@" + EVIL, "%40" + EVIL, "ก", "é",
        ".html", "~", "%c0%ae", "%252f", "\u2028", "\uff0f", "+", "|", "'", '"', "<", "`"))
    yield from (good[:-1], good[1:], " " + good, "\t" + good, good.upper(), good.title(), good * 2,
                good + " " + good, good + "," + good, good + "%0a" + good, "")
    yield from ("%s://%s/%s" % (scheme, h, path) for h in (
        EVIL, "%s@%s" % (host, EVIL), "%s%%40%s" % (host, EVIL), "%s%%2540%s" % (host, EVIL),
        "user@" + host, "user:pw@" + host, ":@" + host, "@" + host, "a@b@" + host,
        "%s#@%s" % (EVIL, host), "%s\\@%s" % (EVIL, host), "%s?@%s" % (EVIL, host),
        "%s/@%s" % (EVIL, host), name, name + ":", name + ":80", name + ":0" + port,
        name + ":%d" % (int(port) + 1), name + ".:" + port, "." + host, "www." + host,
        name + "." + EVIL, name + EVIL, EVIL + "." + host, name.upper() + ":" + port,
        "127.0.0.1:" + port, "[::1]:" + port, "0.0.0.0:" + port, "2130706433:" + port,
        "0x7f.1:" + port, "127.1:" + port, "loc%61lhost:" + port, "ｌｏｃａｌｈｏｓｔ:" + port,
        "localhos\u200bt:" + port, "xn--localhost:" + port, "*:" + port, "*." + EVIL))
    yield from ("%s%s/%s" % (prefix, host, path) for prefix in (
        "https://", "HTTP://", "Http://", "http:", "http:/", "http:///", "http:////", "http:\\\\",
        "//", "/", "\\\\", "ftp://", "file://", "ws://", "http://http://", "http%3a//", "http:%2f%2f",
        "view-source:http://", "blob:http://", "filesystem:http://", "jar:http://"))
    yield from ("%s://%s/%s" % (scheme, host, p) for p in (
        path.upper(), path.replace("/", "//"), path.replace("/", "/./"), path.replace("c", "%63"),
        "./" + path, "x/../" + path, "x/%2e%2e/" + path, "..;/" + path, path + "/" + path, "",
        path.rsplit("/", 1)[0], path.rsplit("/", 1)[0] + "/", path.replace("/", "%2f"),
        path.replace("/", "\\"), "%2f" + path))
    yield from ("javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)",
                "javascript://%s/%%0aalert(1)" % host, "data:text/html,x", "DATA:text/html,x",
                "vbscript:x", "about:blank", "urn:ietf:wg:oauth:2.0:oob", "mailto:x@" + EVIL,
                "null", "undefined", "*", ".", "..", "?", "#", CALLBACK, "http://", "http://" + EVIL)


GOOD = CALLBACK + "/basic/callback"
ALL = list(dict.fromkeys(m for m in mutations(GOOD) if m != GOOD))
# Each error that comes before and after the URI is validated must stay on our page too.
SITUATIONS = {
    "plain": {},
    "form_post": {"response_mode": "form_post"},
    "error": {"response_type": "token", "scope": "none"},
    "prompt none": {"prompt": "none"},
    "no pkce": {"code_challenge": None, "code_challenge_method": None},
}


def assert_nobody_goes_there(page, uri):
    assert page.status in (400, 414, 431), (page.status, uri)
    assert page.sent_to is None and "Location" not in page.headers, uri
    assert "Refresh" not in page.headers and page.html.refresh is None, uri
    policy = page.headers.get("Content-Security-Policy", "")
    assert EVIL not in policy, uri
    if uri.strip():
        assert all(uri != href for href, _ in page.html.links), uri
        assert all(uri != form.action for form in page.forms), uri
    assert not page.html.handlers, uri


def test_the_table_is_large():
    assert len(ALL) >= 120


@pytest.mark.parametrize("situation", SITUATIONS)
def test_authorize(world, member, situation):
    party = world.party()
    assert party.redirect_uri == GOOD
    for uri in ALL:
        request = party.request(redirect_uri=uri, **SITUATIONS[situation])
        assert_nobody_goes_there(member.open(party.url(request)), uri)


def test_authorize_by_post(world, member):
    party = world.party()
    for uri in ALL:
        answer = party.authorize(member, post=True, redirect_uri=uri)
        assert_nobody_goes_there(answer.page, uri)


def test_not_logged_in(world, agent):
    """Also before anybody knows who asks: no login page for an address nobody registered."""
    party = world.party()
    for uri in ALL:
        assert_nobody_goes_there(agent.open(party.url(party.request(redirect_uri=uri))), uri)


def test_twice(world, member):
    """Two redirect URIs: neither the first nor the last wins."""
    party = world.party()
    for uris in ([GOOD, "http://" + EVIL], ["http://" + EVIL, GOOD], [GOOD, GOOD]):
        url = party.url(party.request(redirect_uri=None))
        page = member.open(url + "".join("&redirect_uri=" + quote(u, safe="") for u in uris))
        assert_nobody_goes_there(page, "http://" + EVIL)


def test_query_and_body(world, member):
    """A POST whose query names another address than its body."""
    party = world.party()
    wire = {k: v for k, v in party.request().items() if not k.startswith("_")}
    page = member.open(party.metadata["authorization_endpoint"] + "?" + urlencode(
        {"redirect_uri": "http://" + EVIL}), "POST", wire)
    assert page.sent_to is None or page.sent_to.startswith(GOOD)


def test_end_session(world):
    agent, party = world.fresh(), world.party()
    tokens = party.tokens(agent)
    good = party.client["post_logout_redirect_uris"][0]
    url = party.metadata["end_session_endpoint"]
    for uri in dict.fromkeys(m for m in mutations(good) if m not in (good, "")):
        page = agent.open(url + "?" + urlencode(
            {"id_token_hint": tokens.id, "post_logout_redirect_uri": uri, "state": "s"}))
        assert page.sent_to is None and "Location" not in page.headers, uri
        assert page.html.refresh is None and EVIL not in page.headers["Content-Security-Policy"]
        assert all(uri != href for href, _ in page.html.links), uri


def test_token_endpoint(world, member):
    party = world.party()
    for uri in ALL[:20] + ALL[-20:]:
        answer = party.authorize(member)
        response = party.redeem(answer, redirect_uri=uri)
        assert response.status_code == 400, uri
        assert response.json()["error"] in ("invalid_grant", "invalid_request"), uri


def test_errors_name_the_issuer(world, member, agent):
    """Attack row 2: iss in every answer, errors too, in both response modes."""
    party = world.party()
    for mode in ("query", "form_post"):
        for who, change in ((member, {}), (agent, {"prompt": "none"}),
                            (member, {"response_type": "token"}), (member, {"scope": "x"}),
                            (member, {"code_challenge": "short"})):
            answer = party.authorize(who, response_mode=mode, **change)
            assert isinstance(answer, Answer)
            assert answer["iss"] == world.demo.issuer, (mode, change)
