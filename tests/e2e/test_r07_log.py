# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that nobody takes holds up no request, no stop and no other process, and says what is missing."""

import http.client
import json
import os
import resource
import threading

import pytest

from bare_site import PATIENCE, BareSite
from harness import wait_for

LINES_OF_PIPE = 65536 // 150


def flood(site, enough):
    """Requests that each make a log line, of two events, until enough(how many were answered)."""
    wanted, answered = threading.Event(), []

    def ask():
        connection = None
        while not wanted.is_set():
            connection = connection or http.client.HTTPConnection("localhost", site.port, timeout=PATIENCE)
            try:
                # A bad request for the portal's developer; and one that no handler sees.
                connection.request("GET", "/oauth2/authorize?client_id=" + "x" * 400)
                connection.getresponse().read()
                connection.request("GET", "/" + "y" * 400)
                connection.getresponse().read()
                answered.append(2)
            except OSError:
                connection = None
    threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for t in threads:
        t.start()
    try:
        wait_for(lambda: enough(sum(answered)), PATIENCE, "enough lines")
    finally:
        wanted.set()
        for t in threads:
            t.join(PATIENCE)


@pytest.mark.fault("standard error is a pipe that nobody reads", "requests go on; lost lines are counted and reported")
def test_a_pipe_nobody_reads(observed):
    reading, writing = os.pipe()
    with BareSite() as site:
        server = site.serve(stderr=writing)
        os.close(writing)
        flood(site, lambda n: n > 600 and site.metric("pratu_log_lines_lost_total") > 50)
        assert site.get("/oauth2/jwks")[0] == 200 and site.get("/readyz", site.management)[0] == 200
        # Now somebody reads: every line is whole, and where lines are missing it says how many.
        lost, got = site.metric("pratu_log_lines_lost_total"), []

        def read():
            with os.fdopen(reading, encoding="utf-8") as pipe:
                for line in pipe:
                    got.append(json.loads(line))
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        wait_for(lambda: any(e["event"] == "lines_lost" for e in got), PATIENCE, "the report")
        assert site.get("/" + "z" * 100)[0] == 404
        status, _ = site.stop(server)
        reader.join(PATIENCE)
        reported = sum(e["count"] for e in got if e["event"] == "lines_lost")
        assert status == 0 and reported == lost, (reported, lost)
        events = [e["event"] for e in got]
        assert "started" in events[:3] and events[-2:] == ["stopping", "stopped"], events[-3:]
        # The report stands where the lines are missing: behind those before, none is newer.
        at = events.index("lines_lost")
        assert all(e["time"][:19] <= got[at]["since"][:19] for e in got[:at])
        observed("%d lines lost, %d reported, %d written" % (lost, reported, len(got)))


@pytest.mark.fault("SIGTERM while nobody reads the log", "the stop waits two seconds for it")
def test_a_stop_with_a_full_pipe(observed):
    reading, writing = os.pipe()
    with BareSite(server="  stop_timeout: 5m\n") as site:
        server = site.serve(stderr=writing)
        os.close(writing)
        flood(site, lambda n: n > 3 * LINES_OF_PIPE)
        status, seconds = site.stop(server)
        assert status == 0
        observed("ended after %.1f s" % seconds)
    os.close(reading)


@pytest.mark.fault("the reader of the log is gone; its disk is full", "requests go on")
@pytest.mark.parametrize("fault", ["reader gone", "disk full", "file at its limit"])
def test_a_log_that_cannot_be_written(fault, tmp_path):
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    options = {}
    if fault == "reader gone":
        reading, target = os.pipe()
    elif fault == "disk full":
        target = os.open("/dev/full", os.O_WRONLY)
    else:
        # A file that is as long as this process may make one.
        target = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
        os.ftruncate(target, 1 << 30)
        os.lseek(target, 0, os.SEEK_END)
        options = {"preexec_fn": small}
    with BareSite() as site:
        server = site.serve(stderr=target, ready=False, **options)
        os.close(target)
        if fault == "reader gone":
            os.close(reading)
        site.wait_ready(server)
        flood(site, lambda n: n > 300)
        assert site.get("/oauth2/jwks")[0] == 200
        assert site.stop(server)[0] == 0


@pytest.mark.fault("the start fails while nobody reads the log", "the process ends")
def test_a_failing_start_with_a_full_pipe():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    with BareSite() as site:
        site.config.write_text("issuer: 7\n")
        server = site.serve(stderr=writing, ready=False)
        assert server.wait(timeout=PATIENCE) == 3
    os.close(writing)
    os.close(reading)


@pytest.mark.fault("a command fails", "its last line gives the reason, behind what it logged")
def test_the_reason_comes_last():
    with BareSite() as site:
        server = site.serve()
        done = site.run("serve")
        assert done.returncode == 1
        assert "--take-over" in done.stderr.splitlines()[-1], done.stderr
        assert site.stop(server)[0] == 0
        assert '"stopped"' in site.text().splitlines()[-1]
