# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kind I: a second line of defence, at the running server: the memory of the process, forms of other
sites, the management listener under a foreign name."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import requests

from harness import pratu_binary, wait_for

NOBODY = 65534


def status_of(method, url, **headers):
    return requests.request(method, url, headers=headers, allow_redirects=False, timeout=20)


def test_no_other_process_reads_the_memory():
    """The files of a process in /proc belong to root when it may not be traced by its own user."""
    home = Path(tempfile.mkdtemp(prefix="pratu-kind-i-"))
    home.chmod(0o755)
    binary = home / "pratu"
    shutil.copy(pratu_binary(), binary)
    binary.chmod(0o755)
    user = {"user": NOBODY} if os.getuid() == 0 else {}
    # It waits for its input before it opens anything.
    process = subprocess.Popen([str(binary), "import", "offices", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)
    try:
        proc = Path("/proc/%d" % process.pid)
        wait_for(lambda: (proc / "exe").exists() and os.stat(proc / "mem").st_uid == 0,
                 what="a process that its own user cannot trace")
        assert process.poll() is None
        status = (proc / "status").read_text(encoding="utf-8")
        assert "Uid:\t%d" % (NOBODY if user else os.getuid()) in status
        assert "Max core file size        0 " in (proc / "limits").read_text(encoding="utf-8")
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        shutil.rmtree(home)


def test_forms_of_other_sites(demo):
    for path in ("/login/password", "/login/consent", "/account/sessions/everywhere", "/apps/logout"):
        url = demo.issuer + path
        assert status_of("POST", url, Origin="https://evil.example").status_code == 403, path
        assert status_of("POST", url, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403, path
        assert status_of("POST", url, **{"Sec-Fetch-Site": "same-site"}).status_code == 403, path
        assert status_of("POST", url, Origin="null").status_code == 403, path
        assert status_of("POST", url, Origin=demo.issuer).status_code != 403 or path == "/apps/logout"
    counted = requests.get(demo.management + "/metrics", timeout=20).text
    line = [x for x in counted.splitlines() if x.startswith("pratu_http_cross_site_forms_total ")]
    assert line and int(line[0].split()[1]) >= 16, line


def test_management_answers_to_no_foreign_name(demo):
    for path in ("/metrics", "/readyz", "/healthz"):
        url = demo.management + path
        assert status_of("GET", url).status_code == 200
        assert status_of("GET", url, Host="localhost:1").status_code == 200
        assert status_of("GET", url, Host="10.0.0.8:8081").status_code == 200
        foreign = status_of("GET", url, Host="rebound.evil.example:8081")
        assert foreign.status_code == 421 and "pratu_" not in foreign.text
