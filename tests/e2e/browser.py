# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chromium under Selenium: one window of a person, with or without JavaScript."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.remote_connection import RemoteConnection

from harness import ROOT, free_port, wait_for

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--no-proxy-server",
         "--force-prefers-reduced-motion")  # smooth scrolling moves what is about to be clicked
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
COMMAND_SECONDS = 45  # a browser that does not answer is a failure, not an endless wait
IMAGES = ROOT / "docs" / "images"
PRESSED = "button, a, input[type=submit]"
# What each of them says, in one question instead of three for each.
SAID = ("Array.from(document.querySelectorAll(%s),"
        " e => [e.innerText, e.getAttribute('aria-label'), e.value].join(' '))")
WORD_JOINER = "\u2060"  # keeps Thai compounds on one line; no letter
JAVASCRIPT_OFF = {"profile.managed_default_content_settings.javascript": 2}


class Browser:
    def __init__(self, javascript=True, language="th", size="desk"):
        self.profile = tempfile.mkdtemp(prefix="pratu-chromium-")
        self.javascript, self.language, self.size = javascript, language, size
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_argument("--user-data-dir=" + self.profile)
        options.add_argument("--lang=" + language)
        preferences = {"intl.accept_languages": "%s,%s" % (language, language)}
        options.add_experimental_option(
            "prefs", {**preferences, **({} if javascript else JAVASCRIPT_OFF)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.add_argument("--window-size=%d,%d" % SIZES[size])
        if size == "phone":
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": {
                "width": SIZES[size][0], "height": SIZES[size][1], "pixelRatio": 1,
                "touch": False}})
        self.driver = self.start(options)
        self.driver.set_page_load_timeout(30)

    @staticmethod
    def start(options):
        RemoteConnection.set_timeout(COMMAND_SECONDS)
        return webdriver.Chrome(service=Service("/usr/bin/chromedriver", port=free_port()),
                                options=options)

    def close(self):
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self.profile, ignore_errors=True)

    def forget(self):
        """As a browser that was never anywhere: one empty window, no cookies, nothing stored."""
        first, *others = self.driver.window_handles
        for window in others:
            self.driver.switch_to.window(window)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.open("about:blank")
        for command in ("Network.clearBrowserCookies", "Network.clearBrowserCache"):
            self.driver.execute_cdp_cmd(command, {})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {
            "origin": "*", "storageTypes": "all"})
        self.driver.get_log("browser")  # hands over what was said so far

    @property
    def url(self):
        return self.driver.current_url

    @property
    def text(self):
        body = self.driver.find_element(By.TAG_NAME, "body").text
        return " ".join(body.replace(WORD_JOINER, "").split())

    def open(self, url):
        self.driver.get(url)

    def cookies(self):
        """Name -> value, of the page it is at."""
        return {c["name"]: c["value"] for c in self.driver.get_cookies()}

    def window(self):
        """A second window of the same browser."""
        self.driver.switch_to.new_window("window")
        return self.driver.current_window_handle

    def find(self, css):
        """The first such element, as soon as there is one: the page may still be on its way."""
        return wait_for(lambda: self.all(css), 10, "%s at %s" % (css, self.url))[0]

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def content(self, css):
        """The text in the first such element, found and read at once: of a page that loads itself
        again, an element found before is gone when it is read."""
        script = "document.querySelector(%s)?.textContent" % json.dumps(css)
        return wait_for(lambda: self.driver.execute_cdp_cmd(
            "Runtime.evaluate", {"expression": script})["result"].get("value"),
            10, "text in %s" % css)

    def press(self, *words):
        """Clicks the first visible button or link whose text or label holds one of the words."""
        said = self.driver.execute_cdp_cmd("Runtime.evaluate", {
            "expression": SAID % json.dumps(PRESSED), "returnByValue": True})["result"]["value"]
        for element, text in zip(self.all(PRESSED), said):
            if any(w.lower() in text.replace(WORD_JOINER, "").lower() for w in words) and element.is_displayed():
                element.click()
                return
        raise AssertionError("nothing to press for %s on %s: %s" % (words, self.url, self.text[:500]))

    def wait_url(self, prefix, seconds=20):
        def there():
            try:
                return self.url.startswith(prefix)
            except WebDriverException:
                return False
        try:
            wait_for(there, seconds, "the address " + prefix)
        except AssertionError:
            raise AssertionError("not at %s but %s: %s" % (prefix, self.url, self.text[:500]))

    def complaints(self):
        """What the browser's console says is wrong: blocked scripts, missing files. A page that
        comes with an error status is there for people, and no fault by itself."""
        return [e["message"] for e in self.driver.get_log("browser")
                if e["level"] == "SEVERE" and not e["message"].startswith(self.url)
                and "favicon.ico" not in e["message"]]

    def fits(self):
        """True when nothing sticks out sideways."""
        wide = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        return wide["cssContentSize"]["width"] <= SIZES[self.size][0] + 1

    def picture(self, name, ours=True, shown=True):
        """Keeps a screenshot when asked to by UPDATE_SCREENSHOTS: 1 for those shown in docs/images,
        or a directory for all. Of the sandbox's pages, which are the same in every language, only
        once."""
        wanted = os.environ.get("UPDATE_SCREENSHOTS")
        if not wanted or (wanted == "1" and not shown) or not (ours or self.language == "th"):
            return
        self.driver.execute_cdp_cmd("Runtime.evaluate", {
            "expression": "document.fonts.ready.then(() => 0)", "awaitPromise": True})
        directory = IMAGES if wanted == "1" else Path(wanted)
        directory.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(
            str(directory / ("%s-%s-%s.png" % (name, self.language, self.size))))


class Windows:
    """Browsers that are used again: to start one takes longer than most tests."""

    def __init__(self):
        self.idle = {}

    def take(self, way):
        waiting = self.idle.setdefault(way, [])
        return waiting.pop() if waiting else Browser(*way)

    def give_back(self, way, browser):
        try:
            browser.forget()
        except BaseException:
            browser.close()
            raise
        self.idle[way].append(browser)

    def close(self):
        for browser in [b for waiting in self.idle.values() for b in waiting]:
            browser.close()
