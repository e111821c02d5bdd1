# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ThaID that hangs costs those who log in by it `thaid.timeout`, and nobody else anything."""

import threading
import time

import pytest

from faults import is_full
from harness import wait_for

TIMEOUT = 10  # seconds: thaid.timeout by default


def to_thaid(world):
    """A person who has approved at ThaID, and is about to come back."""
    agent = world.agent()
    party = world.party()
    page = agent.open(party.url(party.request()))
    page = agent.press(page, "ThaiID")
    world.phone.approve(page, world.somebody)
    return agent, page


def come_back(world, agent, page, done):
    begin = time.monotonic()
    page = world.phone.check(agent, page)
    done.append((time.monotonic() - begin, page))


@pytest.mark.parametrize("at", ["token", *(["jwks"] if is_full() else [])])
@pytest.mark.fault("ThaID takes the connection and never answers",
                   "a page after thaid.timeout; sessions, tokens and other logins go on; it is used again when it answers")
def test_thaid_hangs(world, member, phone, at, scale, observed):
    people = [to_thaid(world) for _ in range(scale(short=3, full=12))]
    done, longest, n = [], 0.0, 0
    phone.rotate_keys()  # so that they are fetched again
    phone.settings(fault="hang", fault_at=at)
    threads = [threading.Thread(target=come_back, args=(world, agent, page, done)) for agent, page in people]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        begin = time.monotonic()
        assert world.is_inside(member.open(world.demo.issuer + "/apps"))
        longest, n = max(longest, time.monotonic() - begin), n + 1
        time.sleep(0.05)
    assert world.party().authorize(member)["code"]
    for thread in threads:
        thread.join()
    took = [seconds for seconds, _ in done]
    assert all(page.status in (502, 503, 504) and page.sent_to is None for _, page in done), [
        (page.status, page.url) for _, page in done]
    assert 1 < max(took) < 2 * TIMEOUT + 2 and n > 10 and longest < 5, (took, n, longest)
    phone.reset()
    begin = time.monotonic()
    wait_for(lambda: enters(world), 30, "a login by ThaID")
    observed("%s: %d people answered after %.1f s at most; %d pages of others in that time, the longest %.2f s; used again after %.1f s"
             % (at, len(done), max(took), n, longest, time.monotonic() - begin))


def enters(world):
    agent, page = to_thaid(world)
    page = world.phone.check(agent, page)
    return page.sent_to is not None and "code" in page.params()
