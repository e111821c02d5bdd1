# SPDX-License-Identifier: AGPL-3.0-or-later
"""The test bed: a provider pinned to one processor, load on the other, and what is read from both."""

import base64
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
SERVER_CPU, LOAD_CPU = "0", "1"
CLIENT, SECRET, REDIRECT = "bench", "bench-secret", "https://portal.test/cb"
READY_SECONDS = 60
OPENSSL_SECONDS = 1
PORTS = (20000, 32000)


class Trouble(Exception):
    """Something to tell the person at the terminal, without a stack of calls."""


def on(cpu, *command):
    return ["taskset", "-c", cpu, *map(str, command)]


def run(*command, timeout=600, **options):
    done = subprocess.run([*map(str, command)], text=True, errors="replace", capture_output=True,
                          timeout=timeout, **options)
    if done.returncode:
        raise Trouble("%s failed (%d):\n%s%s" % (" ".join(map(str, command)), done.returncode,
                                                done.stdout[-2000:], done.stderr[-2000:]))
    return done


def free_port():
    """Below the ports the system gives to outgoing connections, so that it stays free."""
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def signatures_per_second():
    """The unit S: ES256 signatures a second by openssl speed on the server's processor, now."""
    out = run(*on(SERVER_CPU, "openssl", "speed", "-elapsed", "-mr", "-seconds", OPENSSL_SECONDS,
                  "ecdsap256")).stdout
    found = re.search(r"^\+F\d+:\d+:256:([0-9.e-]+):", out, re.M)
    if not found:
        raise Trouble("openssl speed said nothing of 256 bits:\n" + out)
    value = float(found.group(1))
    return value if value > 1 else 1 / value


def median(values):
    return statistics.median(values)


