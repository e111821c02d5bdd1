# SPDX-License-Identifier: AGPL-3.0-or-later
"""The harness itself: ports are given to one process at a time, and scripts/test counts a test that
failed, broke in its teardown, or was planned and never ran. TAP. harness.py ROOT"""

import contextlib
import io
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(sys.argv[1])
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "scripts/lib")]
import fuzz_targets  # noqa: E402
import ports  # noqa: E402
import run_tests  # noqa: E402

HOLDER = "import sys; sys.path.insert(0, %r); import ports; ports.FILE = %r\n" \
    "print(ports._take(%d), flush=True); sys.stdin.read()"


def holder(port):
    """Another process that takes the port; it holds it until its end."""
    code = HOLDER % (str(ROOT / "tests/support"), ports.FILE, port)
    process = subprocess.Popen([sys.executable, "-B", "-c", code], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, encoding="ascii")
    return process, process.stdout.readline().strip()


def end(process):
    process.kill()
    process.communicate()


def test_a_port_is_given_once():
    given = [ports.free_port() for _ in range(50)]
    assert len(set(given)) == 50
    assert not any(ports._take(port) for port in given), "given twice in one process"
    process, said = holder(given[0])
    end(process)
    assert said == "False", "given twice in two processes"


def test_a_port_comes_back_when_its_process_is_killed():
    port = ports.LAST + 1  # nobody else asks for this one
    for _ in range(2):
        process, said = holder(port)
        assert said == "True"
        assert not ports._lock(port), "two processes hold it"
        process.send_signal(signal.SIGKILL)
        end(process)


def test_a_port_in_use_is_not_given():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not ports._take(taken.getsockname()[1])


def test_ports_side_by_side():
    base = ports.free_base_port((0, 1, 20))
    assert not any(ports._take(base + n) for n in (0, 1, 20))


JUNIT = """<testsuites><testsuite>
<testcase classname="tests.e2e.test_x" name="test_good[a::b]"/>
<testcase classname="tests.e2e.test_x.TestY" name="test_bad"><failure message="m">why</failure></testcase>
<testcase classname="tests.e2e.test_x" name="test_left"><skipped message="no"/></testcase>
<testcase classname="tests.e2e.test_x" name="test_torn"/>
<testcase classname="tests.e2e.test_x" name="test_torn"><error message="teardown"/></testcase>
</testsuite></testsuites>"""
NODES = ["test_good[a::b]", "TestY::test_bad", "test_left", "test_torn", "test_lost"]


def counted(junit):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(junit)
        file.flush()
        results = run_tests.read_junit(Path(file.name))
    planned = [run_tests.junit_name("tests/e2e/test_x.py::" + node) for node in NODES]
    tally = run_tests.Tally()
    run_tests.count_e2e_file(tally, planned, results, "the end of the output")
    return tally


def test_results_are_counted_one_by_one():
    tally = counted(JUNIT)
    assert (tally.passed, tally.failed, tally.skipped) == (1, 3, 1), tally.notes
    said = "\n".join(tally.notes)
    for words in ("TestY::test_bad", "why", "test_torn", "teardown",
                  "test_lost: planned, but has no result", "the end of the output"):
        assert words in said, (words, said)


def test_no_results_at_all():
    tally = counted("<testsuites/>")
    assert (tally.passed, tally.failed) == (0, len(NODES)), tally.notes


def test_every_stage_has_its_lane():
    lanes = run_tests.WAITING + run_tests.COMPUTING
    assert sorted(lanes) == sorted(run_tests.STAGES)


def test_every_fuzz_target_has_a_number_of_inputs():
    assert sorted(fuzz_targets.RUNS) == fuzz_targets.TARGETS
    status, runs, said = fuzz_targets.run("unheard", "true", {})
    assert (status, runs) == (1, 0) and "RUNS" in said


def fuzz_arguments(**environment):
    with tempfile.TemporaryDirectory() as home:
        old = {name: fuzz_targets.os.environ.pop(name, None) for name in ("FUZZ_SECONDS", "FUZZ_SEED")}
        fuzz_targets.os.environ.update(environment)
        try:
            said = fuzz_targets.arguments("uri", "program", Path(home))
        finally:
            for name, value in old.items():
                fuzz_targets.os.environ.pop(name, None)
                if value is not None:
                    fuzz_targets.os.environ[name] = value
        listed = Path(home) / "inputs"
        text = listed.read_text(encoding="utf-8") if listed.exists() else None
        return [str(a).replace(home, "HOME") for a in said], text


def test_a_fixed_fuzz_run_is_the_same_twice():
    first, inputs = fuzz_arguments()
    assert (first, inputs) == fuzz_arguments()
    assert "-seed=1" in first and "-runs=%d" % fuzz_targets.RUNS["uri"] in first
    assert len(inputs.split(",")) == len(list((fuzz_targets.CORPUS / "uri").iterdir()))
    assert "-seed=7" in fuzz_arguments(FUZZ_SEED="7")[0]


def test_exploring_takes_another_seed_each_time():
    seeds = {a for _ in range(5) for a in fuzz_arguments(FUZZ_SECONDS="3")[0] if a.startswith("-seed=")}
    assert len(seeds) > 1
    assert "-max_total_time=3" in fuzz_arguments(FUZZ_SECONDS="3")[0]


def test_a_failing_input_is_printed():
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "inputs").write_text("seeds", encoding="ascii")
        (Path(home) / "crash-a").write_bytes(b"\0bad")
        (Path(home) / "crash-b").write_bytes(b"x" * (fuzz_targets.SHOWN_BYTES + 1))
        first, second = fuzz_targets.failing_inputs(Path(home))
    assert first == "input crash-a, 4 bytes, base64: AGJhZA=="
    assert "4097 bytes, the first 4096 of them" in second and len(second) < 6000


def test_programs_with_threads_are_known():
    with tempfile.TemporaryDirectory() as home:
        for name, body, expected in (("one", "return 0;", False),
                                     ("two", "pthread_t t; return pthread_create(&t, 0, 0, 0);", True)):
            source = Path(home) / (name + ".c")
            source.write_text("#include <pthread.h>\nint main(void) { %s }\n" % body, encoding="ascii")
            subprocess.run(["gcc", "-w", "-o", source.with_suffix(""), source], check=True)
            assert run_tests.has_threads(source.with_suffix("")) == expected
    assert run_tests.has_threads(home + "/not there"), "what cannot be read is run"


def broken(_):
    raise ValueError("planted")


def test_a_stage_that_breaks_has_failed():
    with contextlib.redirect_stdout(io.StringIO()) as said:
        tallies = run_tests.run_stages({name: (broken, "planted") for name in run_tests.STAGES})
    assert [(t.passed, t.failed) for t in tallies] == [(0, 1)] * len(run_tests.STAGES)
    assert said.getvalue().count("ValueError: planted") == len(run_tests.STAGES)


def main(tests):
    print("1..%d" % len(tests))
    failed = 0
    for n, test in enumerate(tests, 1):
        try:
            test()
            print("ok %d - %s" % (n, test.__name__))
        except Exception:  # noqa: BLE001: every fault is a failed test
            failed += 1
            print("not ok %d - %s" % (n, test.__name__))
            print("# " + traceback.format_exc().replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pratu-harness-") as home:
        ports.FILE = home + "/ports"  # not those of the tests that run beside
        sys.exit(main([f for name, f in sorted(globals().items()) if name.startswith("test_")]))
