# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python packages that Debian has not, of the versions and hashes in a requirements file. What they
need themselves is Debian's (scripts/packages)."""

from pathlib import Path

from harness import run

PORTALS = Path(__file__).parent / "portals" / "site-packages"


def installed(package, requirements):
    """All of the file are installed when the package is not there."""
    if (PORTALS / package).is_dir():
        return
    done = run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes",
                "--disable-pip-version-check", "--root-user-action=ignore", "--target", str(PORTALS),
                "-r", str(requirements)], timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
