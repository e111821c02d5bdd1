# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every program begins with program_begin(): before it, a file that is opened may become standard
error, and a fault of memory ends without a line."""

import re
import sys

import lintlib

MAIN = re.compile(r"^(?:static )?int main\([^)]*\)\s*\{\n(.*?)^\}", re.M | re.S)
# A declaration without a call: opens nothing.
DECLARATION = re.compile(r"^\t(?:static |const )*(?:struct \w+|enum \w+|\w+(?: \w+)?) [^();]*;\n", re.M)


def check(root):
    found = []
    for rel in lintlib.files(root, {".c"}, ("src", "bench")):
        code = lintlib.blank_comments(lintlib.read(root, rel))
        for match in MAIN.finditer(code):
            body = match.group(1)
            while True:
                body = body.lstrip("\n")
                first = DECLARATION.match(body)
                if not first:
                    break
                body = body[first.end():]
            if not body.startswith("\tprogram_begin();"):
                found.append("%s:%d: main does not begin with program_begin()"
                             % (rel, lintlib.line_of(code, match.start())))
    return found


BAD = {
    "a main without it": ({"src/a/main.c": "int main(void)\n{\n\treturn 0;\n}\n"}, "program_begin"),
    "what opens before it": (
        {"bench/a.c": "int main(void)\n{\n\tint fd = open(p, 0);\n\n\tprogram_begin();\n}\n"},
        "program_begin"),
}
GOOD = {
    "declarations before it": {
        "src/a/main.c": "int main(int argc, char **argv)\n{\n\tstruct x x = {.a = 1,\n\t\t.b = 2};\n"
                        "\tint status = 0;\n\n\tprogram_begin();\n\treturn 0;\n}\n"},
    "no main": {"src/a/a.c": "int f(void)\n{\n\treturn 0;\n}\n"},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
