# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the lint tests share: the files of the tree, C without comments, the frame of a test.

A lint is a function check(root) that returns a list of "file:line: message", and a list of planted
violations. run() first plants each of them in an empty tree and wants it found, plants the clean
counterpart and wants silence, and only then looks at the real tree. Results are TAP lines.
"""

import re
import sys
import tempfile
from pathlib import Path

SKIP_DIRS = {".git", "build", "node_modules", "site-packages", "__pycache__", "corpus", "demo-data", ".pytest_cache"}


def files(root, suffixes, under=("src", "tests", "bench")):
    """Files below root/under with one of the suffixes, sorted, as paths relative to root."""
    found = []
    for top in under:
        base = root / top
        paths = [base] if base.is_file() else base.rglob("*")
        for path in paths:
            rel = path.relative_to(root)
            if any(p in SKIP_DIRS or p.startswith("build") for p in rel.parts[:-1]):
                continue
            if path.is_file() and (path.suffix in suffixes or "*" in suffixes):
                found.append(rel)
    return sorted(set(found))


def read(root, rel):
    return (root / rel).read_text(encoding="utf-8", errors="replace")


TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X
)


def blank_comments(text, strings=True):
    """The same text with comments (and the inside of strings) blanked; line numbers stay."""

    def blank(match):
        s = match.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[0] if strings else s
        return re.sub(r"[^\n]", " ", s)

    return TOKEN.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def plant(root, tree):
    for rel, text in tree.items():
        path = root / rel
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def in_planted_tree(check, tree):
    with tempfile.TemporaryDirectory(prefix="pratu-lint-") as name:
        plant(Path(name), tree)
        return check(Path(name))


def run(check, bad, good):
    """bad: {title: (tree, text the message must hold)}; good: {title: tree}."""
    results = []
    for title, (tree, want) in bad.items():
        found = in_planted_tree(check, tree)
        results.append((any(want in f for f in found), "finds: " + title, found))
    for title, tree in good.items():
        found = in_planted_tree(check, tree)
        results.append((not found, "accepts: " + title, found))
    found = check(Path(sys.argv[1]))
    results.append((not found, "the tree is clean", found))
    print("1..%d" % len(results))
    for n, (ok, title, found) in enumerate(results, 1):
        print("%s %d - %s" % ("ok" if ok else "not ok", n, title))
        if not ok:
            for line in found or ["nothing was found"]:
                print("# " + line)
                print(line, file=sys.stderr)
    return 0 if all(ok for ok, _, _ in results) else 1
