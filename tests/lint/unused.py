# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions that no program needs: declared in a header of src and named by no other file there, nor
again in the file that defines them. And global functions defined twice: a linker takes one of them
without a word."""

import re
import sys

import lintlib

PROTOTYPE = re.compile(r"^(?!static\b|typedef\b|#)[A-Za-z_][\w \t*]*?[ *](\w+)\([^;{}]*?\)[^;{}]*;", re.M)
DEFINITION = re.compile(r"^(?!static\b|typedef\b|#|else\b)[A-Za-z_][\w \t*]*?[ *](\w+)\([^;{}]*?\)\s*\{", re.M)
WORD = re.compile(r"[A-Za-z_]\w*")
# Seams: what only tests ask for, and there is no other way to see or to steer it.
FOR_TESTS = {
    "admission_waiting",           # places taken just now
    "arena_used",                  # memory a request took
    "http_ip_address_is_special",  # the rule behind every outgoing connection
    "keys_add",                    # a key that begins at a moment of the test
    "keys_load",                   # the keyring of a process without a store of its own
    "log_set_sink",
    "metric_get",
    "mock_add",                    # the method that ships for tests
    "password_bits",               # compared with the page's script
    "password_strength",
    "recovery_mailer_scan",        # one look of its thread
    "request_submit",              # drafts, for the modules that have them; the model test walks it
    "table_find", "table_put",     # for modules: tests/extend uses them
}


def check(root):
    declared, defined, uses = {}, {}, {}
    for rel in lintlib.files(root, {".c", ".h", ".def"}, ("src",)):
        code = lintlib.blank_comments(lintlib.read(root, rel))
        if rel.suffix == ".h":
            for match in PROTOTYPE.finditer(code):
                declared.setdefault(match.group(1), (rel, lintlib.line_of(code, match.start(1))))
        elif rel.suffix == ".c":
            for match in DEFINITION.finditer(code):
                defined.setdefault(match.group(1), []).append(rel)
        for word in WORD.findall(code):
            uses[word] = uses.get(word, 0) + 1
    found = []
    for name, (rel, line) in sorted(declared.items()):
        if uses[name] <= 1 + len(defined.get(name, ())) and name not in FOR_TESTS:
            found.append("%s:%d: no program calls %s" % (rel, line, name))
    for name, files in sorted(defined.items()):
        same = [f for f in files if f.parts[:2] != ("src", "sandbox")]
        if len(same) > 1 and name != "main":
            found.append("%s:1: %s is defined in %s too" % (same[1], name, same[0]))
    return found


HEADER = "#ifndef X\n#define X\n/* what it does */\nint left_over(int a,\n\tint b);\n#endif\n"
CODE = '#include "base/x.h"\n\nint left_over(int a,\n\tint b)\n{\n\treturn a + b;\n}\n'

BAD = {
    "a function without a caller": (
        {"src/base/x.h": HEADER, "src/base/x.c": CODE}, "no program calls left_over"),
    "a declaration without a definition": ({"src/base/x.h": HEADER}, "no program calls left_over"),
    "a caller in a comment only": (
        {"src/base/x.h": HEADER, "src/base/x.c": CODE + "/* left_over() */\n"}, "left_over"),
    "two functions of one name": (
        {"src/base/x.c": CODE, "src/codec/y.c": CODE}, "is defined in src/base/x.c too"),
}
GOOD = {
    "one called elsewhere": {
        "src/base/x.h": HEADER, "src/base/x.c": CODE,
        "src/codec/y.c": "static int f(void)\n{\n\treturn left_over(1, 2);\n}\n"},
    "one named in a table": {
        "src/base/x.h": HEADER, "src/base/x.c": CODE,
        "src/codec/y.c": "static int (*const rows[])(int, int) = {left_over};\n"},
    "two static ones": {
        "src/base/x.c": "static int f(void)\n{\n\treturn 1;\n}\n",
        "src/codec/y.c": "static int f(void)\n{\n\treturn 2;\n}\n"},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
