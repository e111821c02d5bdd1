# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stages of scripts/test. Counts come from result files (meson's testlog.json, pytest's JUnit
file, each fuzzer's exit), never from what a tool says it did; a test that was planned and has no
result counts as failed."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
JOBS = str(os.cpu_count() or 2)
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
FUZZ_PARALLEL = 2
E2E_SECONDS = 1800
SHOWN_MAX = 60  # lines of a failing test's output

ASAN = {
    "ASAN_OPTIONS": "halt_on_error=1:detect_leaks=1:detect_stack_use_after_return=1:"
                    "strict_string_checks=1:check_initialization_order=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "LSAN_OPTIONS": "suppressions=%s:print_suppressions=0" % (ROOT / "tests/lsan.supp"),
}
TSAN = {
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:suppressions=%s"
                    % (ROOT / "tests/tsan.supp"),
}
SANITIZER_ROUNDS = "-Dcrash_rounds=20"


class Tally:
    """What a stage found: passed and failed tests, skipped ones, and words about failures."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.notes = []

    def ok(self, n=1):
        self.passed += n

    def fail(self, title, text=""):
        self.failed += 1
        self.notes.append("FAILED " + title)
        self.notes += ["    " + line for line in text.strip().split("\n")[-SHOWN_MAX:] if line]

    def skip(self, title):
        self.skipped += 1
        self.notes.append("skipped " + title)


def command(args, **options):
    env = dict(os.environ, **options.pop("env", {}))
    return subprocess.run([str(a) for a in args], cwd=ROOT, env=env, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def build(tally, name, options, compiler="gcc"):
    """Configures and builds BUILD/name; the build itself counts as one test."""
    directory = BUILD / name
    env = {"CC": compiler}
    if not (directory / "build.ninja").exists():
        shutil.rmtree(directory, ignore_errors=True)
        done = command(["meson", "setup", directory, *options], env=env)
        if done.returncode:
            tally.fail("%s: meson setup" % name, done.stdout)
            return None
    elif options:
        command(["meson", "configure", directory, *options])
    done = command(["ninja", "-C", directory, "-j", JOBS, "-k", "20"])
    if done.returncode:
        tally.fail("%s: build" % name, done.stdout)
        return None
    tally.ok()
    return directory


def planned(directory, suites, without, programs_only):
    """Names of the tests of these suites; programs_only leaves out what Python drives."""
    done = command(["meson", "introspect", "--tests", directory])
    for test in json.loads(done.stdout):
        own = {s.split(":")[-1] for s in test["suite"]}
        if suites and not own & set(suites) or own & set(without):
            continue
        if not programs_only or "python" not in test["cmd"][0]:
            yield test["name"]


def count_result(tally, result):
    """One line of testlog.json: the TAP results inside, or the test as one."""
    name, lines = result["name"], result.get("stdout") or ""
    passed = len(re.findall(r"(?m)^ok\b(?!.*# *skip)", lines, re.I))
    skips = re.findall(r"(?mi)^ok\b.*# *skip.*$", lines)
    broken = re.findall(r"(?m)^not ok\b.*$", lines)
    tally.passed += passed
    for line in skips:
        tally.skip("%s: %s" % (name, line))
    output = lines + "\n" + (result.get("stderr") or "")
    if result["result"] == "OK":
        if not passed and not skips:
            tally.ok()
    elif result["result"] == "SKIP":
        if not skips:
            tally.skip(name)
    else:
        tally.failed += max(0, len(broken) - 1)
        tally.fail("%s (%s)" % (name, result["result"]), output)


def meson_test(tally, directory, suites=(), without=(), env=None, wrap=None, multiplier=1):
    plan = list(planned(directory, suites, without, wrap is not None))
    if not plan:
        tally.fail("%s: no tests are planned" % directory.name)
        return
    log = "results"
    args = ["meson", "test", "-C", directory, "--no-rebuild", "--logbase", log,
            "--num-processes", JOBS, "--timeout-multiplier", str(multiplier)]
    if wrap:
        args += ["--wrap", wrap]
    args += plan
    path = directory / "meson-logs" / ("%s%s.json" % (log, "-" + wrap.split()[0] if wrap else ""))
    path.unlink(missing_ok=True)
    done = command(args, env=env or {})
    if not path.exists():
        tally.fail("%s: meson test gave no results" % directory.name, done.stdout)
        return
    seen = set()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        result = json.loads(line)
        seen.add(result["name"].split(" / ")[-1].split(":")[-1].strip())
        count_result(tally, result)
    for name in plan:
        if name not in seen:
            tally.fail("%s: planned, but has no result" % name)


def stage_gcc(tally):
    directory = build(tally, "gcc", [])
    if directory:
        meson_test(tally, directory)


def stage_quick(tally):
    directory = build(tally, "gcc", [])
    if directory:
        meson_test(tally, directory, without=["slow"])


def stage_clang(tally):
    directory = build(tally, "clang", ["-Dwerror=true"], "clang-14")
    if directory:
        meson_test(tally, directory, suites=["unit"], without=["lint", "slow"])


def stage_asan(tally):
    options = ["-Db_sanitize=address,undefined", "-Db_lundef=false", SANITIZER_ROUNDS]
    directory = build(tally, "asan", options)
    if directory:
        meson_test(tally, directory, without=["lint"], env=ASAN, multiplier=4)


def stage_tsan(tally):
    options = ["-Db_sanitize=thread", "-Db_lundef=false", SANITIZER_ROUNDS]
    directory = build(tally, "tsan", options)
    if directory:
        meson_test(tally, directory, without=["lint"], env=TSAN, multiplier=6)


def stage_valgrind(tally):
    """Uninitialised values and bad accesses. Leaks are LeakSanitizer's (asan): here every forked
    child would report its parent's memory. Flows repeat what the unit tests drive; a child that is
    to be killed while it works has no time to start under valgrind."""
    directory = build(tally, "gcc", [])
    wrap = ("valgrind -q --error-exitcode=99 --leak-check=no --suppressions=%s"
            % (ROOT / "tests/valgrind.supp"))
    if directory:
        meson_test(tally, directory, suites=["unit", "store"],
                   without=["lint", "slow", "flow", "crash", "node"], wrap=wrap, multiplier=20)


def fuzz_one(program, corpus, scratch):
    scratch.mkdir(parents=True, exist_ok=True)
    seeds = [corpus] if corpus.is_dir() else []
    done = command([program, scratch, *seeds, "-max_total_time=%d" % FUZZ_SECONDS, "-timeout=10",
                    "-rss_limit_mb=2048", "-print_final_stats=1",
                    "-artifact_prefix=%s/" % scratch.parent],
                   env=ASAN, timeout=FUZZ_SECONDS * 3 + 120)
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stdout)
    return done.returncode, int(runs.group(1)) if runs else 0, done.stdout


def stage_fuzz(tally):
    options = ["-Dfuzzers=true", "-Db_sanitize=address,undefined", "-Db_lundef=false",
               "-Dc_args=-fsanitize=fuzzer-no-link"]
    directory = build(tally, "fuzz", options, "clang-14")
    if not directory:
        return
    targets = sorted(p.stem[len("fuzz_"):] for p in (ROOT / "tests/fuzz").glob("fuzz_*.c"))

    def job(name):
        program = directory / "tests/fuzz" / ("fuzz_" + name)
        try:
            return name, *fuzz_one(program, ROOT / "tests/fuzz/corpus" / name,
                                   BUILD / "fuzz-corpus" / name)
        except (OSError, subprocess.TimeoutExpired) as error:
            return name, 1, 0, str(error)

    with ThreadPoolExecutor(FUZZ_PARALLEL) as pool:
        for name, status, runs, output in pool.map(job, targets):
            tally.notes.append("fuzz %s: %d inputs" % (name, runs))
            if status == 0 and runs > 0:
                tally.ok()
            else:
                tally.fail("fuzz %s (exit %d)" % (name, status), output)
    if not targets:
        tally.fail("no fuzz target was found")


def count_junit(tally, path, output):
    if not path.exists():
        tally.fail("pytest gave no results", output)
        return
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = "%s::%s" % (case.get("classname"), case.get("name"))
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        if bad is not None:
            tally.fail(name, bad.text or bad.get("message") or "")
        elif case.find("skipped") is not None:
            tally.skip(name)
        else:
            tally.ok()


def stage_e2e(tally):
    directory = build(tally, "gcc", [])
    if not directory:
        return
    path = BUILD / "e2e.xml"
    path.unlink(missing_ok=True)
    done = command(["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-ra",
                    "-p", "no:cacheprovider", "--junitxml", path, "tests/e2e"],
                   env={"PRATU_BUILD": str(directory)}, timeout=E2E_SECONDS)
    count_junit(tally, path, done.stdout)


STAGES = {
    "gcc": (stage_gcc, "gcc 12 build and every meson test"),
    "clang": (stage_clang, "clang 14 build and unit tests"),
    "asan": (stage_asan, "AddressSanitizer and UBSan: every test"),
    "tsan": (stage_tsan, "ThreadSanitizer: every test"),
    "valgrind": (stage_valgrind, "valgrind memcheck: unit and store tests"),
    "fuzz": (stage_fuzz, "fuzz targets, %d s each" % FUZZ_SECONDS),
    "e2e": (stage_e2e, "end to end: browser, relying parties, protocol, attacks"),
}
QUICK = ("quick", (stage_quick, "gcc build, its quick tests, lint"))


def run_stage(name, work, title):
    print("== %s: %s" % (name, title), flush=True)
    tally, begin = Tally(), time.monotonic()
    try:
        work(tally)
    except Exception as error:  # a stage that breaks is a failure, and the next one still runs
        tally.fail("%s: %s: %s" % (name, type(error).__name__, error))
    for line in tally.notes:
        print("   " + line)
    print("   %s: %d passed, %d failed, %d skipped in %.0f s\n"
          % (name, tally.passed, tally.failed, tally.skipped, time.monotonic() - begin), flush=True)
    return tally


def main():
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--stage", action="append", choices=list(STAGES), default=[])
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, (_, title) in STAGES.items():
            print("%-9s %s" % (name, title))
        return 0
    stages = [QUICK] if options.quick else [
        (n, s) for n, s in STAGES.items() if not options.stage or n in options.stage]
    begin = time.monotonic()
    tallies = [run_stage(name, *stage) for name, stage in stages]
    passed, failed = sum(t.passed for t in tallies), sum(t.failed for t in tallies)
    print("total time %.0f s, %d skipped"
          % (time.monotonic() - begin, sum(t.skipped for t in tallies)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
