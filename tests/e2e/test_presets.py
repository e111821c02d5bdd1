# SPDX-License-Identifier: AGPL-3.0-or-later
"""Portals on the libraries of the field. Each is registered by `pratu client add --preset`, whose
output goes unedited into the file the preset names, beside a portal of tests/e2e/portals; it logs a
person in, shows what the library verified, refreshes, and logs out."""

import json
import os
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

import npm
import transcript
import wheels
from harness import free_port, wait_for
from journey import WAYS, Journey

PORTALS = Path(__file__).parent / "portals"
FILES = {"openid-client": "pratu.mjs", "openid-client-keys": "pratu.mjs", "auth-js": "pratu.mjs", "passport": "pratu.mjs",
         "express-openid-connect": "pratu.mjs", "authlib": "pratu.py",
         "social-django": "pratu_settings.py", "mod_auth_openidc": "pratu.conf",
         "oidc-client-ts": "pratu.js", "keycloak-js": "pratu.js", "go-oidc": "pratu/pratu.go",
         "mozilla-django-oidc": "pratu_settings.py", "omniauth": "pratu.rb",
         "lemonldap-ng": "pratu.sh"}
SERVERS = ("openid-client", "openid-client-keys", "auth-js", "passport", "express-openid-connect", "authlib", "social-django",
           "mozilla-django-oidc", "omniauth", "go-oidc")
IN_THE_BROWSER = ("oidc-client-ts", "keycloak-js")
# The portal of another preset, where only the configuration differs.
SAME_PORTAL = {"openid-client-keys": "openid-client"}
# Where the portal begins a login, if not at /me.
BEGINS = {"auth-js": "/auth/signin"}
# How it is run, by the file that is the portal. Go's is built first, each time.
RUN = {"portal.mjs": ("node", "portal.mjs"), "portal.py": ("/usr/bin/python3", "-B", "portal.py"),
       "portal.rb": ("/usr/bin/ruby", "portal.rb"),
       "portal.sh": ("sh", "portal.sh", "{base}", "{port}"),
       "portal.go": ("sh", "-c", "go build -o portal.bin . && exec ./portal.bin")}
BUTTONS = {"auth-js", "omniauth"}  # their login begins by a button on a page of theirs


class Portal:
    """A directory with the portal and its configuration, and what runs there."""

    def __init__(self, world, home, name):
        self.world, self.name, self.home = world, name, home / name
        self.port = free_port()
        self.base = "http://localhost:%d" % self.port
        self.process = self.server = None
        shutil.copytree(PORTALS / SAME_PORTAL.get(name, name), self.home)
        (self.home / FILES[name]).parent.mkdir(exist_ok=True)
        (self.home / FILES[name]).write_text(world.demo.good(
            "client", "add", "--preset", name, "--url", self.base, "--system", world.system,
            "--name", name, "--client-id", "preset-" + name), encoding="utf-8")

    def run(self, *command, **env):
        with open(self.home / "portal.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log,
                                            env={**os.environ, "NO_PROXY": "localhost", **env})

    def start(self):
        if (self.home / "portal.mjs").exists() or self.name in IN_THE_BROWSER:
            (self.home / "node_modules").symlink_to(npm.PORTALS / "node_modules")
        if self.name in IN_THE_BROWSER:
            handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
            self.server = ThreadingHTTPServer(
                ("localhost", self.port), partial(handler, directory=self.home))
            threading.Thread(target=self.server.serve_forever, daemon=True).start()
            return
        if self.name == "lemonldap-ng":
            self.open_to_all()
        for file, command in RUN.items():
            if (self.home / file).exists():
                self.run(*(w.format(base=self.base, port=self.port) for w in command), PYTHONPATH=str(wheels.PORTALS), GOTOOLCHAIN="local")
                return
        self.start_apache()

    def open_to_all(self):
        """What starts as root goes on as www-data."""
        if os.geteuid() != 0:
            return
        for path in (self.home, *self.home.rglob("*"), *list(self.home.parents)[:3]):
            path.chmod(path.stat().st_mode | 0o055)
        shutil.chown(self.home, "www-data", "www-data")

    def start_apache(self):
        for page in ("www/protected/index.html", "www/bye.html"):
            path = self.home / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("<h1>%s</h1>" % path.stem, encoding="utf-8")
        root = ["-D", "root"] if os.geteuid() == 0 else []
        self.open_to_all()
        self.run("/usr/sbin/apache2", "-f", str(self.home / "portal.conf"), "-DFOREGROUND", *root,
                 PORT=str(self.port), HERE=str(self.home))

    def wait(self):
        def answers():
            assert not self.process or self.process.poll() is None, self.log()
            try:
                return requests.get(self.base + "/", timeout=5, allow_redirects=False).status_code
            except requests.RequestException:
                return None
        wait_for(answers, 180 if self.name == "go-oidc" else 60, self.name)

    def log(self):
        return "\n".join(p.read_text(encoding="utf-8", errors="replace")[-3000:]
                         for p in sorted(self.home.glob("*.log")))

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)

    def json(self, page):
        try:
            return page.response.json()
        except ValueError:
            raise AssertionError((page.status, page.url, page.text[:800], self.log()))