def get(port, path, authority=None, headers=None):
    """(status, headers, body) of one request."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        c.request("GET", path, headers={"Host": authority or "localhost:%d" % port,
                                        **(headers or {})})
        answer = c.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        c.close()


def cpu_seconds(pid):
    """Processor time of a process, with threads that have ended."""
    fields = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def anonymous_bytes(pid):
    text = Path("/proc/%d/smaps_rollup" % pid).read_text()
    return int(re.search(r"^Anonymous: +(\d+) kB", text, re.M).group(1)) * 1024


class Server:
    """A running program with its address; a context manager that ends it."""

    def __init__(self, name, command, port, path, log, ready=200, cwd=None, env=None,
                 cpu=SERVER_CPU):
        self.name, self.command, self.port, self.path = name, command, port, path
        self.cpu = cpu
        self.log, self.ready, self.cwd, self.env = Path(log), ready, cwd, env
        self.process = None

    @property
    def authority(self):
        return "localhost:%d" % self.port

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

    def __enter__(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                on(self.cpu, *self.command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.cwd, env={**os.environ, **(self.env or {})})
        end = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise Trouble("%s did not start:\n%s" % (
                    self.name, self.log.read_text(errors="replace")[-2000:]))
            time.sleep(0.02)
        return self

    def answers(self):
        try:
            return get(self.port, self.path)[0] == self.ready
        except OSError:
            return False

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Bed:
    """Where the files are, how long a run takes, and the programs."""

    def __init__(self, build, work, seconds, runs):
        self.build, self.work = Path(build), Path(work)
        self.seconds, self.runs = seconds, runs
        self.pratu_binary = self.build / "src/main/pratu"
        self.stores = {}

    def tool(self, name):
        return self.build / "bench" / name

    # --- Pratu ---

    def pratu_home(self, name, extra=""):
        """A new installation that listens on a free port."""
        home = self.work / name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, mode=0o700)
        port = free_port()
        run(self.pratu_binary, "init", "--config", home / "pratu.yaml", "--issuer",
            "http://localhost:%d" % port)
        text = (home / "pratu.yaml").read_text(encoding="utf-8")
        # All load comes from one address, which otherwise may have 200 connections.
        text = re.sub(r"(?m)^(server:\n)",
                      r"\1  event_threads: 1\n  connections_per_ip: 10000\n" + extra, text)
        text = re.sub(r"(?m)^(management:\n  port:).*", r"\1 %d" % free_port(), text)
        (home / "pratu.yaml").write_text(text, encoding="utf-8")
        return home

    def seed(self, home, people, sessions=0, grants=1, tokens=0, accounts=0, verified=0,
             pending=0):
        """Fills the store; returns the bytes of the file after people, sessions and tokens."""
        with open(home / "cookies", "w", encoding="ascii") as cookies:
            done = subprocess.run(
                [self.tool("bench_seed"), home / "data", home / "master.key",
                 *map(str, (people, sessions, grants, tokens)), REDIRECT, str(accounts),
                 str(verified), str(pending)],
                stdout=cookies, stderr=subprocess.PIPE, text=True, timeout=1800, check=False)
        if done.returncode:
            raise Trouble("bench_seed failed:\n" + done.stderr)
        return dict(re.findall(r"^(\w+) \d+ bytes (\d+)$", done.stderr, re.M))

    def store(self, name, **what):
        """A seeded installation, made once."""
        if name not in self.stores:
            home = self.pratu_home(name)
            self.stores[name] = home, self.seed(home, **what)
        return self.stores[name][0]

    @staticmethod
    def port_of(home, section="server"):
        text = (home / "pratu.yaml").read_text(encoding="utf-8")
        return int(re.search(r"(?m)^%s:\n(?:  .*\n)*?  port: (\d+)" % section, text).group(1))

    def pratu(self, home, cpu_path="/oauth2/jwks"):
        return Server("pratu", [self.pratu_binary, "serve", "--config", home / "pratu.yaml"],
                      self.port_of(home), cpu_path, home / "log")

    def small(self):
        return self.store("small", people=10000, sessions=10000, grants=1, tokens=10000)

    # --- load ---

    def load(self, server, scenario, connections, cookies=None, seconds=None, options=None,
             warmup=0.5):
        """One run of our load client; its JSON, with the server's processor time per flow."""
        before, began = cpu_seconds(server.pid), time.monotonic()
        result = self.load_end(self.load_begin(server, scenario, connections, cookies, seconds,
                                               options, warmup))
        took, used = time.monotonic() - began, cpu_seconds(server.pid) - before
        result["server_busy"] = round(used / took, 3)
        if result["flows"]:
            result["cpu_us_per_flow"] = round(
                used / took / result["per_second"] * 1e6, 2)
        return result

    def load_begin(self, server, scenario, connections, cookies=None, seconds=None, options=None,
                   warmup=0.5):
        """Starts the load client, for load_end."""
        basic = base64.b64encode(("%s:%s" % (CLIENT, SECRET)).encode()).decode()
        seconds = seconds or self.seconds
        given = {"scenario": scenario, "port": server.port, "authority": server.authority,
                 "basic": basic, "client": CLIENT, "redirect": quote(REDIRECT, safe=""),
                 "connections": connections, "seconds": seconds, "warmup": warmup,
                 **({"cookies": cookies} if cookies else {}), **(options or {})}
        command = [self.tool("bench_load")]
        for name, value in given.items():
            command += ["--" + name, value]
        return subprocess.Popen(on(LOAD_CPU, *command), text=True, errors="replace",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def load_end(self, load):
        """Its JSON, when it has ended."""
        try:
            out, err = load.communicate(timeout=self.seconds * 10 + 60)
        except subprocess.TimeoutExpired:
            load.kill()
            raise
        if not out.startswith("{"):
            raise Trouble("bench_load failed:\n" + err[-2000:])
        result = json.loads(out)
        if err:
            result["said"] = err[-1000:]
        return result

    def wrk(self, server, path, connections, seconds=None):
        out = run(*on(LOAD_CPU, "wrk", "-t1", "-c%d" % connections, "-d%ds" % max(
            1, round(seconds or self.seconds)), "--latency", "-H",
            "Host: " + server.authority, "http://127.0.0.1:%d%s" % (server.port, path))).stdout
        rate = float(re.search(r"Requests/sec: +([\d.]+)", out).group(1))
        p99 = re.search(r"99% +([\d.]+)(us|ms|s)", out)
        scale = {"us": 1, "ms": 1e3, "s": 1e6}[p99.group(2)]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                           out)
        return {"per_second": rate, "p99_us": float(p99.group(1)) * scale,
                "failures": (int(bad.group(1)) if bad else 0) +
                            (sum(map(int, errors.groups())) if errors else 0)}
