# SPDX-License-Identifier: AGPL-3.0-or-later
"""Packages of tests/e2e/node and tests/e2e/portals, of the versions in their lock files."""

from pathlib import Path

from harness import run

NODE = Path(__file__).parent / "node"
PORTALS = Path(__file__).parent / "portals"


def installed(package, home=NODE):
    """The directory of a package; all are installed when it is not there."""
    directory = home / "node_modules" / package
    if not directory.is_dir():
        done = run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=home,
                   timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return directory
