# SPDX-License-Identifier: AGPL-3.0-or-later
"""The person's phone: approves and refuses in the simulated ThaID by its JSON API."""

import re

import requests

from agent import Page


class Phone:
    def __init__(self, demo):
        self.base = demo.sandbox
        self.http = requests.Session()
        self.http.trust_env = False

    def api(self, path, **body):
        return self.http.post(self.base + "/api/" + path, json=body, timeout=10)

    def reset(self):
        assert self.api("reset").ok

    def settings(self, **change):
        """Variants and faults of the simulated ThaID (docs/sandbox.md)."""
        done = self.api("thaid/settings", **change)
        assert done.ok, done.text

    def rotate_keys(self, **how):
        assert self.api("thaid/rotate-keys", **how).ok

    def requests_seen(self):
        return self.http.get(self.base + "/api/requests", timeout=10).json()["requests"]

    @staticmethod
    def qr_of(page):
        """What the phone's camera reads from ThaID's page."""
        found = re.search(r'id="qr-text">([^<]+)<', page.response.text)
        assert found, "no QR page: %d %s\n%s" % (page.status, page.url, page.text[:500])
        return found.group(1).replace("&amp;", "&")

    def approve(self, page, person):
        done = self.api("thaid/approve", qr=self.qr_of(page), pid=person["pid"])
        assert done.ok, done.text

    def refuse(self, page):
        assert self.api("thaid/refuse", qr=self.qr_of(page)).ok

    def approve_and_return(self, agent, page, person):
        self.approve(page, person)
        return self.check(agent, page)

    def refuse_and_return(self, agent, page):
        self.refuse(page)
        return self.check(agent, page)

    @staticmethod
    def check(agent, page):
        """Loads ThaID's page once more, as its refresh or the button does; it leads back."""
        assert isinstance(page, Page)
        return agent.open(page.url)
