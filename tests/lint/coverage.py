# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every route of the server is named by a test."""

import re
import sys

import lintlib

ROW = re.compile(r'^\t\{"(/[^"]*)",\s*(?:HTTP_ON|GET_POST|ON_)', re.M)


def routes(root):
    for rel in lintlib.files(root, {".c"}, ("src",)):
        if rel.parts[1] == "sandbox":
            continue
        text = lintlib.read(root, rel)
        for match in ROW.finditer(text):
            yield rel, lintlib.line_of(text, match.start()), match.group(1)


def check(root):
    tests = "\n".join(lintlib.read(root, rel) for rel in lintlib.files(
        root, {".c", ".h", ".py", ".js"}, ("tests",)) if rel.parts[1] != "lint")
    return ["%s:%d: no test names the route %s" % (rel, line, path)
            for rel, line, path in routes(root)
            if not re.search(r'["\'\s]' + re.escape(path) + r'(?![\w/-])', tests)]


TABLE = 'static const struct http_route routes[] = {\n\t{"/oauth2/token", HTTP_ON(HTTP_POST), 0},\n};\n'
BAD = {
    "a route without a test": (
        {"src/main/routes.c": TABLE, "tests/e2e/a.py": "x = '/oauth2/tokens'\n"}, "/oauth2/token"),
}
GOOD = {
    "a route with a test": {"src/main/routes.c": TABLE, "tests/flow/a.c": 'post("/oauth2/token?x");\n'},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
