# SPDX-License-Identifier: AGPL-3.0-or-later
"""R18: operators see what happens: metrics that Prometheus accepts, alerts with a runbook, a dashboard of metrics that exist,
the watchdog of the service manager, options that wait for a restart, limits that do not fit. On b4adb63 there was none of it."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import requests
import yaml

from bare_server import BareServer
from binaries import ROOT
from harness import wait_for

RULES = ROOT / "config/monitoring/pratu.rules.yml"
DASHBOARD = ROOT / "config/monitoring/pratu-dashboard.json"
NAME = re.compile(r"\bpratu_[a-z_]+")
WATCHDOG_MS = 2000


def promtool(*args, **options):
    return subprocess.run(["promtool", *map(str, args)], text=True, capture_output=True, timeout=60, **options)


@pytest.fixture(scope="module")
def server():
    """Under a service manager that listens, with a watchdog."""
    home = Path(tempfile.mkdtemp(prefix="pratu-watch-"))
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(home / "notify"))
    manager.settimeout(0.1)
    made = BareServer(env={"NOTIFY_SOCKET": str(home / "notify"), "WATCHDOG_USEC": str(WATCHDOG_MS * 1000)}).init()
    made.start()
    made.manager = manager
    yield made
    made.remove()
    manager.close()


def set_options(server, section, **values):
    tree = yaml.safe_load(server.config.read_text(encoding="utf-8"))
    tree.setdefault(section, {}).update(values)
    server.config.write_text(yaml.safe_dump(tree), encoding="utf-8")


def metrics(server):
    return requests.get("http://127.0.0.1:%d/metrics" % server.management, timeout=20).text


def known_metrics():
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(pratu_\w+)` \| (\w+) ", text, re.M)
    assert len(rows) > 30
    names = {name for name, _ in rows}
    return names | {name + end for name, kind in rows if kind == "histogram" for end in ("_bucket", "_sum", "_count")}


def alerts():
    return re.findall(r"^ +- alert: (\w+)$", RULES.read_text(encoding="utf-8"), re.M)


def test_prometheus_accepts_the_metrics(server, observed):
    requests.get("http://localhost:%d/oauth2/jwks" % server.port, timeout=20)
    requests.get("http://localhost:%d/nothing-here" % server.port, timeout=20)
    text = metrics(server)
    done = promtool("check", "metrics", input=text)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert 'pratu_http_requests_total{route="jwks",status="2xx"} ' in text
    assert re.search(r'requests_total\{route="none",status="4xx"\} [1-9]', text)
    assert 'pratu_http_request_duration_seconds_bucket{route="jwks",le="0.001000"} ' in text
    assert "nothing-here" not in text
    observed("promtool check metrics: nothing to say about %d lines" % len(text.splitlines()))


def test_every_series_is_documented(server):
    names = {line.split("{")[0].split(" ")[0] for line in metrics(server).splitlines() if not line.startswith("#")}
    assert names <= known_metrics(), names - known_metrics()


def test_alerts_fire_and_are_quiet():
    assert promtool("check", "rules", RULES).returncode == 0
    done = promtool("test", "rules", ROOT / "tests/e2e/monitoring/pratu.rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    tested = (ROOT / "tests/e2e/monitoring/pratu.rules.test.yml").read_text(encoding="utf-8")
    for name in alerts():
        assert "name: '%s fires'" % name in tested and "name: '%s does not fire'" % name in tested, name


def test_every_alert_has_its_runbook():
    page = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    parts = {p.split("\n")[0]: p for p in page.split("\n## ")[1:]}
    assert list(parts) == alerts()
    for name, part in parts.items():
        for word in ("Meaning", "Look at", "Do"):
            assert re.search(r"^- \*\*%s\*\*: \S" % word, part, re.M), (name, word)
    assert page.count("\n## ") == len(alerts()) == RULES.read_text(encoding="utf-8").count("runbook: 'docs/runbook.md#")


def test_alerts_and_dashboard_name_metrics_that_exist():
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    shown = " ".join(t["expr"] for p in board["panels"] for t in p.get("targets", []))
    used = set(NAME.findall(shown)) | set(NAME.findall(" ".join(re.findall(r"expr: (.*)", RULES.read_text(encoding="utf-8")))))
    assert used <= known_metrics(), used - known_metrics()


def received(manager):
    try:
        return manager.recv(4096).decode()
    except TimeoutError:
        return ""


def drain(manager):
    while received(manager):
        pass


@pytest.mark.fault("the server hangs (its threads are stopped)",
                   "WATCHDOG=1 is sent only while event threads and the writer make progress; the service manager restarts it")
def test_watchdog_notifies_while_all_is_well(server, observed):
    assert wait_for(lambda: received(server.manager) == "WATCHDOG=1", what="the first notification")
    begin = time.monotonic()
    for _ in range(3):
        wait_for(lambda: received(server.manager) == "WATCHDOG=1", what="the next notification")
    server.process.send_signal(signal.SIGSTOP)
    drain(server.manager)
    assert received(server.manager) == ""
    server.process.send_signal(signal.SIGCONT)
    wait_for(lambda: received(server.manager) == "WATCHDOG=1", what="notifications again")
    observed("4 notifications in %.1f s of a watchdog of 2 s, none while stopped" % (time.monotonic() - begin))


def test_options_that_wait_for_a_restart_are_named(server):
    text = server.config.read_text(encoding="utf-8")
    set_options(server, "server", workers=49)
    set_options(server, "log", level="notice")
    server.process.send_signal(signal.SIGHUP)
    try:
        line = wait_for(lambda: server.events("config_needs_restart"), what="the line")[0]
        assert "server.workers" in line["options"].split(", ")
        assert "log.level" not in line["options"] and "issuer" not in line["options"]
        assert server.events("config_reloaded")
    finally:
        server.config.write_text(text, encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)


@pytest.mark.fault("the service may open fewer files than server.connections needs", "a warning at the start names the option")
def test_limits_that_do_not_fit_are_named(observed):
    made = BareServer().init()
    set_options(made, "server", connections=500000, event_threads=60)
    made.start()
    try:
        lines = ["%s: %s" % (line["option"], line["why"]) for line in made.events("limit_mismatch")]
        assert any(x.startswith("server.connections: 500000 connections need 500512 open files") for x in lines), lines
        assert os.cpu_count() > 30 or any(x.startswith("server.event_threads: 60 ") for x in lines), lines
        observed(lines[0])
    finally:
        made.remove()
