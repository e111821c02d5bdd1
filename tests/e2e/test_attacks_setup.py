# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attack rows 22 and 25: nothing starts on samples and defaults, and a fresh server knows nobody."""

import os
import re
import signal
import stat
import subprocess

import pytest
import requests
import yaml

from harness import ROOT, free_port, pratu_binary, run, wait_for

SAMPLE = ROOT / "config" / "pratu.yaml"


def refuses(config, *words):
    """The server does not start on this configuration and says why."""
    for command in ("check-config", "serve"):
        done = run([pratu_binary(), command, "--config", config], timeout=20)
        said = done.stdout + done.stderr
        assert done.returncode != 0, "%s accepted it" % command
        assert any(word in said for word in words), said
    return said


def test_the_sample_configuration_does_not_start(tmp_path):
    """A copied sample has no secrets yet; the mend is named."""
    copy = tmp_path / "pratu.yaml"
    copy.write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    refuses(copy, "secret", "file")


@pytest.fixture
def own_config(demo, tmp_path):
    """The demo's configuration as a dict, and a function that writes a changed one."""
    text = demo.config.read_text(encoding="utf-8")

    def write(change):
        tree = yaml.safe_load(text)
        change(tree)
        path = demo.config.parent / ("e2e-%s.yaml" % tmp_path.name)
        path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
        return path

    yield write
    for path in demo.config.parent.glob("e2e-*.yaml"):
        path.unlink()


def secret_files(tree, at=""):
    """(path in the tree, file name) of every secret file a configuration names."""
    for name, value in (tree.items() if isinstance(tree, dict) else enumerate(tree)):
        where = "%s.%s" % (at, name) if at else str(name)
        if isinstance(value, (dict, list)):
            yield from secret_files(value, where)
        elif isinstance(value, str) and re.search(r"(secret|key|password)(_file)?$", str(name)):
            yield where, value


def put(tree, where, value):
    *parents, last = where.split(".")
    for name in parents:
        tree = tree[int(name)] if isinstance(tree, list) else tree[name]
    tree[last] = value


@pytest.mark.parametrize("fault", ["missing", "empty", "short", "world-readable", "sample"])
def test_faulty_secret_files(demo, own_config, tmp_path, fault):
    tree = yaml.safe_load(demo.config.read_text(encoding="utf-8"))
    files = list(secret_files(tree))
    assert files, "the demo configuration names no secret file"
    for where, _ in files:
        bad = tmp_path / (where + ".txt")
        if fault != "missing":
            content = {"empty": "", "short": "x", "sample": "changeme"}.get(fault, "A" * 64)
            bad.write_text(content, encoding="utf-8")
            bad.chmod(0o644 if fault == "world-readable" else 0o600)
        config = own_config(lambda t, w=where: put(t, w, str(bad)))
        said = refuses(config, where.split(".")[-1])
        assert "A" * 64 not in said


def test_unknown_key(own_config):
    said = refuses(own_config(lambda t: t.update(isuer="http://x")), "isuer")
    assert re.search(r"yaml:\d+:\d+", said)


def test_a_secret_is_never_printed(demo):
    done = demo.pratu("print-config")
    assert done.returncode == 0, done.stderr
    for path in demo.data.rglob("*"):
        if path.is_file() and path.stat().st_size < 300 and stat.S_IMODE(path.stat().st_mode) == 0o600:
            text = path.read_text(errors="replace").strip()
            assert len(text) < 16 or text not in done.stdout, path.name


def test_no_secret_in_the_logs(demo, world):
    """Looked at again after each file's tests, when the demo of that file ends (conftest.py)."""
    world.logged_in()
    demo.check_logs()
    log = demo.data / "planted.log"
    for text in (world.somebody["pid"], "pratu_ss_" + "A" * 43, "eyJ%s.eyJ%s.x" % (2 * ("a" * 30,))):
        log.write_text("what: %s\n" % text, encoding="utf-8")
        with pytest.raises(AssertionError):
            demo.check_logs()
    log.unlink()


@pytest.fixture
def fresh_server(tmp_path):
    """A server as `pratu init` leaves it: nobody has put anything in."""
    home, port = tmp_path / "fresh", free_port()
    done = run([pratu_binary(), "init", "--dir", home, "--issuer", "http://localhost:%d" % port])
    assert done.returncode == 0, done.stdout + done.stderr
    config = next(home.rglob("*.yaml"))
    process = subprocess.Popen([str(pratu_binary()), "serve", "--config", str(config)],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    url = "http://localhost:%d" % port

    def ready():
        try:
            return requests.get(url + "/.well-known/openid-configuration", timeout=1).ok
        except requests.RequestException:
            assert process.poll() is None, process.stdout.read().decode(errors="replace")
            return False

    wait_for(ready, 20, "the fresh server")
    yield url, config, done
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)


def test_a_fresh_server_knows_nobody(fresh_server):
    url, config, made = fresh_server
    for command in (["client", "list"], ["account", "list"], ["office", "list"], ["grant", "list"]):
        done = run([pratu_binary(), *command, "--config", config])
        if done.returncode == 0:
            assert done.stdout.strip() in ("", "[]"), (command, done.stdout)
    for user in ("admin", "root", "pratu", "test", "demo"):
        for secret in ("admin", "password", "123456", "", user):
            answer = requests.post(url + "/oauth2/token", auth=(user, secret), timeout=10,
                                   data={"grant_type": "client_credentials"})
            assert answer.status_code in (400, 401)
    assert requests.get(url + "/admin", timeout=10).status_code in (401, 403, 404)


def test_init_makes_private_files_and_different_secrets(tmp_path):
    seen = []
    for name in ("one", "two"):
        home = tmp_path / name
        done = run([pratu_binary(), "init", "--dir", home, "--issuer", "http://localhost:1"])
        assert done.returncode == 0, done.stderr
        files = [p for p in home.rglob("*") if p.is_file() and p.suffix not in (".yaml", ".md")]
        assert files and all(stat.S_IMODE(p.stat().st_mode) & 0o077 == 0 for p in files)
        seen.append({p.name: p.read_bytes() for p in files})
    common = {n for n in seen[0] if seen[0][n] and seen[0][n] == seen[1].get(n)}
    assert not common, common
    assert os.listdir(tmp_path)
