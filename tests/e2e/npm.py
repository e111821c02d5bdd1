# SPDX-License-Identifier: AGPL-3.0-or-later
"""Packages of tests/e2e/node, of the versions in its lock file."""

from pathlib import Path

from harness import run

NODE = Path(__file__).parent / "node"


def installed(package):
    """The directory of a package; all are installed when it is not there."""
    directory = NODE / "node_modules" / package
    if not directory.is_dir():
        done = run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE,
                   timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return directory
