# SPDX-License-Identifier: AGPL-3.0-or-later
"""The records of a login stay small: how many members each of its parts may have."""

import re
import sys

import lintlib

# struct -> (most members, members that are parts of their own and not counted)
LIMITS = {
    "auth_request": (20, set()),
    "login": (15, {"request", "method"}),
}
STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\};", re.M | re.S)


def members(body):
    """Names of the members that a struct's body declares."""
    names = []
    for declaration in re.sub(r"\[[^\]]*\]", "", body).split(";"):
        words = declaration.split()
        if words:
            names += [part.split()[-1].lstrip("*") for part in " ".join(words).split(",")]
    return names


def check_structs(rel, text):
    found = []
    for match in STRUCT.finditer(text):
        limit, parts = LIMITS.get(match.group(1), (None, set()))
        if limit is None:
            continue
        counted = [name for name in members(match.group(2)) if name not in parts]
        if len(counted) > limit:
            found.append("%s:%d: struct %s has %d members, at most %d" % (
                rel, lintlib.line_of(text, match.start()), match.group(1), len(counted), limit))
    return found


def check(root):
    found, seen = [], set()
    for rel in lintlib.files(root, {".c", ".h"}, ("src",)):
        text = lintlib.blank_comments(lintlib.read(root, rel), strings=False)
        seen |= {match.group(1) for match in STRUCT.finditer(text)} & set(LIMITS)
        found += check_structs(rel, text)
    return found + ["src: there is no struct %s" % name for name in sorted(set(LIMITS) - seen)]


def record(name, n, more=""):
    return "struct %s {\n\tint %s;\n%s};\n" % (
        name, ", ".join("m%d" % i for i in range(n)), more)


SMALL = record("login", 15, "\tstruct auth_request request;\n\tint method;\n")
BAD = {
    "a login of 16 members": (
        {"src/a.h": record("login", 16) + record("auth_request", 1)}, "struct login has 16"),
    "one more after an array": (
        {"src/a.h": record("login", 15, "\tchar *x[4];\n") + record("auth_request", 1)},
        "struct login has 16"),
    "a request of 21 members": (
        {"src/a.h": SMALL + record("auth_request", 21)}, "struct auth_request has 21"),
    "a record that is gone": ({"src/a.h": SMALL}, "no struct auth_request"),
}
GOOD = {
    "the longest that is allowed": {"src/a.h": SMALL + record("auth_request", 20)},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
