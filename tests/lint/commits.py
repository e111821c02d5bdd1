# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who writes to the store: units of work (core/tx.h) and nobody else. Domain code adds to a batch."""

import re
import sys

import lintlib

# call -> the files of src/ that may make it, and why
PLACES = [
    (r"store_commit", r"src/(core/tx\.c|store/\w+\.[ch])", "tx_run is the only retry loop"),
    (r"store_commit_async", r"src/(core/op\.c|store/\w+\.[ch])", "a request's batch is op's to commit"),
]


def check(root):
    rules = [(re.compile(r"(?<![\w.>])%s\s*\(" % call), re.compile(place), call, why)
             for call, place, why in PLACES]
    found = []
    for rel in lintlib.files(root, {".c", ".h"}, ("src",)):
        code = lintlib.blank_comments(lintlib.read(root, rel))
        for pattern, place, call, why in rules:
            if place.fullmatch(str(rel)):
                continue
            for match in pattern.finditer(code):
                line = lintlib.line_of(code, match.start())
                found.append("%s:%d: %s: %s" % (rel, line, call, why))
    return found


BAD = {
    "a module that commits by itself": (
        {"src/deliver/a.c": "enum rc f(void) { return store_commit(s, b); }\n"}, "src/deliver/a.c:1"),
    "an operation that commits": (
        {"src/directory/operations/a.c": "x = store_commit (s, b);\n"}, "only retry loop"),
    "a command that commits": ({"src/main/cmd/cmd_a.c": "rc = store_commit(s, b);\n"}, "cmd_a.c"),
    "a second file of core": ({"src/core/other.c": "rc = store_commit(s, b);\n"}, "core/other.c"),
    "a request that commits by itself": (
        {"src/idp/oauth/a.c": "store_commit_async(s, b, fn, d);\n"}, "op's to commit"),
    "a header": ({"src/deliver/a.h": "#define PUT(s, b) store_commit(s, b)\n"}, "a.h"),
}
GOOD = {
    "the unit of work, the store, comments and strings": {
        "src/core/tx.c": "return store_commit(s, b);\n",
        "src/core/op.c": "store_commit_async(s, b, fn, d);\n",
        "src/store/lmdb_write.c": "enum rc store_commit(struct store *s, struct store_batch *b) {}\n",
        "src/deliver/a.c": '/* store_commit(s, b) */ log("store_commit(x)"); on_store_commit(a);\n',
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