@pytest.fixture(scope="module")
def portals(world, tmp_path_factory):
    npm.installed("openid-client", npm.PORTALS)
    wheels.installed("mozilla_django_oidc", PORTALS / "mozilla-django-oidc" / "requirements.txt")
    home = tmp_path_factory.mktemp("portals")
    made = {name: Portal(world, home, name) for name in FILES}
    try:
        for portal in made.values():
            portal.start()
        for portal in made.values():
            portal.wait()
        yield made
    finally:
        for portal in made.values():
            portal.stop()


def log_in(world, portal):
    agent = transcript.RecordingAgent(portal.base, world.demo.issuer)
    page = agent.open(portal.base + BEGINS.get(portal.name, "/me"))
    if portal.name in BUTTONS:
        page = agent.press(page, "Pratu")
    assert page.url.startswith(world.demo.issuer), (page.status, page.url, page.text[:500], portal.log())
    page = world.log_in(agent, page)
    if portal.name in ("auth-js", "express-openid-connect"):  # they end at the start page
        page = agent.open(portal.base + "/me")
    return agent, portal.json(page)


def is_signed_out(world, agent):
    stopping = world.agent()
    stopping.session.cookies = agent.session.cookies
    return world.party().authorize(stopping, prompt="none").get("error") == "login_required"


@pytest.mark.parametrize("name", SERVERS)
def test_portal(world, portals, name):
    portal = portals[name]
    agent, seen = log_in(world, portal)
    assert seen["claims"]["iss"] == world.demo.issuer
    assert seen["claims"]["sub"] == seen["userinfo"]["sub"]
    assert seen["userinfo"]["name"] and seen["userinfo"]["roles"]
    renewed = portal.json(agent.open(portal.base + "/refresh"))
    assert renewed["token"] != seen["token"]
    assert renewed["userinfo"]["sub"] == seen["userinfo"]["sub"]
    page = agent.open(portal.base + "/logout")
    assert portal.json(page) == {"portal": "signed out"}, page.url
    assert is_signed_out(world, agent)
    again = agent.open(portal.base + "/me")
    assert not again.url.startswith(portal.base + "/me"), again.text
    transcript.check(name, agent.lines)


def test_a_portal_changes_its_key(world, portals):
    """oidcc-refresh-token-rp-key-rotation with a library: a new kid, and everything goes on."""
    portal = portals["openid-client-keys"]
    key = portal.home / "pratu-key.pem"
    before = requests.get(portal.base + "/jwks.json", timeout=10).json()
    assert key.stat().st_mode & 0o77 == 0 and "d" not in before["keys"][0]
    key.unlink()
    portal.stop()
    (portal.home / "node_modules").unlink()
    portal.start()
    portal.wait()
    after = requests.get(portal.base + "/jwks.json", timeout=10).json()
    assert after["keys"][0]["kid"] != before["keys"][0]["kid"]
    agent, seen = log_in(world, portal)
    assert seen["claims"]["sub"] == seen["userinfo"]["sub"]
    assert portal.json(agent.open(portal.base + "/refresh"))["token"] != seen["token"]


def test_mod_auth_openidc(world, portals):
    """Apache: the module refreshes and logs out by its own address."""
    portal = portals["mod_auth_openidc"]
    agent = transcript.RecordingAgent(portal.base, world.demo.issuer)
    page = world.log_in(agent, agent.open(portal.base + "/protected/index.html"))
    assert page.status == 200 and page.url.endswith("/protected/index.html"), (page.text, portal.log())

    def info():
        return portal.json(agent.open(portal.base + "/protected/back?info=json"))

    seen = info()
    assert seen["id_token"]["iss"] == world.demo.issuer
    assert seen["id_token"]["sub"] == seen["userinfo"]["sub"] and seen["userinfo"]["name"]
    page = agent.open("%s/protected/back?refresh=%s/protected/index.html&access_token=%s" % (
        portal.base, portal.base, seen["access_token"]))
    assert page.status == 200 and "error" not in page.url, page.url
    assert info()["access_token"] != seen["access_token"]
    page = agent.open(portal.base + "/protected/back?logout=")
    assert page.url.startswith(portal.base + "/bye.html"), page.url
    assert is_signed_out(world, agent)
    assert agent.open(portal.base + "/protected/index.html").url.startswith(world.demo.issuer)
    transcript.check("mod_auth_openidc", agent.lines)


