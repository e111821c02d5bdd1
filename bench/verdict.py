# SPDX-License-Identifier: AGPL-3.0-or-later
"""A row of the table, and what was promised of it."""

from bench_fixture import median


def row(name, title, unit, runs, **more):
    """runs: the values measured, of which the median counts."""
    return {"row": name, "title": title, "unit": unit, "value": median(runs), "runs": runs, **more}


def judged(r, value, sense, target, what):
    """Adds what was promised: value of the run (a ratio or the value itself) against target."""
    met = value >= target if sense == ">=" else value <= target
    r.setdefault("targets", []).append(
        {"what": what, "value": value, "sense": sense, "target": target, "met": met})
    return r
