# SPDX-License-Identifier: AGPL-3.0-or-later
"""A header opens with its guard and then a comment that reads like a manual page."""

import re
import sys

import lintlib

OPENING_MIN = 40  # characters: a sentence, not a title
OPENING = re.compile(
    r"/\* SPDX[^\n]*\*/\n#ifndef (?P<guard>\w+)\n#define (?P=guard)\n+/\*(?P<comment>.*?)\*/", re.S)


def check(root):
    found = []
    for rel in lintlib.files(root, {".h"}, ("src",)):
        guard = "PRATU_" + re.sub(r"\W", "_", "_".join(rel.parts[1:])).upper()
        match = OPENING.match(lintlib.read(root, rel))
        if not match:
            found.append("%s:1: no guard followed by an opening comment" % rel)
        elif match.group("guard") != guard:
            found.append("%s:2: the guard is not %s" % (rel, guard))
        elif len(re.sub(r"[\s*]+", " ", match.group("comment")).strip()) < OPENING_MIN:
            found.append("%s:4: the opening comment does not say what the module is for" % rel)
    return found


HEAD = "/* SPDX-License-Identifier: AGPL-3.0-or-later */\n"
GUARD = "#ifndef PRATU_BASE_A_H\n#define PRATU_BASE_A_H\n\n"
COMMENT = "/*\n * What the module is for, who owns what, which thread may call.\n */\n"
BAD = {
    "no comment": ({"src/base/a.h": HEAD + GUARD + "int x;\n#endif\n"}, "opening comment"),
    "a title only": ({"src/base/a.h": HEAD + GUARD + "/* a */\nint x;\n#endif\n"}, "does not say"),
    "a wrong guard": ({"src/base/a.h": HEAD + GUARD.replace("_A_", "_B_") + COMMENT}, "guard"),
}
GOOD = {"a header like a manual page": {"src/base/a.h": HEAD + GUARD + COMMENT + "#endif\n"}}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
