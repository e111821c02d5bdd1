# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every route of every module is named by a test."""

import re
import sys

import lintlib

TABLE_BEGIN = re.compile(r"^static const struct (?:http_)?route \w+\[\] = \{\n(.*?)^\};", re.M | re.S)
ROW = re.compile(r'\.path = "(/[^"]*)"')


def routes(root):
    for rel in lintlib.files(root, {".c"}, ("src",)):
        if rel.parts[1] == "sandbox":
            continue
        text = lintlib.read(root, rel)
        for table in TABLE_BEGIN.finditer(text):
            for match in ROW.finditer(table.group(1)):
                yield rel, lintlib.line_of(text, table.start(1) + match.start()), match.group(1)


def check(root):
    tests = "\n".join(lintlib.read(root, rel) for rel in lintlib.files(
        root, {".c", ".h", ".py", ".js"}, ("tests",)) if rel.parts[1] != "lint")
    return ["%s:%d: no test names the route %s" % (rel, line, path)
            for rel, line, path in routes(root)
            if not re.search(r'["\'\s]' + re.escape(path) + r'(?![\w/-])', tests)]


TABLE = ('static const struct route routes[] = {\n\t{\n\t\t.path = "/oauth2/token",\n'
         '\t\t.guard = GUARD_CLIENT,\n\t},\n\t{.path = NULL},\n};\n')
BAD = {
    "a route without a test": (
        {"src/idp/oauth/module.c": TABLE, "tests/e2e/a.py": "x = '/oauth2/tokens'\n"}, "/oauth2/token"),
    "a route of a module in a new folder": (
        {"src/hello/hello.c": TABLE.replace("/oauth2/token", "/hello")}, "/hello"),
}
GOOD = {
    "a route with a test": {"src/idp/oauth/module.c": TABLE, "tests/flow/a.c": 'post("/oauth2/token?x");\n'},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
