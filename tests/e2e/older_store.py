# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that goes on with a store which an older version wrote.

An archive in older/ holds the database as `pratu backup` of that version left it, its master key,
and state.json: what browsers and portals held at that moment (cookies, tokens, addresses of pages
under way) and the second at which it was taken. The clock of the test is put back to it. The
citizen numbers, passwords and keys inside belong to nobody.
"""

import json
import struct
import tarfile
import time
from pathlib import Path

from password_site import PasswordSite

ARCHIVES = Path(__file__).parent / "older"


def start_with(archive):
    """A site whose store is the archive's; (site, state)."""
    site = PasswordSite.start()
    try:
        process = site.setup.processes["pratu"]
        process.terminate()
        process.wait()
        home = site.setup.home
        with tarfile.open(ARCHIVES / archive) as file:
            inside = {m.name: file.extractfile(m).read() for m in file.getmembers()}
        store = home / "data"
        for old in store.iterdir():
            old.unlink()
        (store / "data.mdb").touch(mode=0o600)
        (store / "data.mdb").write_bytes(inside["data.mdb"])
        (home / "master.key").write_bytes(inside["master.key"])
        state = json.loads(inside["state.json"])
        site.clock.moved[:8] = struct.pack("=q", state["now"] - int(time.time()))
        site.start_again()
    except BaseException:
        site.stop()
        raise
    return site, state


def put_cookies(agent, cookies):
    for name, value in cookies.items():
        agent.session.cookies.set(name, value, domain="localhost.local", path="/")
