# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands of docs/upgrading.md, in their order, on a store that the previous version wrote; and what
the store then says of who wrote it."""

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from binaries import ROOT
from older_store import ARCHIVES
from plain_site import PlainSite

PAGE = ROOT / "docs/upgrading.md"
OLDER = "before_the_frame.tar.xz"  # of 0.1.0


class Upgrade:
    """Runs lines of the page on a site; its paths and service are those of the page."""

    def __init__(self, site):
        self.site, self.server = site, None
        self.installed = site.home / "usr-bin-pratu"

    def path(self, text):
        for name, place in (("/etc/pratu", self.site.home), ("/var/lib/pratu", self.site.home),
                            ("/usr/bin/pratu", self.installed), ("http://127.0.0.1:8081", self.site.management),
                            ("/etc/systemd/system", self.site.home), ("config/pratu.service", ROOT / "config/pratu.service")):
            text = text.replace(name, str(place))
        return text

    def systemctl(self, verb):
        if verb == "stop" and self.server:
            assert self.site.stop(self.server) == 0
            self.server = None
        elif verb == "start":
            self.server = self.site.start()
            from harness import wait_for
            wait_for(lambda: self.server.poll() is not None or self.site.is_ready(), 60, "the server")
            assert self.server.poll() is None, self.site.log()

    def run(self, line):
        if line.startswith("systemctl "):
            self.systemctl(line.split()[1])
            return ""
        words = self.path(line.removeprefix("sudo -u pratu ")).split()
        if words[:3] == ["install", "-m", "0755"]:
            words[3] = self.site.program
        if words[0] in ("pratu", "./pratu"):
            config = [] if "--config" in words or words[1:] == ["version"] else ["--config", str(self.site.config)]
            words = [self.site.program, *words[1:], *config]
        done = subprocess.run(words, text=True, capture_output=True, timeout=120)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture(scope="module")
def upgrade():
    with PlainSite() as site:
        with tarfile.open(ARCHIVES / OLDER) as file:
            inside = {m.name: file.extractfile(m).read() for m in file.getmembers()}
        shutil.rmtree(site.data)
        site.data.mkdir()
        (site.data / "data.mdb").write_bytes(inside["data.mdb"])
        (site.home / "master.key").write_bytes(inside["master.key"])
        # As a copy by hand leaves them; the page puts them right.
        (site.data / "data.mdb").chmod(0o600)
        made = Upgrade(site)
        made.state = json.loads(inside["state.json"])
        yield made
        if made.server:
            site.stop(made.server)


def lines():
    text = PAGE.read_text(encoding="utf-8")
    return [line for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]


def test_the_page(upgrade):
    said = {}
    before_going_back = True
    for line in lines():
        if line.startswith("install -m 0755"):
            # What a copy made by other means may have.
            (upgrade.site.data / "data.mdb").chmod(0o644)
        said[line] = upgrade.run(line)
        if line == "sudo -u pratu pratu store info" and before_going_back:
            before_going_back = False
            assert "written last by: pratu 0." in said[line], said[line]
    assert said["pratu version"].startswith("pratu ")
    assert "0 faults" in said["sudo -u pratu pratu audit verify"]
    assert "ready" in said["curl -fsS http://127.0.0.1:8081/readyz"]
    people = json.loads(upgrade.site.good("person", "list"))
    assert len(people) == 24
    assert upgrade.site.get("/oauth2/jwks")[0] == 200


def test_who_wrote_it_last(upgrade):
    """The restored store is the previous version's again; the first program that writes says so."""
    site = upgrade.site
    assert "written last by: pratu 0.2" in site.good("store", "info")
    version = site.good("version").splitlines()[0]
    assert version in site.good("store", "info")


def test_the_changelog_names_this_version():
    version = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text(encoding="utf-8")).group(1)
    text = Path(ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## %s\n" % version in text


def test_the_changelog_names_options_that_exist():
    """The new names of what was renamed."""
    known = set(re.findall(r"^\| `([a-z_.\[\]]+)`", (ROOT / "docs/options.md").read_text(encoding="utf-8"), re.M))
    text = Path(ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = re.search(r"\| before \| now \|\n\|---\|---\|\n(.*?)\n\n", text, re.S).group(1)
    sections = {k.split(".")[0] for k in known}
    for row in rows.splitlines():
        now = re.findall(r"`([a-z_]+\.[a-z_.\[\]]+[a-z])`", row.split("|")[2])
        for name in now:
            assert name.split(".")[0] in sections and name in known, name