def test_command_line(world, tmp_path):
    """A program that listens on a loopback address while the person logs in."""
    (tmp_path / "pratu.json").write_text(world.demo.good(
        "client", "add", "--preset", "native", "--url", "http://127.0.0.1", "--system", world.system,
        "--name", "native", "--client-id", "preset-native"), encoding="utf-8")
    shutil.copy(PORTALS / "native" / "portal.py", tmp_path)
    program = subprocess.Popen(["/usr/bin/python3", "-B", "portal.py", "--no-browser"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, env={**os.environ, "NO_PROXY": "localhost"})
    try:
        url = program.stdout.readline().strip()
        back = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
        agent = transcript.RecordingAgent(back.rpartition("/")[0], world.demo.issuer)
        page = world.log_in(agent, agent.open(url))
        assert page.url.startswith(back) and page.status == 200, (page.url, page.text)
        seen = json.loads(program.stdout.readline())
        assert seen["claims"]["iss"] == world.demo.issuer
        assert seen["claims"]["sub"] == seen["userinfo"]["sub"] and seen["userinfo"]["name"]
        assert json.loads(program.stdout.readline())["refreshed"] == seen["claims"]["sub"]
        agent.open(program.stdout.readline().strip())
        assert program.wait(timeout=20) == 0
        assert is_signed_out(world, agent)
        transcript.check("native", agent.lines)
    finally:
        program.kill()
        program.wait(timeout=20)


def test_lemonldap_ng(world, portals):
    """A gateway that logs people in by its own pages; it has no refresh tokens."""
    portal = portals["lemonldap-ng"]
    agent = transcript.RecordingAgent(portal.base, world.demo.issuer)
    page = world.log_in(agent, agent.open(portal.base + "/"))
    assert page.url.startswith(portal.base) and "Connected as" in page.text, (page.text, portal.log())
    page = agent.open(portal.base + "/?logout=1")
    assert page.url.startswith(portal.base) and "Connected as" not in page.text, (page.url, page.text)
    assert is_signed_out(world, agent)
    assert agent.open(portal.base + "/").url.startswith(world.demo.issuer)
    transcript.check("lemonldap-ng", agent.lines)


@pytest.mark.parametrize("name", IN_THE_BROWSER)
def test_portal_in_the_browser(world, portals, open_browser, phone, name):
    portal = portals[name]
    window = open_browser(next(w for w in WAYS if w[0]))
    journey = Journey(world, window)

    def state(wanted, but=None):
        def there():
            seen = json.loads(window.content("#seen"))
            assert not seen["state"].startswith("error"), seen
            return seen["state"] == wanted and seen.get("token") != but and seen
        return wait_for(there, 20, wanted)

    window.open(portal.base + "/")
    window.find("#login").click()
    window.wait_url(world.demo.issuer)
    journey.to_thaid()
    journey.on_the_phone("approve")
    journey.back(portal.base + "/")
    seen = state("signed in")
    assert seen["claims"]["iss"] == world.demo.issuer and seen["claims"]["name"]
    window.find("#refresh").click()
    renewed = state("signed in" if name == "keycloak-js" else "refreshed", but=seen["token"])
    assert renewed["claims"]["sub"] == seen["claims"]["sub"]
    window.find("#logout").click()
    state("signed out", but=renewed["token"])
    window.open(world.demo.issuer + "/apps")
    assert window.all("[data-page=login]")
    assert not [c for c in window.complaints() if "Content Security Policy" in c]


def sign_out_at_pratu(world, agent):
    page = agent.open(world.demo.issuer + "/apps")
    form = [f for f in page.forms if f.action.endswith("/apps/logout")][0]
    return agent.submit(page, form)


@pytest.mark.parametrize("name,inside", [("express-openid-connect", "/me"),
                                         ("mod_auth_openidc", "/protected/index.html")])
def test_back_channel_logout(world, portals, name, inside):
    """The person signs out at Pratu; the portal ends its own session by the printed configuration."""
    portal = portals[name]
    agent = world.agent()
    page = world.log_in(agent, agent.open(portal.base + inside))
    assert page.url.startswith(portal.base), (page.url, page.text[:500], portal.log())
    assert agent.open(portal.base + inside).url.startswith(portal.base)
    sign_out_at_pratu(world, agent)
    wait_for(lambda: agent.open(portal.base + inside).url.startswith(world.demo.issuer), 15,
             "%s to end its session: %s" % (name, world.demo.good("logout", "list")))
