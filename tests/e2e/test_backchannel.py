# SPDX-License-Identifier: AGPL-3.0-or-later
"""Back-channel logout at real portals: forty of them, a dead one, and kill -9 in between."""

import json
import time

import pytest

from harness import wait_for
from password_site import PasswordSite
from portal_receivers import Receivers
from relying_party import json_part
from world import World

PORTALS = ["p%02d" % n for n in range(40)]
SENDERS = 8       # logout.senders
LEASE = 2 * 5 + 10 + 1  # seconds after which what a dead sender was at is another's


def source(page):
    return page.response.text


class Scene:
    """A site, forty portals and a dead one that a person enters."""

    def __init__(self, site, portals):
        self.site, self.portals, self.world = site, portals, World(site)
        self.parties = [self.party(name) for name in PORTALS]

    def party(self, name):
        return self.world.new_party(name, backchannel_logout_uri=self.portals.url(name))

    def enter(self, *more):
        """A browser with a session that entered all of them."""
        agent = self.world.fresh()
        tokens = [party.tokens(agent) for party in [*self.parties, *more]]
        return agent, json_part(tokens[0].id, 1)["sid"]

    def sign_out(self, agent):
        page = agent.open(self.site.issuer + "/apps")
        form = [f for f in page.forms if f.action.endswith("/apps/logout")][0]
        return agent.submit(page, form)

    def known(self):
        """How many portals were notified."""
        return sum(1 for name in PORTALS if self.portals.heard(name))

    def listed(self):
        """`pratu logout list` by portal."""
        return {row["client"]: row for row in json.loads(self.site.good("logout", "list"))}


@pytest.fixture(scope="module")
def scene():
    site = PasswordSite.start()
    try:
        with Receivers() as portals:
            yield Scene(site, portals)
    finally:
        site.stop()


@pytest.fixture(autouse=True)
def nothing_heard(scene):
    scene.portals.forget()
    scene.portals.ways.clear()


def test_forty_portals_and_a_dead_one(scene, observed):
    dead = scene.party("dead")
    scene.portals.behave("dead", "hang")
    agent, sid = scene.enter(dead)
    page = scene.sign_out(agent)
    begun = time.monotonic()
    wait_for(lambda: scene.known() == len(PORTALS), 5, "forty portals to be notified")
    observed("all forty after %.2f s" % (time.monotonic() - begun))
    for name, party in zip(PORTALS, scene.parties):
        heard = scene.portals.heard(name)
        assert len(heard) == 1, name
        party.verify(heard[0].token)  # by the published keys, as its ID tokens
        claims = json_part(heard[0].token, 1)
        assert claims["sid"] == sid and claims["aud"] == party.id and "nonce" not in claims
        assert json_part(heard[0].token, 0)["typ"] == "logout+jwt"
    # The person reads who confirmed; the dead one has not, and is tried again.
    report = [href for href, _ in page.html.links if href.startswith("/signed-out")][0]
    page = agent.open(scene.site.issuer + report)
    assert 'data-part="portals-out"' in source(page)
    wait_for(lambda: scene.listed()[dead.id].get("retrying"), 10, "the end of the first attempt")
    page = agent.open(scene.site.issuer + report)
    assert 'data-part="portals-late"' in source(page) and source(page).count('data-part="portal"') == 41
    row = scene.listed()[dead.id]
    assert row["retrying"] == 1 and "why" in row and row["name"] == "Test dead"
    # It is well again, and notified at once by command.
    scene.portals.behave("dead", 204)
    scene.site.good("logout", "retry", dead.id)
    wait_for(lambda: scene.listed()[dead.id]["confirmed"], 10, "the dead portal")


def test_killed_in_between(scene, observed):
    """None is lost; only those whose answer was on its way are notified again."""
    for name in PORTALS:
        scene.portals.behave(name, "slow")
    agent, _ = scene.enter()
    scene.sign_out(agent)
    wait_for(lambda: scene.known() >= 12, 10, "a dozen portals")
    scene.site.kill()
    killed, known = time.monotonic(), scene.known()
    assert known < len(PORTALS), "all were notified before the kill"
    scene.site.start_again()
    # At once, but for those that a sender had taken when it died: they wait for its lease.
    wait_for(lambda: scene.known() >= len(PORTALS) - SENDERS, 10, "the others")
    scene.site.clock.forward(LEASE)
    wait_for(lambda: scene.known() == len(PORTALS), 10, "all")
    ids = [party.id for party in scene.parties]
    wait_for(lambda: all(scene.listed()[i]["confirmed"] + scene.listed()[i]["waiting"] == 2
                         and not scene.listed()[i]["waiting"] for i in ids), 20, "all to confirm")
    twice = [scene.portals.heard(name) for name in PORTALS if len(scene.portals.heard(name)) > 1]
    assert len(twice) <= SENDERS and all(len(heard) == 2 for heard in twice)
    for first, second in twice:
        # A reason: no answer was written down before the kill; and a token of its own.
        assert first.answered is None or killed - first.answered < 1
        assert json_part(first.token, 1)["jti"] != json_part(second.token, 1)["jti"]
    observed("%d of 40 before the kill, %d again, none lost" % (known, len(twice)))


def test_ended_by_a_command(scene):
    """Another process ends the session; the server finds it by itself."""
    agent, sid = scene.enter()
    person = json_part(scene.parties[0].tokens(agent).id, 1)["sub"]
    scene.site.good("person", "suspend", person, "--reason", "test")
    try:
        wait_for(lambda: scene.known() == len(PORTALS), 10, "forty portals")
        assert json_part(scene.portals.heard("p00")[0].token, 1)["sid"] == sid
    finally:
        scene.site.good("person", "resume", person, "--reason", "test")
