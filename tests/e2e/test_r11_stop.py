# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stop waits for nobody who does not go on, and a restart refuses and cuts nobody."""

import asyncio
import os
import select
import signal
import subprocess
import tarfile
import time

import pytest

from bare_site import BareSite, listening
from harness import wait_for
from older_store import ARCHIVES

RATE = 400  # requests a second
HALVES = {
    "a byte": b"G",
    "half a line": b"GET /oauth2/jw",
    "half a head": b"GET /oauth2/jwks HTTP/1.1\r\nHost: localhost\r\nX-",
    "half a body": b"POST /oauth2/token HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: "
                   b"application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type=",
}


@pytest.mark.fault("one half-sent request (line, head, body) at SIGTERM", "it is cut after a second")
@pytest.mark.parametrize("half", HALVES)
def test_a_half_sent_request_does_not_hold_a_stop(half, observed):
    # A stop that waited for it would take five minutes.
    with BareSite(server="  stop_timeout: 5m\n  head_timeout: 10m\n  idle_timeout: 1h\n") as site:
        server = site.serve()
        data = HALVES[half]
        with site.connect() as client:
            client.sendall(data % site.port if b"%d" in data else data)
            # A request behind it has been served, so it has arrived.
            assert site.get("/oauth2/jwks")[0] == 200
            status, seconds = site.stop(server)
        assert status == 0 and site.events("stopped")[0]["cut"] == 0
        observed("ended after %.1f s" % seconds)


