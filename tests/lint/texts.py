# SPDX-License-Identifier: AGPL-3.0-or-later
"""Licence lines, words of unfinished work, and traces of a machine in committed files."""

import re
import sys

import lintlib

SPDX = "SPDX-License-Identifier: AGPL-3.0-or-later"
TOPS = ("src", "tests", "bench", "scripts", "config", "docs", ".ci", "README.md", "meson.build",
        "meson.options")
CODE = {".c", ".h", ".def", ".py", ".js", ".mjs", ".css", ".sh"}
BINARY = {".png", ".jpg", ".ico", ".woff2", ".gz", ".pem", ".der"}

# Written in two halves so that this file does not find itself.
UNFINISHED = re.compile(
    r"(?<![\w-])(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)(?![\w-])"
    r"|(?i:\b(?:stub(?:bed|s)?|not (?:yet )?implemented|for now)\b)")
COMMENT_ONLY = re.compile(r"(?i)\b(?:place" r"holder|simp" r"lified)\b")
MACHINE = re.compile(
    r"(?<![\w.$}])/(?:wo" r"rk|ro" r"ot|ho" r"me/\w+)(?:/|\b)"
    r"|/tmp/(?:pra" r"tu|wt|bd|ba" r"sh_jobs)/"
    r"|regi" r"stry\.npm|npm" r"js\.org|pypi\." r"org|artifact" r"ory|jf" r"rog")


def is_code(rel):
    return rel.suffix in CODE or (rel.parts[0] in ("scripts", ".ci") and not rel.suffix)


def has_licence(rel, text):
    if rel.name in ("packages",):
        return True
    first = text.split("\n", 2)
    return SPDX in first[0] or (first[0].startswith("#!") and len(first) > 1 and SPDX in first[1])


def comments_of(text):
    """(line, comment) of a C text."""
    for match in lintlib.TOKEN.finditer(text):
        if match.group(0)[0] == "/":
            yield lintlib.line_of(text, match.start()), match.group(0)


def check_comments(rel, text):
    return ["%s:%d: unfinished work: %s" % (rel, n, COMMENT_ONLY.search(comment).group(0))
            for n, comment in comments_of(text) if COMMENT_ONLY.search(comment)]


def check_lines(rel, text):
    found = check_comments(rel, text) if rel.suffix in (".c", ".h") else []
    for n, line in enumerate(text.split("\n"), 1):
        word = UNFINISHED.search(line)
        if word and rel.parts[:2] != ("tests", "lint"):
            found.append("%s:%d: unfinished work: %s" % (rel, n, word.group(0)))
        trace = MACHINE.search(line)
        if trace:
            found.append("%s:%d: trace of a machine: %s" % (rel, n, trace.group(0)))
    return found


def check(root):
    found = []
    for rel in lintlib.files(root, {"*"}, [t for t in TOPS if (root / t).exists()]):
        if rel.suffix in BINARY:
            continue
        text = lintlib.read(root, rel)
        if is_code(rel) and not has_licence(rel, text):
            found.append("%s:1: first line lacks %s" % (rel, SPDX))
        found += check_lines(rel, text)
    return found


HEAD = "/* " + SPDX + " */\n"
BAD = {
    "a file without licence line": ({"src/a.c": "int x;\n"}, "lacks SPDX"),
    "a script without licence line": ({"scripts/x": "#!/bin/sh\ntrue\n"}, "lacks SPDX"),
    "work left over": ({"src/a.c": HEAD + "/* TO" "DO: later */\n"}, "unfinished"),
    "a st" "ub": ({"src/a.c": HEAD + "/* only a st" "ub */\n"}, "unfinished"),
    "a comment that excuses": (
        {"src/a.c": HEAD + "/* a simp" "lified form */\n"}, "unfinished"),
    "a path of a machine": ({"docs/a.md": "see '/wo" "rk/main/x'\n"}, "trace"),
    "a registry": ({"tests/e2e/a.json": "https://regi" "stry.npm" "js.org/x\n"}, "trace"),
}
GOOD = {
    "a clean file": {
        "src/a.c": HEAD + 'char t[] = "/tmp/pratu-XXXXXX"; /* 08X-XXX-1234 */\n'
                   'char f[] = "<input place' 'holder=x>";\n',
        "scripts/x": "#!/bin/sh\n# " + SPDX + "\ntrue\n",
        "docs/a.md": "the network/workers of /rooted things\n",
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
