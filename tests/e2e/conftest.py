# SPDX-License-Identifier: AGPL-3.0-or-later
"""One demo for each file that asks for it; agents that are logged in; relying parties of every kind."""

import os
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
sys.path.insert(0, str(Path(__file__).parent))

import faults  # noqa: E402
from faults import observed, scale  # noqa: E402, F401
from harness import Demo  # noqa: E402
from journey import NAMES, WAYS  # noqa: E402
from world import World  # noqa: E402


def pytest_configure(config):
    faults.configure(config)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    faults.report(item, outcome.get_result())


@pytest.fixture(scope="module")
def demo():
    running = Demo.start()
    try:
        yield running
        running.check_logs()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def world(demo):
    return World(demo)


@pytest.fixture
def agent(world):
    """A browser that was never here."""
    return world.agent()


@pytest.fixture
def member(world):
    """A browser of a person logged in through ThaID."""
    return world.logged_in()


@pytest.fixture(scope="module")
def windows():
    from browser import Windows

    kept = Windows()
    yield kept
    kept.close()


@pytest.fixture
def open_browser(windows):
    """A function that gives a window of Chromium for a way of going, as if it was never used."""
    taken = []

    def take(way=WAYS[0]):
        taken.append((way, windows.take(way)))
        return taken[-1][1]

    yield take
    for way, window in taken:
        windows.give_back(way, window)


@pytest.fixture(params=WAYS, ids=NAMES)
def browser(request, open_browser):
    """A window of Chromium, once for each way of going."""
    return open_browser(request.param)


@pytest.fixture
def phone(demo):
    """The simulated ThaID with its usual behaviour before and after the test."""
    from thaid import Phone

    handset = Phone(demo)
    handset.reset()
    yield handset
    handset.reset()
