# SPDX-License-Identifier: AGPL-3.0-or-later
"""Is the generated documentation what the tables say now? TAP. docs.py PRATU ROOT"""

import difflib
import subprocess
import sys
from pathlib import Path

PARTS = ["options", "commands", "log-events", "audit-events", "metrics", "presets", "errors",
         "endpoints", "login-policy"]
BEGIN, END = "<!-- pratu docs import -->\n", "<!-- end of the tables -->"


def main():
    pratu, root = sys.argv[1], Path(sys.argv[2])
    files = {part: root / "docs" / (part + ".md") for part in PARTS}
    files["example"] = root / "config" / "pratu.yaml"
    files["import"] = root / "docs" / "import.md"
    print("1..%d" % len(files))
    failed = 0
    for number, (part, path) in enumerate(files.items(), 1):
        made = subprocess.run([pratu, "docs", part], stdout=subprocess.PIPE, check=True,
                              encoding="utf-8").stdout
        kept = path.read_text(encoding="utf-8")
        if part == "import":
            kept = kept.split(BEGIN, 1)[-1].split(END, 1)[0].lstrip("\n")
        good = made == kept
        print("%sok %d - %s is what pratu docs %s prints" % ("" if good else "not ", number,
                                                           path.relative_to(root), part))
        if good:
            continue
        failed += 1
        print("# run scripts/docs BUILD_DIRECTORY and commit what it writes")
        for line in list(difflib.unified_diff(kept.splitlines(), made.splitlines(), lineterm=""))[:12]:
            print("# " + line)
    return failed > 0


sys.exit(main())
