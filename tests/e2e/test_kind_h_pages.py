# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind H: what only a browser shows, over every page in both languages: axe-core, reflow, focus, forced
colours, computed contrast, and what the script adds. The pages are those of the golden files."""

import functools
import http.server
import re
import subprocess
import threading

import pytest

import npm
from binaries import built
from browser import Browser

# All rules of axe-core that are on, and these, which are off for being young or a matter of taste. A name
# for screen readers alone is text of the element, so that label-content-name-mismatch needs no exception for
# Thai, which it would compare by words.
RULES = "{region: {enabled: true}, 'label-content-name-mismatch': {enabled: true}," \
    " 'target-size': {enabled: true}, 'aria-allowed-role': {enabled: true}}"
LEAST_EDGE = 3.0  # WCAG 1.4.11


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """(address, names) of a server with all pages as files, their styles and scripts included."""
    directory = tmp_path_factory.mktemp("pages")
    subprocess.run([built("tests/unit/web/test_web_golden"), "--preview", directory], check=True,
                   stdout=subprocess.DEVNULL, timeout=60)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Left out: pages that go away by themselves.
    names = sorted(p.stem for p in directory.glob("*.html")
                   if not re.match(r"form_post|leave|post.again|logged_out\.", p.stem))
    yield "http://127.0.0.1:%d/" % server.server_address[1], names
    server.shutdown()


@pytest.fixture(scope="module")
def window():
    browser = Browser()
    yield browser
    browser.close()


def at_width(window, width):
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})


def media(window, **features):
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": name.replace("_", "-"), "value": value} for name, value in features.items()]})


def ask(window, script, *args):
    return window.driver.execute_script(script, *args)


def test_axe_finds_nothing(pages, window):
    address, names = pages
    axe = (npm.installed("axe-core") / "axe.min.js").read_text(encoding="utf-8")
    at_width(window, 1280)
    found = []
    for name in names:
        window.open(address + name + ".html")
        ask(window, axe)
        violations = window.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {rules: %s})"
            ".then(r => done(r.violations.map(v => [v.id, v.nodes[0].html])))" % RULES)
        found += ["%s: %s %s" % (name, rule, html[:200]) for rule, html in violations]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_sideways(pages, window, width):
    address, names = pages
    at_width(window, width)
    wide = {}
    for name in names:
        window.open(address + name + ".html")
        needs = ask(window, "return document.documentElement.scrollWidth")
        if needs > width:
            wide[name] = needs
    assert not wide


def luminance(color):
    parts = [int(x) / 255 for x in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", ["login.th", "code.th", "address_new-email.th", "change.th"])
def test_a_field_can_be_seen_and_its_focus_too(pages, window, page):
    at_width(window, 1280)
    window.open(pages[0] + page + ".html")
    ask(window, "document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for field in window.all("input:not([type=hidden])"):
        if not field.is_displayed() or field.get_attribute("aria-hidden"):
            continue
        edge = ask(window, "return getComputedStyle(arguments[0]).borderTopColor", field)
        assert contrast(edge, "rgb(255, 255, 255)") >= LEAST_EDGE
        assert field.rect["height"] >= 44
        field.click()
        style, ring, color = ask(window, "const s = getComputedStyle(arguments[0]);"
                                 "return [s.outlineStyle, s.outlineWidth, s.outlineColor]", field)
        assert style == "solid" and ring == "3px"
        assert contrast(color, "rgb(255, 255, 255)") >= LEAST_EDGE


def test_an_error_has_the_focus_and_is_in_the_title(pages, window):
    at_width(window, 1280)
    window.open(pages[0] + "login-password.th.html")
    assert window.driver.title.startswith("ข้อผิดพลาด:")
    assert ask(window, "return document.activeElement.id") == "error"
    assert window.find("#password").get_attribute("aria-describedby") == "error"
    window.open(pages[0] + "login-password.en.html")
    assert window.driver.title.startswith("Error:")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_qr_code_can_be_read_in_forced_colours(pages, window, scheme):
    at_width(window, 390)
    media(window, forced_colors="active", prefers_color_scheme=scheme)
    try:
        window.open(pages[0] + "wait-qr.th.html")
        dark = ask(window, "return getComputedStyle(document.querySelector('svg[role=img] path')).fill")
        light = ask(window, "return getComputedStyle(document.querySelector('svg[role=img]')"
                    ".parentNode).backgroundColor")
        assert contrast(dark, light) >= 7
    finally:
        media(window)


def test_the_menu_of_the_name_opens_and_closes(pages, window):
    at_width(window, 390)
    window.open(pages[0] + "profile.th.html")
    opened = "return document.querySelector('[data-who]').open"
    out = window.find("[data-part=sign-out]")
    assert not ask(window, opened)
    window.find("[data-who] summary").click()
    assert ask(window, opened) and out.is_displayed()
    window.find("footer").click()
    assert not ask(window, opened)
    form = ask(window, "const f = arguments[0].form; return [f.getAttribute('action'), f.method]", out)
    assert form == ["/apps/logout", "post"]


def test_another_code_waits_and_then_its_button_opens(pages, window):
    at_width(window, 1280)
    window.open(pages[0] + "code.th.html")
    button = window.find("#resend")
    assert not button.is_enabled()
    # A minute later: the clock of the page is what counts.
    ask(window, "const late = Date.now() + 3600000; Date.now = () => late")
    window.driver.set_script_timeout(10)
    assert window.driver.execute_async_script(
        "const done = arguments[0]; setTimeout(() => done("
        "!document.getElementById('resend').disabled && document.querySelector('[data-opens]').hidden"
        "), 2500)")


def test_a_page_warns_before_the_session_ends(pages, window):
    at_width(window, 390)
    window.open(pages[0] + "profile.th.html")
    warning = window.find("[data-session-warning]")
    assert not warning.is_displayed()
    ask(window, "const late = Date.now() + 1000 * (1800 - 100); Date.now = () => late")
    shown = window.driver.execute_async_script(
        "const done = arguments[0]; setTimeout(() => done(["
        "!document.querySelector('[data-session-warning]').hidden,"
        "document.activeElement.textContent]), 2500)")
    assert shown == [True, "ใช้งานต่อ"]
