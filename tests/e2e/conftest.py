# SPDX-License-Identifier: AGPL-3.0-or-later
"""One demo for each file that asks for it; agents that are logged in; relying parties of every kind."""

import os
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
sys.path.insert(0, str(Path(__file__).parent))

from harness import Demo  # noqa: E402
from journey import NAMES, WAYS  # noqa: E402
from world import World  # noqa: E402


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


@pytest.fixture(params=WAYS, ids=NAMES)
def browser(request):
    """A window of Chromium, once for each way of going."""
    from browser import Browser

    window = Browser(*request.param)
    yield window
    window.close()


@pytest.fixture
def phone(demo):
    """The simulated ThaID with its usual behaviour before and after the test."""
    from thaid import Phone

    handset = Phone(demo)
    handset.reset()
    yield handset
    handset.reset()
