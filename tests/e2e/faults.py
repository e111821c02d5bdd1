# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows of docs/reliability.md come from the tests themselves. A test that injects a fault says what
it injects and what the documentation promises for it, and notes what it saw:

    @pytest.mark.fault("10,000 half-sent bodies of 30 kB", "memory is given back")
    def test_memory_is_given_back(demo, scale, observed):
        n = scale(short=500, full=10000)      # the long form is that of scripts/faults
        ...
        observed("%d bodies: %d MB -> %d MB" % (n, before, after))

In files test_rNN_*.py and test_faults_*.py a test without the marker is a row too: its name is the
fault, the first sentence of its file the promise."""

import json
import os
import re
import time

import pytest

FULL = "PRATU_FAULTS"  # "full": the long form
TABLE = "PRATU_FAULTS_TABLE"  # a file that gets a JSON line for each row
FILE = re.compile(r"test_(?:(r\d\d)|faults)_(\w+)\.py$")


def is_full():
    return os.environ.get(FULL) == "full"


@pytest.fixture
def scale():
    """scale(short=..., full=...): the value for this run. scripts/test runs the short form."""
    return lambda short, full: full if is_full() else short


@pytest.fixture
def observed(request):
    """Notes what was seen, for the table. The last one counts."""
    return lambda text: request.node.user_properties.append(("observed", text))


def configure(config):
    config.addinivalue_line("markers", "fault(fault, promise): a row of docs/reliability.md")


def sentence(text):
    said = re.sub(r"^R\d\d: ", "", (text or "").strip())
    return re.split(r"(?<=[.:])\s|\n\n", said)[0].replace("\n", " ").rstrip(":")


def row_of(item):
    """What this test stands for in the table; None: nothing."""
    name, marker = FILE.match(item.path.name), item.get_closest_marker("fault")
    if not name:
        return None
    words = item.name.split("[")[0].removeprefix("test_").replace("_", " ")
    fault, promise = marker.args if marker else (words, sentence(item.module.__doc__))
    return {"group": (name[1] or "load").upper(), "fault": fault, "promise": promise,
            "test": "%s::%s" % (item.path.name, item.name)}


def report(item, result):
    """Adds the finished test to the table. A test that failed in its fixtures is reported, too."""
    path, row = os.environ.get(TABLE), row_of(item)
    if not path or not row or (result.when != "call" and result.passed):
        return
    seen = [text for name, text in item.user_properties if name == "observed"]
    said = seen[-1] if seen else {"passed": "held", "failed": "", "skipped": ""}[result.outcome]
    line = {**row, "observed": said, "outcome": result.outcome, "full": is_full(),
            "seconds": round(result.duration), "day": time.strftime("%Y-%m-%d", time.gmtime())}
    with open(path, "a", encoding="utf-8") as table:
        table.write(json.dumps(line, ensure_ascii=False) + "\n")
