# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a portal and a browser say to each other, for docs/portals/transcripts.md. A test compares
what it saw with that page; UPDATE_TRANSCRIPTS=1 writes the page instead."""

import os
import re
from urllib.parse import parse_qsl, urlsplit

from agent import Agent
from harness import ROOT

PAGE = ROOT / "docs" / "portals" / "transcripts.md"
TITLE = """# Transcripts of the portals that were run

Made by `tests/e2e/test_presets.py` from runs of the configurations that `pratu client add --preset` prints, and compared with every run. Each
line is a request of the browser and its answer; of queries the names only. What happens at ThaID and on pages of Pratu is left out.
"""


class RecordingAgent(Agent):
    def __init__(self, portal, issuer):
        super().__init__()
        self.names = {portal: "portal", issuer: "pratu"}
        self.lines = []

    def short(self, url):
        parts = urlsplit(url)
        name = self.names.get("%s://%s" % parts[:2], "elsewhere") if parts.netloc else ""
        names = sorted({n for n, _ in parse_qsl(parts.query, keep_blank_values=True)})
        return "%s%s%s" % (name + " " if name else "", parts.path, "?" + "&".join(names) if names else "")

    def request(self, method, url, **options):
        response = super().request(method, url, **options)
        line = "%s %s -> %d" % (method, self.short(url), response.status_code)
        target = response.headers.get("Location")
        if target:
            line += " " + self.short(target)
        if "portal " in line or "/oauth2/" in line:
            self.lines.append(line)
        return response


def check(name, lines):
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else TITLE
    section = "\n## %s\n\n```\n%s\n```\n" % (name, "\n".join(lines))
    found = re.search(r"\n## %s\n\n```\n.*?\n```\n" % re.escape(name), text, re.S)
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        text = text.replace(found.group(0), section) if found else text + section
        PAGE.write_text(text, encoding="utf-8")
        return
    assert found and found.group(0) == section, (
        "docs/portals/transcripts.md says something else of %s: run with UPDATE_TRANSCRIPTS=1\n%s"
        % (name, section))
