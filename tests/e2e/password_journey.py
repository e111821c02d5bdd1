# SPDX-License-Identifier: AGPL-3.0-or-later
"""A person's way in by password and code, in Chromium."""

from selenium.common.exceptions import WebDriverException

from harness import wait_for
from journey import Journey
from password_site import code_in, has_code, reference_in


class PasswordJourney(Journey):
    def fill(self, **fields):
        for name, text in fields.items():
            field = self.browser.find("[name=%s]:not([type=hidden])" % name)
            field.clear()
            field.send_keys(text)

    def button(self, field):
        """That of the form which the field is in."""
        return self.browser.find("form:has([name=%s]) button[type=submit]" % field)

    def press(self, button):
        """Presses it and waits for the next page."""
        page = self.browser.find("html")
        button.click()
        wait_for(lambda: self.is_gone(page), 20, "the page after %s" % self.browser.url)

    @staticmethod
    def is_gone(page):
        try:
            return not page.tag_name
        except WebDriverException:
            return True

    def send(self, field):
        self.press(self.button(field))

    def unfold(self):
        """On the login page the way by password stands folded behind its button."""
        self.browser.find("[name=password]")
        for button in self.browser.all("details[data-part=method]:not([open]) > summary"):
            button.click()

    def enter(self, person, password=None):
        self.unfold()
        self.fill(username=person["username"], password=password or person["password"])
        self.send("password")

    def to_code_page(self, person, password=None):
        self.to_pratu()
        self.enter(person, password)
        self.browser.find("[name=code]:not([type=hidden])")

    def give(self, code):
        self.fill(code=code)
        self.send("code")

    def code_of_page(self, person):
        """The code in the mail that has the page's reference; other mail may be there too."""
        reference = self.browser.find("[data-part=reference]").text
        return code_in(wait_for(lambda: [m["text"] for m in self.demo.messages(person)
                                         if has_code(m["text"])
                                         and reference_in(m["text"]) == reference],
                                20, "a mail with " + reference)[0])

    def alerts(self):
        return [e.text for e in self.browser.all("[role=alert]") if e.is_displayed()]

    def comes_in(self):
        self.browser.wait_url(self.portals[0]["url"])
        return wait_for(self.is_inside, 10, "the portal at %s" % self.browser.url)
