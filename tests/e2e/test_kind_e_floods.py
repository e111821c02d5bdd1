# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind E at the running server: a crowd with right passwords is let in or told how long to wait,
and nobody is counted for it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from password_site import PasswordSite
from world import World

PEOPLE = 8
PRESSES = 4  # of each at once: with the last one as many as need no pause between them


@pytest.fixture(scope="module")
def site():
    running = PasswordSite.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own(site):
    return World(site)


def page_of(own, agent):
    party = own.party()
    return agent.open(party.url(party.request()))


def press(site, agent, page, person):
    return site.enter(agent, page, person)


def is_inside(page):
    """On the way to the code, or where it may be sent once more."""
    return page.status == 200 and 'name="password"' not in page.response.text


def test_a_crowd_with_right_passwords(site, own):
    people = [site.person() for _ in range(PEOPLE)]
    ready = []
    for person in people * PRESSES:
        agent = own.agent()
        ready.append((agent, page_of(own, agent), person))
    with ThreadPoolExecutor(len(ready)) as pool:
        pages = list(pool.map(lambda r: press(site, *r), ready))
    inside = [p for p in pages if is_inside(p)]
    turned_away = [p for p in pages if p.status == 503]
    assert len(inside) + len(turned_away) == len(ready), [p.status for p in pages]
    assert inside
    for page in turned_away:
        assert int(page.response.headers["Retry-After"]) >= 1
        assert 'data-notice="queue"' in page.response.text
        assert site.form(page, "password")  # to type again, there
    assert "account_locked" not in site.good("audit", "list", "--event", "account_locked")
    # Nobody was counted: the next press of each is let in.
    for person in people:
        agent = own.agent()
        assert is_inside(press(site, agent, page_of(own, agent), person))
