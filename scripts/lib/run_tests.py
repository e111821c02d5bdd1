# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stages of scripts/test. Counts come from result files (meson's testlog.json, pytest's JUnit
files, each fuzzer's exit), never from what a tool says it did; a test that was planned and has no
result counts as failed.

Two lanes run at once. The stages of the first one wait much (for servers, browsers, mail); those of
the second one compute, at a lower priority, and take the processor time that is left. A stage prints
when it ends."""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fuzz_targets

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
JOBS = str(os.cpu_count() or 2)
TESTS = str((os.cpu_count() or 2) + 1)  # at a time: some wait, for a time-out or a server's end
FUZZ_PARALLEL = 2
E2E_PARALLEL = 3  # files at a time; they wait more than they compute
E2E_FILE_SECONDS = 1800
E2E_STOP_SECONDS = 60
LOWER_PRIORITY = 10
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


# Reports need no more of the debug information than lines, and sanitizers not the optimiser's last
# tenth: without both, a build takes half the time.
LINES = "-Dc_args=-g1"
INSTRUMENTED = [LINES, "-Doptimization=1", "-Db_lundef=false", "-Dcrash_rounds=20"]
# The build directories: compiler, linker and options; warnings are errors in all of them. The one of clang
# is the second compiler, AddressSanitizer, UndefinedBehaviorSanitizer and the fuzz targets at once:
# each of them in a directory of its own would be built for the same answers. What is instrumented has
# 260 programs to link, too, and a linker that takes a third of the time; what is like the delivered
# one has the delivered one's.
BUILDS = {
    "gcc": ("gcc", "bfd", [LINES]),
    "clang": ("clang-14", "lld", [*INSTRUMENTED, "-Db_sanitize=address,undefined", "-Dfuzzers=true"]),
    "tsan": ("gcc", "gold", [*INSTRUMENTED, "-Db_sanitize=thread"]),
}
build_locks = {name: threading.Lock() for name in BUILDS}
build_results = {}


def configure_and_build(name):
    """What went wrong and the output; None when nothing did."""
    directory, (compiler, linker, options) = BUILD / name, BUILDS[name]
    if not (directory / "build.ninja").exists():
        shutil.rmtree(directory, ignore_errors=True)
        done = command(["meson", "setup", directory, "-Dwerror=true", *options],
                       env={"CC": compiler, "CC_LD": linker})
        if done.returncode:
            return "%s: meson setup" % name, done.stdout
    else:
        command(["meson", "configure", directory, *options])
    done = command(["ninja", "-C", directory, "-j", JOBS, "-k", "20"])
    return ("%s: build" % name, done.stdout) if done.returncode else None


def built(name):
    """Builds once a run, for the stage that comes first; the others wait for it."""
    with build_locks[name]:
        if name not in build_results:
            try:
                build_results[name] = configure_and_build(name)
            except OSError as error:
                build_results[name] = "%s: build" % name, str(error)
        return build_results[name]


def build(tally, name):
    """The directory of that build, which itself counts as one test of the stage; None: failed."""
    fault = built(name)
    if fault:
        tally.fail(*fault)
        return None
    tally.ok()
    return BUILD / name


def has_threads(program):
    """Can the program start a thread? One that names no function for it cannot race with itself."""
    done = command(["nm", "--dynamic", "--undefined-only", program])
    return done.returncode != 0 or re.search(r"\bU (pthread_create|thrd_create)\b", done.stdout) is not None


def planned(directory, suites, without, wanted):
    """Names of the tests of these suites; wanted says by its command whether a test is one."""
    done = command(["meson", "introspect", "--tests", directory])
    for test in json.loads(done.stdout):
        own = {s.split(":")[-1] for s in test["suite"]}
        if suites and not own & set(suites) or own & set(without):
            continue
        if wanted(test["cmd"][0]):
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


def is_python(program):
    return "python" in program


def meson_test(tally, directory, suites=(), without=(), wanted=lambda program: True, env=None,
               wrap=None, multiplier=1):
    plan = list(planned(directory, suites, without, wanted))
    if not plan:
        tally.fail("%s: no tests are planned" % directory.name)
        return
    log = "results"
    args = ["meson", "test", "-C", directory, "--no-rebuild", "--logbase", log,
            "--num-processes", TESTS, "--timeout-multiplier", str(multiplier)]
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
    directory = build(tally, "gcc")
    if directory:
        meson_test(tally, directory)


def stage_quick(tally):
    directory = build(tally, "gcc")
    if directory:
        meson_test(tally, directory, without=["slow"])


def stage_asan(tally):
    directory = build(tally, "clang")
    if directory:
        meson_test(tally, directory, without=["lint", "source"], env=ASAN, multiplier=4)


def stage_tsan(tally):
    """Data races. A program that cannot start a thread has none."""
    directory = build(tally, "tsan")
    if directory:
        meson_test(tally, directory, without=["lint", "source", "one_thread"], env=TSAN, multiplier=6,
                   wanted=lambda program: is_python(program) or has_threads(program))


def stage_valgrind(tally):
    """Uninitialised values and bad accesses. Leaks are LeakSanitizer's (asan): here every forked
    child would report its parent's memory. Flows repeat what the unit tests drive; a child that is
    to be killed while it works has no time to start under valgrind. Loops that repeat one path go
    round less often (tests/support/rounds.h)."""
    directory = build(tally, "gcc")
    wrap = ("valgrind -q --error-exitcode=99 --leak-check=no --vgdb=no --read-inline-info=no"
            " --suppressions=%s" % (ROOT / "tests/valgrind.supp"))
    if directory:
        meson_test(tally, directory, suites=["unit", "store"],
                   without=["lint", "slow", "flow", "crash", "node"], wrap=wrap, multiplier=20,
                   env={"PRATU_FEW_ROUNDS": "1"},
                   wanted=lambda program: not is_python(program))


def stage_fuzz(tally):
    directory = build(tally, "clang")
    if not directory:
        return

    def job(name):
        return name, *fuzz_targets.run(name, directory / "tests/fuzz" / ("fuzz_" + name), ASAN)

    tally.notes.append("seed %d" % fuzz_targets.seed())
    with ThreadPoolExecutor(FUZZ_PARALLEL) as pool:
        for name, status, runs, output in pool.map(job, fuzz_targets.TARGETS):
            tally.notes.append("fuzz %s: %d inputs" % (name, runs))
            if status == 0 and runs > 0:
                tally.ok()
            else:
                tally.fail("fuzz %s (exit %d)" % (name, status), output)
    if not fuzz_targets.TARGETS:
        tally.fail("no fuzz target was found")


PYTEST = ("/usr/bin/python3", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
          "--rootdir", str(ROOT))


def junit_name(node):
    """A JUnit file says tests.e2e.test_x.Class::test_y[a] of tests/e2e/test_x.py::Class::test_y[a]."""
    head, bracket, parameters = node.partition("[")
    *parents, name = head.split("::")
    return ".".join([parents[0][:-len(".py")].replace("/", "."), *parents[1:]]) \
        + "::" + name + bracket + parameters


FAULTS = re.compile(r"/test_(r\d\d|faults)_")


def plan_e2e(tally):
    """File -> names of its tests. A file that holds none has failed."""
    files = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests/e2e").glob("test_*.py"))
    done = command([*PYTEST, "--collect-only", *files])
    plan = {file: [] for file in files}
    for node in done.stdout.splitlines():
        file = node.split("::")[0]
        if "::" in node and file in plan:
            plan[file].append(junit_name(node))
    for file in files:
        if not plan[file]:
            tally.fail("%s: no tests were collected" % file, done.stdout)
    return plan


def read_junit(path):
    """Name -> (what the file says of that test, text). A test may stand there twice: its teardown
    apart. Then the worse counts."""
    results, order = {}, ("passed", "skipped", "failed")
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name, said, text = "%s::%s" % (case.get("classname"), case.get("name")), "passed", ""
        for child in case:
            if child.tag in ("failure", "error"):
                said, text = "failed", child.text or child.get("message") or ""
            elif child.tag == "skipped" and said == "passed":
                said = "skipped"
        if name not in results or order.index(said) > order.index(results[name][0]):
            results[name] = said, text
    return results


def run_e2e_file(file):
    """One pytest process, which starts a demo of its own. Its results, output and seconds."""
    stem = BUILD / "e2e" / Path(file).stem
    path, begin = stem.with_suffix(".xml"), time.monotonic()
    path.unlink(missing_ok=True)
    with open(stem.with_suffix(".log"), "w", encoding="utf-8") as log:
        process = subprocess.Popen([*PYTEST, "-ra", "--junitxml", path, file], cwd=ROOT, stdout=log,
                                   stderr=log, env=dict(os.environ, PRATU_BUILD=str(BUILD / "gcc")))
        for seconds, stop in ((E2E_FILE_SECONDS, signal.SIGINT), (E2E_STOP_SECONDS, signal.SIGKILL)):
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(stop)
        process.wait()
    results = read_junit(path) if path.exists() else {}
    output = stem.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    return results, output, time.monotonic() - begin


def count_e2e_file(tally, planned_names, results, output):
    for name, (said, text) in results.items():
        if said == "failed":
            tally.fail(name, text)
        elif said == "skipped":
            tally.skip(name)
        else:
            tally.ok()
    missing = [name for name in planned_names if name not in results]
    for name in missing:
        tally.fail("%s: planned, but has no result" % name)
    if missing:
        tally.notes += ["    " + line for line in output.strip().split("\n")[-SHOWN_MAX:]]


def stage_e2e(tally):
    if not build(tally, "gcc"):
        return
    (BUILD / "e2e").mkdir(parents=True, exist_ok=True)
    plan, of_faults = plan_e2e(tally), 0
    with ThreadPoolExecutor(E2E_PARALLEL) as pool:
        # The files with browsers take longest: they begin first.
        files = sorted(plan, key=lambda f: -sum(5 if "-th-" in n else 1 for n in plan[f]))
        for file, (results, output, seconds) in zip(files, pool.map(run_e2e_file, files)):
            tally.notes.append("%s: %d tests in %.0f s" % (file, len(results), seconds))
            count_e2e_file(tally, plan[file], results, output)
            of_faults += seconds if FAULTS.search(file) else 0
    tally.notes.append("the short form of scripts/faults: %.0f s together (aim: at most 180 on an idle machine)" % of_faults)


STAGES = {
    "gcc": (stage_gcc, "gcc 12 build and every meson test"),
    "e2e": (stage_e2e, "end to end: browser, relying parties, protocol, attacks"),
    "asan": (stage_asan, "clang 14 build, AddressSanitizer and UBSan: every test"),
    "tsan": (stage_tsan, "ThreadSanitizer: every test with threads"),
    "valgrind": (stage_valgrind, "valgrind memcheck: unit and store tests"),
    "fuzz": (stage_fuzz, "fuzz targets: a fixed number of inputs, or FUZZ_SECONDS"),
}
WAITING, COMPUTING = ("gcc", "e2e"), ("asan", "fuzz", "tsan", "valgrind")
QUICK = ("quick", (stage_quick, "gcc build, its quick tests, lint"))


def print_block(lines):
    """In one piece: the other lane prints too."""
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


def run_stage(name, work, title):
    tally, begin = Tally(), time.monotonic()
    try:
        work(tally)
    except Exception as error:  # a stage that breaks is a failure, and the next one still runs
        tally.fail("%s: %s: %s" % (name, type(error).__name__, error))
    lines = ["== %s: %s" % (name, title), *("   " + line for line in tally.notes),
             "   %s: %d passed, %d failed, %d skipped in %.0f s"
             % (name, tally.passed, tally.failed, tally.skipped, time.monotonic() - begin)]
    print_block(lines)
    return tally


def run_stages(stages):
    """The tallies of these stages, rows of STAGES, each run in its lane."""
    tallies = []

    def lane(names):
        tallies.extend(run_stage(n, *stages[n]) for n in names if n in stages)

    def computing():
        os.nice(LOWER_PRIORITY)  # Linux: of this thread, and of what it starts
        lane(COMPUTING)

    beside = threading.Thread(target=computing, daemon=True)
    beside.start()
    lane(WAITING)
    beside.join()
    if len(tallies) != len(stages):
        tallies.append(Tally())
        tallies[-1].fail("a lane has ended early")
    return tallies


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
    begin = time.monotonic()
    if options.quick:
        name, stage = QUICK
        tallies = [run_stage(name, *stage)]
    else:
        tallies = run_stages({n: STAGES[n] for n in options.stage or STAGES})
    passed, failed = sum(t.passed for t in tallies), sum(t.failed for t in tallies)
    print("total time %.0f s, %d skipped"
          % (time.monotonic() - begin, sum(t.skipped for t in tallies)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
