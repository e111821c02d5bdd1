# SPDX-License-Identifier: AGPL-3.0-or-later
"""Field tables are read in the order of their tags (src/codec/field.h): a row whose tag does not
ascend would be written, and silently lost when it is read."""

import re
import sys

import lintlib

TABLE = re.compile(r"\bconst struct field (\w+)\[\w*\] = \{(.*?)\};", re.S)
TAG_MAX = 255


def tag_of_macro(text, name, argument):
    """The tag of the row that a macro of the same file is; it may be the macro's first argument."""
    row = re.search(r"#define %s\((\w+)[^)]*\)[\s\\]*\{[\s\\]*(\w+)," % name, text)
    if not row:
        return name
    return argument if row.group(2) == row.group(1) else row.group(2)


def rows(text, body):
    """Offset and tag (a number, unless it is hidden) of each row of a table's body."""
    depth = 0
    for match in re.finditer(r"([{(])|([})])|\b([A-Z_]+)\(", body):
        if match.group(2):
            depth -= 1
            continue
        if depth == 0 and match.group(3):
            argument = re.match(r"\s*(\w+)", body[match.end():])
            yield match.start(), tag_of_macro(text, match.group(3), argument and argument.group(1))
        elif depth == 0:
            first = re.match(r"\{\s*(?:\.tag\s*=\s*)?([^,}]*)", body[match.start():])
            yield match.start(), first.group(1).strip()
        depth += 1


def check_table(rel, text, match):
    found, previous = [], 0
    for at, first in rows(text, match.group(2)):
        where = "%s:%d: %s: " % (rel, lintlib.line_of(text, match.start(2) + at), match.group(1))
        if not first.isdigit():
            found.append(where + "a row begins with its tag, a number")
            continue
        tag = int(first)
        if not previous < tag <= TAG_MAX:
            found.append(where + "tag %d after %d: tags ascend, 1 to %d" % (tag, previous, TAG_MAX))
        previous = tag
    if not previous and not found:
        found.append("%s:%d: %s: no row was understood" % (
            rel, lintlib.line_of(text, match.start()), match.group(1)))
    return found


def check(root):
    found, tables = [], 0
    for rel in lintlib.files(root, {".c", ".h"}, ("src", "tests")):
        text = lintlib.blank_comments(lintlib.read(root, rel))
        for match in TABLE.finditer(text):
            tables += 1
            found += check_table(rel, text, match)
    return found if tables else ["src: no field table was found"]


def table(*tags):
    lines = "".join('\t{%s, "name}", FIELD_STR, 0, AT(a), 0, NULL, "help"},\n' % t for t in tags)
    return {"src/a.c": "static const struct field a_fields[] = {\n%s};\n" % lines}


BAD = {
    "a tag out of order": (table(1, 3, 2), "src/a.c:4: a_fields: tag 2 after 3"),
    "a tag twice": (table(1, 1), "tag 1 after 1"),
    "no tag zero": (table(0), "tag 0 after 0"),
    "a tag of two bytes": (table(1, 256), "tag 256 after 1"),
    "a row that hides its tag": (table(1, "TAG"), "begins with its tag"),
    "a macro out of order": (
        {"src/a.c": '#define ROW(t) \\\n\t{ \\\n\t\t2, "a", t}\n'
                    'const struct field f[] = {{3, "b"}, ROW(x)};\n'}, "tag 2 after 3"),
    "a table without rows": (table(), "no row was understood"),
    "no table at all": ({"src/a.c": "int a;\n"}, "no field table"),
}
GOOD = {
    "tags that ascend, with gaps": table(1, 2, 7, 255),
    "a macro that is given its tag": {
        "src/a.c": '#define ROW(tag, t) \\\n\t{ \\\n\t\ttag, "a", AT(t)}\n'
                   'const struct field f[] = {{1, "b", AT(c)}, ROW(2, x), {3, "d"}};\n'},
    "rows that macros are": {
        "src/a.c": '#define ROW(t) \\\n\t{ \\\n\t\t2, "a", AT(t)}\n'
                   'const struct field f[] = {{1, "b", AT(c)}, ROW(x), {3, "d"}};\n'},
    "a tag by its name": {
        "src/a.c": 'const struct field f[2] = {{.tag = 1, .name = "a"}, {.tag = 4, .name = "b"}};\n'},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
