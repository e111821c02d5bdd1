# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every program may be started without standard input, output and error: nothing that it prints or
logs reaches a file of the database."""

import itertools
import os
import secrets
import signal
import subprocess

import pytest

from binaries import built
from faults import is_full
from harness import free_port, wait_for
from plain_site import CLIENT, RECORDS, PlainSite, sandbox_binary

NAMES = {0: "<&-", 1: ">&-", 2: "2>&-"}
ALL = [c for n in (1, 2, 3) for c in itertools.combinations(NAMES, n)]
# Where the database file was standard error, where the lock file was, and a single one.
CLOSED = ALL if is_full() else [(0, 1, 2), (1, 2), (2,)]
# A record is packed, not JSON, and the lines of the trail begin otherwise.
TRACES = (b'{"time":', b"pratu: ")
FILES = ("data.mdb", "lock.mdb", "open.lock")
SANDBOX = """listen: {address: 127.0.0.1, port: %d}
url: http://localhost:%d
thaid: {clients: [{client_id: c, client_secret: c.secret, scopes: [pid],
                   redirect_uris: ["http://localhost/cb"]}]}
people: [{pid: "1101700230708", title: T, given_name: G, family_name: F}]
"""


def without(closed, command):
    """The command, by a shell that closes these descriptors before it starts it."""
    return ["/bin/sh", "-c", 'exec "$@" ' + " ".join(NAMES[fd] for fd in closed), "sh",
            *map(str, command)]


def run(closed, command, **options):
    return subprocess.run(without(closed, command), stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def traces(site):
    """Words of the programs in the files of the database."""
    return [(name, trace) for name in FILES for trace in TRACES
            if (site.data / name).exists() and trace in (site.data / name).read_bytes()]


def standard_descriptors(pid):
    return [os.readlink("/proc/%d/fd/%d" % (pid, fd)) for fd in NAMES]


@pytest.fixture(scope="module")
def site():
    with PlainSite() as made:
        made.fill()
        yield made


@pytest.mark.fault("the server is started without some of descriptors 0 to 2",
                   "no log line reaches a file of the database")
def test_the_server(site, scale, observed):
    lines = scale(short=20, full=300)
    for closed in CLOSED:
        process = subprocess.Popen(without(closed, site.command("serve")))
        try:
            wait_for(site.is_ready, 60, "the server")
            assert not [p for p in standard_descriptors(process.pid) if str(site.home) in p], closed
            for _ in range(lines):  # a log line each
                assert site.get("/oauth2/authorize?client_id=none")[0] == 400
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, closed
        assert not traces(site), closed
        assert "0 faults" in site.good("audit", "verify")
    observed("%d ways, %d log lines each, none in a file of the database" % (len(CLOSED), lines))


def commands(site, closed):
    """Of every kind: that read, write, refuse, print a lot; with the status each ends with."""
    name = "c" + "".join(map(str, closed))
    client = site.file(name + ".json", {**CLIENT, "client_id": name})
    return [
        (["check-config"], 0), (["print-config"], 0), (["keys", "list"], 0), (["client", "list"], 0),
        (["audit", "list"], 0), (["client", "add", "--file", client], 0),
        (["client", "add", "--file", client], 1), (["client", "add", "--file", site.home / "none"], 1),
        (["import", "people", site.file("people.csv", RECORDS["people"])], 0),
        (["import", "people", site.file("bad.csv", "given_th\nx\n")], 1),
        (["person", "list"], 0), (["audit", "verify"], 0), (["outbox", "run"], 0),
        (["backup", site.home / ("copy-" + name)], 0), (["backup", site.data], 1),
        (["version"], 0), (["serve", "--no-such-option"], 2)]


@pytest.mark.fault("each command is started without some of descriptors 0 to 2",
                   "nothing that it prints reaches a file of the database")
def test_every_command(site, observed):
    for closed in CLOSED:
        for command, status in commands(site, closed):
            done = run(closed, site.command(*command))
            assert done.returncode == status, (closed, command, done)
        assert not traces(site), closed
        assert "0 faults" in site.good("audit", "verify")
    observed("%d commands in %d ways" % (len(commands(site, "x")), len(CLOSED)))


@pytest.mark.fault("a database is made, restored and filled by tools without descriptors 0 to 2",
                   "nothing that they print reaches a file of the database")
def test_what_makes_databases(site, observed):
    site.good("backup", site.home / "copy")
    seed = [built("bench/bench_seed"), site.data, site.home / "master.key", 10, 10, 1, 10,
            "https://p.example/cb"]
    for closed in CLOSED:
        for made in (site.command("restore", site.home / "copy"), site.command("init")):
            for path in list(site.data.iterdir()):
                path.unlink()
            for command in (made, seed):
                done = run(closed, command)
                assert done.returncode == 0, (closed, command, done)
                assert not traces(site), (closed, command)
            assert "0 faults" in site.good("audit", "verify")
    observed("init, restore, bench_seed in %d ways" % len(CLOSED))


def test_the_sandbox(site):
    """It has no database; its descriptors are no socket or file that it opens later."""
    site.file("c.secret", secrets.token_urlsafe(32)).chmod(0o600)
    for closed in CLOSED:
        port = free_port()
        config = site.file("sandbox.yaml", SANDBOX % (port, port))
        process = subprocess.Popen(without(closed, [sandbox_binary(), "--config", config]))
        try:
            wait_for(lambda: answers(site, port), 60, "the sandbox")
            seen = [p for fd, p in enumerate(standard_descriptors(process.pid)) if fd in closed]
            assert seen == ["/dev/null"] * len(closed)
        finally:
            process.terminate()
        assert process.wait(60) == 0


def answers(site, port):
    try:
        return site.get("/healthz", "http://localhost:%d" % port)[0] == 200
    except OSError:
        return False