@pytest.mark.fault("half a TLS handshake at SIGTERM", "it is cut after a second")
def test_half_a_handshake_does_not_hold_a_stop(observed, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-keyout", tmp_path / "key.pem", "-out",
                    tmp_path / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
    (tmp_path / "key.pem").chmod(0o600)
    tls = "  tls:\n    cert_file: %s\n    key_file: %s\n" % (tmp_path / "cert.pem", tmp_path / "key.pem")
    with BareSite(server="  stop_timeout: 5m\n  head_timeout: 10m\n  idle_timeout: 1h\n" + tls) as site:
        server = site.serve()
        with site.connect() as client:
            client.sendall(b"\x16\x03\x01\x02\x00\x01\x00")  # the beginning of a ClientHello
            wait_for(lambda: site.metric("pratu_http_connections") >= 2, what="the connection")
            status, seconds = site.stop(server)
        assert status == 0
        observed("ended after %.1f s" % seconds)


# ---- nobody is refused ----

def readable(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return poll.poll(0)


class Load:
    """Requests at a rate, half of them on connections that are kept, half on new ones. A connection
    is used again unless the server said or showed that it is closed, as a client must."""

    def __init__(self, port):
        self.port, self.kept = port, []
        self.answered, self.repeated, self.faults = 0, 0, []

    async def connection(self, fresh):
        while self.kept and not fresh:
            reader, writer = self.kept.pop(0)
            # Asked of the kernel: the event loop learns of it later.
            if not readable(writer.get_extra_info("socket").fileno()):
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def exchange(self, n):
        fresh = n % 2 == 0
        reader, writer = await self.connection(fresh)
        writer.write(b"GET %s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n" % (
            (b"/oauth2/jwks", b"/.well-known/openid-configuration")[n % 3 == 0], self.port,
            b"Connection: close\r\n" if fresh else b""))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if not head.startswith(b"http/1.1 200 "):
            raise OSError(head.decode())
        if fresh or b"connection: close" in head:
            writer.close()
        else:
            self.kept.append((reader, writer))

    async def one(self, n):
        try:
            try:
                await self.exchange(n)
            except (asyncio.IncompleteReadError, ConnectionResetError) as cut:
                # Closed before a byte of the answer: a client that was kept from sending for longer
                # than a server lingers repeats a GET (RFC 9112 9.3.1), on a new connection, once.
                if getattr(cut, "partial", b""):
                    raise
                self.repeated += 1
                await self.exchange(0)
            self.answered += 1
        except (OSError, EOFError) as fault:
            self.faults.append(repr(fault))

    async def run(self, until):
        begin, n, tasks = time.monotonic(), 0, set()
        while not until():
            while n < (time.monotonic() - begin) * RATE:
                task = asyncio.ensure_future(self.one(n))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                n += 1
            await asyncio.sleep(0.005)
        await asyncio.gather(*tasks)
        for _, writer in self.kept:
            writer.close()


def under_load(site, restart, times):
    """Restarts while requests come; (answered, faults, longest restart)."""
    load = Load(site.port)

    async def restarts():
        for _ in range(times):
            before = load.answered
            await asyncio.get_running_loop().run_in_executor(None, restart)
            while load.answered < before + RATE * 5 // 4 and not load.faults:
                await asyncio.sleep(0.02)

    async def both():
        work = asyncio.ensure_future(restarts())
        await load.run(work.done)
        await work

    asyncio.run(both())
    return load


def files_of_before():
    """The database and master key that a version before left."""
    with tarfile.open(ARCHIVES / "before_the_frame.tar.xz") as file:
        return {m.name: file.extractfile(m).read() for m in file.getmembers()}


def files_of(site):
    return {"data.mdb": (site.store / "data.mdb").read_bytes(),
            "master.key": (site.home / "site" / "master.key").read_bytes()}


def replace_store(site, files):
    (site.store / "lock.mdb").unlink()
    (site.store / "data.mdb").write_bytes(files["data.mdb"])
    (site.home / "site" / "master.key").write_bytes(files["master.key"])


def is_up(site, process):
    def up():
        assert process.poll() is None, site.text()
        return site.started(process)
    return up


@pytest.mark.fault("restarts of a service whose sockets the service manager holds, at 400 requests/s, "
                   "each with a store of a version before", "nobody is refused or cut")
def test_restarts_with_sockets_of_the_service_manager(scale, observed):
    times = scale(short=2, full=10)
    with BareSite(server="  connections: 20000\n") as site:
        # Both are brought to this version at the start; init leaves it to build an index.
        stores = [files_of(site), files_of_before()]
        sockets = {"public": listening(site.port), "management": listening(site.management)}
        running = [site.serve(sockets=sockets)]

        def restart():
            status, _ = site.stop(running[-1])
            assert status == 0, site.text()
            replace_store(site, stores[len(running) % 2])
            running.append(site.serve(sockets=sockets, ready=False))
            wait_for(is_up(site, running[-1]), 60, "the next server")

        load = under_load(site, restart, times)
        assert not load.faults, (len(load.faults), load.faults[:3])
        assert len(site.events("index_built")) == 1 + times // 2, site.text()
        assert all(e["cut"] == 0 for e in site.events("stopped"))
        observed("%d restarts: 0 of %d requests refused, %d repeated on a new connection"
                 % (times, load.answered, load.repeated))
        for s in sockets.values():
            s.close()


@pytest.mark.fault("restarts by pratu serve --take-over at 400 requests/s", "nobody is refused or cut")
def test_restarts_by_take_over(scale, observed):
    times = scale(short=2, full=10)
    with BareSite(server="  connections: 20000\n") as site:
        running = [site.serve()]

        def restart():
            running.append(site.serve("--take-over", ready=False))
            assert running[-2].wait(timeout=60) == 0, site.text()
            wait_for(is_up(site, running[-1]), 60, "the next server")

        load = under_load(site, restart, times)
        assert not load.faults, (len(load.faults), load.faults[:3])
        assert len(site.events("sockets_handed_over")) == times
        observed("%d restarts: 0 of %d requests refused, %d repeated on a new connection"
                 % (times, load.answered, load.repeated))


@pytest.mark.fault("a second server on the same database", "one at a time: it is refused, or takes over")
def test_one_server_a_database():
    with BareSite() as site:
        first = site.serve()
        done = site.run("serve")
        assert done.returncode == 1 and "--take-over" in done.stderr, done.stderr
        second = site.serve("--take-over", ready=False)
        # The one before is held; the next waits, with the sockets, and writes nothing.
        assert first.wait(timeout=60) == 0
        wait_for(is_up(site, second), 60, "the next server")
        assert site.get("/oauth2/jwks")[0] == 200
        os.kill(second.pid, signal.SIGKILL)
        second.wait()
        third = site.serve()
        assert site.stop(third)[0] == 0


@pytest.mark.fault("a socket of the service manager that Pratu does not know", "the start is refused, with what to write")
def test_an_unknown_socket_is_refused():
    with BareSite() as site:
        with listening(site.port) as s:
            server = site.serve(sockets={"http": s}, ready=False)
            assert server.wait(timeout=60) == 1
            assert "FileDescriptorName=public or management" in site.text()
