# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/sandbox.md holds the tables that pratu-sandbox prints of itself, and every call of its API."""

import re
import subprocess
import sys
from pathlib import Path


def main():
    binary, root = sys.argv[1], Path(sys.argv[2])
    text = (root / "docs/sandbox.md").read_text(encoding="utf-8")
    told = subprocess.run([binary, "--reference"], stdout=subprocess.PIPE, check=True).stdout.decode()
    missing = [line for line in told.split("\n") if line and line not in text.split("\n")]
    source = "".join(p.read_text(encoding="utf-8") for p in (root / "src/sandbox").glob("*.c"))
    routes = [r for r in re.findall(r'\{"(/[\w./-]*)", ON_', source) if r.startswith("/api/")]
    unnamed = [r for r in routes if "oauth2" not in r and r not in text]
    print("1..2")
    print("%s 1 - options and settings are documented" % ("not ok" if missing else "ok"))
    for line in missing:
        print("# missing: " + line)
    print("%s 2 - calls of the API are documented" % ("not ok" if unnamed or not routes else "ok"))
    for route in unnamed:
        print("# missing: " + route)
    return 1 if missing or unnamed or not routes else 0


if __name__ == "__main__":
    sys.exit(main())
