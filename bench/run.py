# SPDX-License-Identifier: AGPL-3.0-or-later
"""Measures Pratu; scripts/bench builds it first and says what the options are."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import peers
import report
import rows
from bench_fixture import ROOT, Bed, Trouble


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="short runs, small stores: to see that all works, not for figures")
    parser.add_argument("--only", action="append", choices=[*rows.ROWS, "peers"], metavar="ROW",
                        help="only this row (may be repeated): %s" % ", ".join(rows.ROWS))
    parser.add_argument("--peers", action="store_true", help="Glewlwyd and oidc-provider as well")
    parser.add_argument("--out", default=str(ROOT / "build" / "bench-results"), metavar="DIR")
    parser.add_argument("--build", default=os.environ.get("PRATU_BUILD"), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help="length of a run (5; quick: 1)")
    parser.add_argument("--runs", type=int, help="runs a row (3; quick: 1)")
    return parser.parse_args()


def measure(bed, names, result):
    for name in names:
        print("  %s ..." % name, end=" ", flush=True)
        began = time.monotonic()
        try:
            found = rows.ROWS[name](bed)
        except Trouble as trouble:
            result["troubles"].append({"row": name, "why": str(trouble)})
            print("FAILED: %s" % trouble, flush=True)
            continue
        result["rows"] += found
        print("%.0f s" % (time.monotonic() - began), flush=True)


def verdict(result):
    missed = [(r, t) for r in result["rows"] for t in r.get("targets", ()) if not t["met"]]
    for r, t in missed:
        print("not met: %s: %s %s %s, is %s" % (r["title"], t["what"], t["sense"], t["target"],
                                               report.number(t["value"])))
    behind = [g["title"] for g in (result["peers"] or {"groups": ()})["groups"] if not g["ahead"]]
    for title in behind:
        print("not ahead of the others: %s" % title)
    for t in result["troubles"]:
        print("could not be measured: %s" % t["row"])
    return 1 if missed or behind or result["troubles"] else 0


def main():
    given = arguments()
    names = [n for n in given.only or rows.ROWS if n != "peers"]
    with_peers = given.peers or "peers" in (given.only or ())
    work = Path(tempfile.mkdtemp(prefix="pratu-bench-", dir=os.environ.get("BENCH_WORK")))
    bed = Bed(given.build or ROOT / "build" / "bench", work,
              given.seconds or (1 if given.quick else 5), given.runs or (1 if given.quick else 3))
    bed.quick = given.quick
    result = {"machine": report.machine(work), "quick": given.quick, "runs": bed.runs,
              "seconds": bed.seconds, "rows": [], "peers": None, "troubles": []}
    try:
        measure(bed, names, result)
        if with_peers:
            result["peers"] = peers.measure(bed, result["troubles"])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    result["load_average_after"] = os.getloadavg()
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    text = report.markdown(result)
    (out / "bench.md").write_text(text, encoding="utf-8")
    (out / "bench.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print("\n" + text)
    print("written: %s/bench.md and bench.json" % out)
    return verdict(result)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Trouble, KeyboardInterrupt) as trouble:
        print("scripts/bench: %s" % (trouble or "interrupted"), file=sys.stderr)
        sys.exit(2)
