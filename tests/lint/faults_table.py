# SPDX-License-Identifier: AGPL-3.0-or-later
"""scripts/faults says of a file what its rows say: one whose tests were all left out is not one that
held. Its page names what was not run."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

sys.dont_write_bytecode = True
LOADER = SourceFileLoader("faults_script", str(Path(sys.argv[1]) / "scripts/faults"))
faults = module_from_spec(spec_from_loader("faults_script", LOADER))
LOADER.exec_module(faults)

VERDICTS = [
    ("all rows held", 0, ["passed", "passed"], faults.HELD),
    ("some were left out", 0, ["skipped", "passed"], faults.HELD),
    ("all were left out", 0, ["skipped", "skipped"], faults.NOT_RUN),
    ("there was none", 5, [], faults.BROKEN),
    ("none said anything", 0, [], faults.NOT_RUN),
    ("one failed", 1, ["passed", "failed"], faults.BROKEN),
    ("one failed in its fixture, and the process says nothing", 0, ["passed", "failed"], faults.BROKEN),
    ("the process ended", -1, ["passed"], faults.BROKEN),
]
ROW = {"group": "R99", "test": "test_r99_a.py::test_b", "fault": "f", "promise": "p", "day": "2026-01-01",
       "full": True, "seconds": 1, "machine": "m", "commit": "c", "observed": ""}


def main():
    results = [(title, faults.verdict(status, outcomes) == want) for title, status, outcomes, want in VERDICTS]
    results.append(("a row that was left out is on the page as that",
                    "not run here" in faults.page([{**ROW, "outcome": "skipped"}])))
    results.append(("a broken promise is on the page as that",
                    "**broken**" in faults.page([{**ROW, "outcome": "failed"}])))
    print("1..%d" % len(results))
    for n, (title, good) in enumerate(results, 1):
        print("%s %d - %s" % ("ok" if good else "not ok", n, title))
    return 0 if all(good for _, good in results) else 1


if __name__ == "__main__":
    sys.exit(main())
