# SPDX-License-Identifier: AGPL-3.0-or-later
"""One run of a fuzz target (tests/fuzz). Two ways:

* fixed: a seed and a number of inputs, from tests/fuzz/corpus alone. Two runs of one commit try the
  same inputs, so a failure of continuous integration can be repeated.
* exploring (FUZZ_SECONDS=N): for that time, from another seed each time, and on top of the inputs
  that earlier explorations kept in build/fuzz-corpus.

FUZZ_SEED=N chooses the seed of either."""

import base64
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CORPUS = ROOT / "tests/fuzz/corpus"
TARGETS = sorted(p.stem[len("fuzz_"):] for p in (ROOT / "tests/fuzz").glob("fuzz_*.c"))
# Inputs of a fixed run: about ten seconds of processor time each on the reference machine.
RUNS = {
    "claims": 200000, "config": 100000, "cookie": 900000, "csv": 250000, "details": 200000,
    "field": 1000000, "form": 400000, "import": 100000, "jwk": 160000, "jws": 600000, "pwhash": 240000, "redirect": 1000000,
    "template": 250000, "typed": 120000, "uri": 1000000,
}
FIXED_SEED = 1
FIXED_TIMEOUT = 900  # seconds, of a machine that is busy; the number of inputs is the bound
SHOWN_BYTES = 4096  # of the input that failed
COMMON = ("-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1")


def exploring_seconds():
    """None: the run is fixed."""
    given = os.environ.get("FUZZ_SECONDS")
    return int(given) if given else None


def seed():
    given = os.environ.get("FUZZ_SEED")
    if given:
        return int(given)
    return FIXED_SEED if exploring_seconds() is None else secrets.randbelow(2 ** 31 - 1) + 1


def without_randomized_addresses():
    """libFuzzer takes compared values into its inputs, addresses among them: they must be the same
    in every run. Where the kernel refuses, a run may differ from another one in few inputs."""
    command = ["setarch", "-R"]
    try:
        done = subprocess.run([*command, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return []
    return command if done.returncode == 0 else []


def arguments(name, program, artifacts):
    """The command of one run."""
    seconds = exploring_seconds()
    common = [*COMMON, "-seed=%d" % seed(), "-artifact_prefix=%s/" % artifacts]
    if seconds is None:
        # A directory would be read in the order of its file system.
        inputs = artifacts / "inputs"
        inputs.write_text(",".join(sorted(str(p) for p in (CORPUS / name).iterdir())), encoding="utf-8")
        return [*without_randomized_addresses(), program, "-seed_inputs=@%s" % inputs,
                "-runs=%d" % RUNS[name], *common]
    kept = BUILD / "fuzz-corpus" / name
    kept.mkdir(parents=True, exist_ok=True)
    return [program, kept, CORPUS / name, "-max_total_time=%d" % seconds, *common]


def failing_inputs(artifacts):
    """The inputs that libFuzzer left, as lines that suffice to repeat the failure elsewhere."""
    lines = []
    for path in sorted(artifacts.iterdir()):
        if path.name == "inputs":
            continue
        data = path.read_bytes()
        text = base64.b64encode(data[:SHOWN_BYTES]).decode("ascii")
        cut = ", the first %d of them" % SHOWN_BYTES if len(data) > SHOWN_BYTES else ""
        lines.append("input %s, %d bytes%s, base64: %s" % (path.name, len(data), cut, text))
    return lines


def run(name, program, env):
    """Exit status, number of inputs, output. The output of a failure ends with its input."""
    if name not in RUNS:
        return 1, 0, "no number of inputs for it in RUNS of scripts/lib/fuzz_targets.py"
    artifacts = BUILD / "fuzz-artifacts" / name
    shutil.rmtree(artifacts, ignore_errors=True)
    artifacts.mkdir(parents=True)
    seconds = exploring_seconds()
    try:
        done = subprocess.run([str(a) for a in arguments(name, program, artifacts)], cwd=ROOT,
                              env=dict(os.environ, **env), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                              timeout=FIXED_TIMEOUT if seconds is None else seconds * 3 + 120)
        status, output = done.returncode, done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        status, output = 1, "%s: %s" % (type(error).__name__, error)
    found = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    if status:
        output = "\n".join([output.rstrip("\n"), "seed %d" % seed(), *failing_inputs(artifacts)])
    return status, int(found.group(1)) if found else 0, output

