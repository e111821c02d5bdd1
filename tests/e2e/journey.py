# SPDX-License-Identifier: AGPL-3.0-or-later
"""A person's way through portal, Pratu, ThaID's QR page and the phone, in Chromium."""

import requests

from thaid import Phone

# With JavaScript and without, Thai and English, at a desk and on a phone.
WAYS = [(True, "th", "desk"), (True, "en", "phone"), (False, "th", "phone"), (False, "en", "desk")]
NAMES = ["script-th-desk", "script-en-phone", "plain-th-phone", "plain-en-desk"]
LANGUAGE = "pratu_lang"
ENTER = ("เข้าสู่ระบบ", "Sign in", "Log in")


class Journey:
    """The steps of a login, each leaving a picture when pictures are wanted."""

    def __init__(self, world, browser):
        self.world, self.browser, self.demo = world, browser, world.demo
        self.portals = world.demo.portals
        self.api = Phone(world.demo)

    def choose_language(self):
        """Pages are Thai until a person asks for English. What was asked for is in a cookie of the
        host, whichever port."""
        if self.browser.cookies().get(LANGUAGE, "th") == self.browser.language:
            return
        self.browser.open(self.demo.issuer + "/apps")
        if self.browser.find("html").get_attribute("lang") != self.browser.language:
            self.browser.press("English")

    def to_pratu(self, portal=0):
        self.choose_language()
        portal = self.portals[portal]
        self.browser.open(portal["url"])
        self.browser.picture("portal", ours=False)
        self.browser.press(*ENTER)
        self.browser.wait_url(self.demo.issuer)
        self.check_page("login")

    def check_page(self, name, shown=True):
        self.browser.picture(name, shown=shown)
        assert self.browser.fits(), "%s is wider than the window" % name
        assert not self.browser.complaints(), self.browser.complaints()
        language = self.browser.find("html").get_attribute("lang")
        assert language == self.browser.language, (name, language)

    def to_thaid(self):
        self.browser.press("ThaiID")
        self.browser.wait_url(self.demo.sandbox)
        assert self.browser.content("#reference").strip()
        self.browser.picture("thaid-qr", ours=False)

    def on_the_phone(self, decision, person=None, then=None):
        """Opens what the camera read in a second window, chooses the person, decides. then: the
        window to go on with, where this one (a pop-up) closes by itself once that is done."""
        person = person or self.world.somebody
        names = [p["pid"] for p in requests.get(
            self.demo.sandbox + "/api/people", timeout=10).json()["people"]]
        qr = self.browser.content("#qr-text")
        here = self.browser.driver.current_window_handle
        self.browser.window()
        self.browser.open(qr)
        self.browser.find("a[href*='person=%d&']" % names.index(person["pid"])).click()
        self.browser.picture("phone-confirm", ours=False)
        self.browser.find("#" + decision).click()
        self.browser.find("#result")
        self.browser.driver.close()
        self.browser.driver.switch_to.window(then or here)

    def back(self, prefix):
        """ThaID's page notices by itself: its script, or its refresh."""
        self.browser.wait_url(prefix)

    def log_in(self, person=None, portal=0):
        self.to_pratu(portal)
        self.to_thaid()
        self.on_the_phone("approve", person)
        self.back(self.portals[portal]["url"])

    def is_inside(self, portal=0):
        assert self.browser.url.startswith(self.portals[portal]["url"])
        assert self.world.somebody["pid"] not in self.browser.url
        return any(w in self.browser.text for w in ("ออกจากระบบ", "Sign out", "Log out"))
