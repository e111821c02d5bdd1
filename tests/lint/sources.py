# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every C file is named in a meson.build at or above its directory, so none is forgotten."""

import re
import sys

import lintlib


def names_in(root, directory):
    path = root / directory / "meson.build"
    if not path.exists():
        return set()
    text = re.sub(r"(?m)#.*$", "", path.read_text(encoding="utf-8"))
    return set(re.findall(r"'([^']*)'", text))


def is_listed(root, rel):
    for directory in rel.parents:
        inner = str(rel.relative_to(directory))
        stem = inner[:-2]
        wanted = {inner, stem, "./" + inner}
        if rel.parent.name == "fuzz" and rel.name.startswith("fuzz_"):
            wanted.add(rel.stem[len("fuzz_"):])
        if rel.name.startswith("test_"):
            wanted.add(rel.stem[len("test_"):])
        if names_in(root, directory) & wanted:
            return True
    return False


def is_included(root, rel):
    """A .c file that another one of its directory includes is part of that one."""
    needle = re.compile(r'#\s*include\s*"[^"]*\b%s"' % re.escape(rel.name))
    return any(needle.search(lintlib.read(root, other))
               for other in lintlib.files(root, {".c"}, (str(rel.parent),)) if other != rel)


def check(root):
    return ["%s:1: no meson.build names this file" % rel for rel in lintlib.files(root, {".c"})
            if not is_listed(root, rel) and not is_included(root, rel)]


BAD = {
    "a forgotten source": ({"src/base/a.c": "", "src/base/meson.build": "x('b.c')\n"}, "a.c"),
    "a source named in a comment only": (
        {"src/base/a.c": "", "src/base/meson.build": "# 'a.c'\n"}, "a.c"),
    "a forgotten fuzz target": (
        {"tests/fuzz/fuzz_form.c": "", "tests/fuzz/meson.build": "t = {'uri': x}\n"}, "fuzz_form"),
}
GOOD = {
    "files in a list, in a loop and in a parent's list": {
        "src/base/a.c": "", "src/base/meson.build": "static_library('base', 'a.c')\n",
        "tests/unit/base/str.c": "", "tests/unit/base/meson.build": "foreach t : ['str']\n",
        "src/idp/interaction/b.c": "", "src/idp/meson.build": "x('interaction/b.c')\n",
        "tests/fuzz/fuzz_form.c": "", "tests/fuzz/meson.build": "t = {'form': x}\n",
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
