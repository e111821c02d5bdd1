# SPDX-License-Identifier: AGPL-3.0-or-later
"""A browser of the plainest kind: follows redirects, keeps cookies, reads forms, runs no script."""

import copy
import http.cookiejar
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import requests

HOPS_MAX = 20
WORD_JOINER = "\u2060"  # keeps Thai compounds on one line; no letter
VOID_BUTTONS = {"reset", "button"}


class Form:
    def __init__(self, attrs):
        self.method = (attrs.get("method") or "get").lower()
        self.action = attrs.get("action") or ""
        self.fields = []  # (name, value) of what is sent in any case
        self.buttons = []  # (name or None, value, text)
        self.text = ""

    def value(self, name):
        return dict(self.fields).get(name)


class PageParser(HTMLParser):
    """Collects forms, links, scripts, meta refresh and text of a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms, self.links, self.scripts, self.tags = [], [], [], []
        self.handlers = []  # on… attributes and javascript: addresses
        self.refresh = None
        self.text = []
        self.form = self.button = self.link = None
        self.silent = 0

    def handle_starttag(self, tag, attributes):
        attrs = dict(attributes)
        self.tags.append(tag)
        self.handlers += [k for k in attrs if k.startswith("on")]
        self.handlers += [k for k in ("href", "src", "action", "formaction")
                          if (attrs.get(k) or "").strip().lower().startswith("javascript:")]
        getattr(self, "on_" + tag, lambda a: None)(attrs)

    def on_form(self, attrs):
        self.form = Form(attrs)
        self.forms.append(self.form)

    def on_input(self, attrs):
        if self.form is None or not attrs.get("name"):
            return
        kind = (attrs.get("type") or "text").lower()
        if kind == "submit":
            self.form.buttons.append((attrs["name"], attrs.get("value", ""), attrs.get("value", "")))
        elif kind not in ("checkbox", "radio") or "checked" in attrs:
            self.form.fields.append((attrs["name"], attrs.get("value", "")))

    def on_button(self, attrs):
        if self.form is not None and (attrs.get("type") or "submit") not in VOID_BUTTONS:
            self.button = [attrs.get("name"), attrs.get("value", ""), ""]

    def on_a(self, attrs):
        self.link = [attrs.get("href") or "", ""]

    def on_meta(self, attrs):
        if (attrs.get("http-equiv") or "").lower() == "refresh":
            seconds, _, address = (attrs.get("content") or "").partition(";")
            self.refresh = (seconds.strip(), address.strip()[4:].strip("'\" ")
                            if address.strip().lower().startswith("url=") else "")

    def on_script(self, attrs):
        self.scripts.append(attrs)
        self.silent += 1

    def on_style(self, _):
        self.silent += 1

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag == "form":
            self.form = None
        elif tag == "button" and self.button:
            if self.form is not None:
                self.form.buttons.append(tuple(self.button))
            self.button = None
        elif tag == "a" and self.link:
            self.links.append(tuple(self.link))
            self.link = None

    def handle_data(self, data):
        data = data.replace(WORD_JOINER, "")
        if self.silent:
            return
        self.text.append(data)
        if self.button:
            self.button[2] += data
        if self.link:
            self.link[1] += data
        if self.form is not None:
            self.form.text += data


class Page:
    """An answer that is not a redirect, or a redirect to an address the agent stops at."""

    def __init__(self, response, sent_to=None):
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.url = response.url
        self.sent_to = sent_to
        self.html = PageParser()
        if "html" in response.headers.get("Content-Type", ""):
            self.html.feed(response.text)

    @property
    def text(self):
        return " ".join(" ".join(self.html.text).split())

    @property
    def forms(self):
        return self.html.forms

    def params(self):
        """Parameters of the address the agent was sent to."""
        assert self.sent_to, "no redirect: %d %s\n%s" % (self.status, self.url, self.text[:600])
        pairs = parse_qsl(urlsplit(self.sent_to).query, keep_blank_values=True)
        assert len(pairs) == len(dict(pairs)), "a parameter twice: %s" % self.sent_to
        return dict(pairs)


class Agent:
    def __init__(self, stops=(), language="th"):
        self.stops = tuple(stops)
        self.session = requests.Session()
        self.session.trust_env = False
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.session.cookies = requests.cookies.RequestsCookieJar(policy=policy)
        self.session.headers.update({
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": language,
            "User-Agent": "pratu-e2e"})

    def clone(self):
        """Another agent with a copy of the cookies: the same browser in a second tab."""
        other = Agent(self.stops)
        other.session.headers = copy.copy(self.session.headers)
        for cookie in self.session.cookies:
            other.session.cookies.set_cookie(copy.copy(cookie))
        return other

    def request(self, method, url, **options):
        options.setdefault("timeout", 30)
        return self.session.request(method, url, allow_redirects=False, **options)

    def open(self, url, method="GET", data=None, headers=None):
        """Loads a page and follows redirects, and pages that leave by themselves at once, up to an
        address of self.stops."""
        for _ in range(HOPS_MAX):
            response = self.request(method, url, data=data, headers=headers)
            page = Page(response)
            leaves = page.html.refresh and page.html.refresh[0] == "0"
            if not response.is_redirect and not leaves:
                return page
            target = urljoin(url, page.html.refresh[1] if leaves else response.headers["Location"])
            if target.startswith(self.stops):
                return Page(response, sent_to=target)
            if response.status_code not in (307, 308):
                method, data = "GET", None
            url, headers = urldefrag(target)[0], {"Referer": url}
        raise AssertionError("more than %d redirects, last to %s" % (HOPS_MAX, url))

    def submit(self, page, form, button=None, **values):
        fields = [(k, values.pop(k, v)) for k, v in form.fields] + list(values.items())
        if button and button[0]:
            fields.append((button[0], button[1]))
        url = urljoin(page.url, form.action or page.url)
        if url.startswith(self.stops):
            page.sent_to, page.posted = url, dict(fields)
            return page
        headers = {"Referer": page.url, "Origin": "%s://%s" % urlsplit(page.url)[:2]}
        if form.method == "post":
            return self.open(url, "POST", fields, headers)
        return self.open(requests.Request("GET", url, params=fields).prepare().url)

    def press(self, page, *words):
        """Presses the first button, or follows the first link, whose text holds one of the words."""
        for form in page.forms:
            for button in form.buttons:
                if any(w.lower() in button[2].lower() for w in words):
                    return self.submit(page, form, button)
        for href, text in page.html.links:
            if any(w.lower() in text.lower() for w in words):
                return self.open(urljoin(page.url, href))
        raise AssertionError("nothing to press for %s on %s:\n%s" % (words, page.url, page.text[:800]))
