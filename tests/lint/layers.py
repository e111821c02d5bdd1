# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may include whom: the layers of src/, and the one place of each third-party header."""

import re
import sys

import lintlib

# The steps, lowest first. A folder may include itself and what stands on lower steps; folders on one
# step do not include each other, but for the edges of BESIDE. Subfolders of PARTS count as folders.
STEPS = [
    ["base"],
    ["codec"],
    ["obs"],
    ["crypto"],
    ["conf"],
    ["http", "net", "jose", "store", "web", "audit"],
    ["core"],
    ["directory"],
    ["access", "throttle", "maintenance"],
    ["deliver"],
    ["directory/operations"],
    ["directory/import", "workflow"],
    ["idp/assurance", "idp/challenge", "idp/client", "idp/logout", "idp/par"],
    ["idp/login"],
    ["factors/*", "federation/rp"],
    ["idp/oauth", "idp/account", "idp/details", "federation/*", "admin", "gfmis", "ktb"],
    ["idp/ciba"],  # an endpoint of the protocol and a page of the account
    ["main"],
    ["main/cmd"],
]
BESIDE = {
    ("net", "http"),  # the methods and headers of HTTP are the same for both
    ("audit", "store"),
    ("main", "main/cmd"),  # the table of commands
}
# Edges of today that the design does not have. An entry that no include needs any more is a fault.
YET = set()
PARTS = {"idp", "factors", "federation", "directory", "main", "sandbox"}
# The sandbox is another program: it shares the tools of the server, not its rules.
SANDBOX_MAY = {"base", "codec", "obs", "crypto", "conf", "http", "net", "jose", "web"}
FOLDER_MAX = 25  # C files
SANDBOX_STEPS = [["sandbox/common"], ["sandbox/inbox", "sandbox/portal", "sandbox/thaid"], ["sandbox"]]

# third-party header -> the files of src/ that may include it
THIRD_PARTY = [
    (r"microhttpd\.h", r"src/http/server\w*\.[ch]"),
    (r"curl/", r"src/net/\w+\.c"),
    (r"cjose/", r"src/jose/"),
    (r"lmdb\.h", r"src/store/lmdb\w*\.[ch]"),
    (r"xxhash\.h", r"src/store/lmdb_record\.c"),
    (r"jansson\.h", r"src/(codec/json_value\.c|jose/)"),
    (r"yaml\.h", r"src/conf/"),
    (r"sodium", r"src/(base/secret|crypto/|factors/password/)"),
    (r"oauth2/", r"src/(federation/rp/|jose/|sandbox/)"),
    (r"openssl/", r"src/(crypto/|jose/|sandbox/inbox/smtp_tls\.c)"),
    (r"idn2\.h", r"src/codec/email\.c"),
    (r"utf8proc\.h", r"src/(codec|crypto)/"),
    (r"crypt\.h", r"src/crypto/legacy_hash\.c"),
    (r"qrencode\.h", r"src/(web|sandbox)/"),
    (r"cmocka\.h", r"tests/"),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def folder(path):
    """The folder of src/ that a path below it belongs to."""
    parts = path.split("/")[:-1]
    return "/".join(parts[:2]) if parts[0] in PARTS else parts[0]


def step_of(name, steps):
    for n, row in enumerate(steps):
        if name in row:
            return n
    for n, row in enumerate(steps):
        if any(r.endswith("/*") and name.startswith(r[:-1]) for r in row):
            return n
    return None


def allowed(here, there):
    if here == there or (here, there) in BESIDE:
        return True
    if here.startswith("sandbox"):
        if not there.startswith("sandbox"):
            return there in SANDBOX_MAY
        return step_of(there, SANDBOX_STEPS) < step_of(here, SANDBOX_STEPS)
    low, high = step_of(there, STEPS), step_of(here, STEPS)
    return low is not None and low < high


def check_own(rel, line, name, used):
    here = folder("/".join(rel.parts[1:]))
    if "/" not in name:
        return ["%s:%d: include \"%s\" with its directory" % (rel, line, name)]
    there = folder(name)
    steps = SANDBOX_STEPS if here.startswith("sandbox") else STEPS
    if step_of(here, steps) is None:
        return ["%s:%d: src/%s has no row in the table of layers" % (rel, line, here)]
    if (here, there) in YET:
        used.add((here, there))
        return []
    if not allowed(here, there):
        return ["%s:%d: %s may not include %s" % (rel, line, here, name)]
    return []


def check_folders(root):
    """A folder somebody can still look through."""
    count = {}
    for rel in lintlib.files(root, {".c"}, ("src",)):
        count[rel.parent] = count.get(rel.parent, 0) + 1
    return ["%s: %d C files, at most %d" % (d, n, FOLDER_MAX)
            for d, n in sorted(count.items()) if n > FOLDER_MAX]


def check_third_party(rel, line, name):
    for header, place in THIRD_PARTY:
        if re.match(header, name) and not re.match(place, str(rel)):
            return ["%s:%d: <%s> belongs to %s" % (rel, line, name, place)]
    return []


def check(root):
    found, used = check_folders(root), set()
    for rel in lintlib.files(root, {".c", ".h", ".def"}, ("src",)):
        text = lintlib.blank_comments(lintlib.read(root, rel), strings=False)
        for match in INCLUDE.finditer(text):
            line = lintlib.line_of(text, match.start())
            found += check_third_party(rel, line, match.group(2))
            if match.group(1) == '"':
                found += check_own(rel, line, match.group(2), used)
    if (root / "src/idp/login").exists() and (root / "meson.build").exists():
        found += ["tests/lint/layers.py: nothing needs %s -> %s any more" % e for e in YET - used]
    return found


BAD = {
    "base includes the store": (
        {"src/base/x.c": '#include "store/store.h"\n'}, "base may not include store/store.h"),
    "jose includes http": (
        {"src/jose/x.c": '# include "http/exchange.h"\n'}, "jose may not include"),
    "the login includes a factor": (
        {"src/idp/login/x.c": '#include "factors/password/password.h"\n'},
        "idp/login may not include"),
    "a factor includes its sibling": (
        {"src/factors/otp/x.c": '#include "factors/password/password.h"\n'},
        "factors/otp may not include"),
    "core includes the directory": (
        {"src/core/x.c": '#include "directory/records.h"\n'}, "core may not include"),
    "sandbox includes idp": ({"src/sandbox/x.c": '#include "idp/oauth/x.h"\n'}, "sandbox may not"),
    "a part of the sandbox includes its top": (
        {"src/sandbox/inbox/x.c": '#include "sandbox/html.h"\n'}, "sandbox/inbox may not"),
    "the server includes the sandbox": (
        {"src/main/x.c": '#include "sandbox/x.h"\n'}, "main may not include"),
    "lmdb outside its file": ({"src/store/queue.c": "#include <lmdb.h>\n"}, "belongs to"),
    "liboauth2 in idp": ({"src/idp/oauth/x.c": "#include <oauth2/jose.h>\n"}, "belongs to"),
    "an unknown directory": ({"src/extra/x.c": '#include "base/str.h"\n'}, "no row"),
    "a header without directory": ({"src/base/x.c": '#include "str.h"\n'}, "with its directory"),
    "a crowded folder": (
        {"src/base/f%d.c" % n: "" for n in range(26)}, "26 C files, at most 25"),
}
GOOD = {
    "the allowed edges": {
        "src/audit/x.c": '#include "audit/audit.h"\n#include "store/store.h"\n',
        "src/store/lmdb_read.c": "#include <lmdb.h>\n#include <string.h>\n",
        "src/main/x.c": '#include "idp/oauth/x.h"\n#include "factors/otp/x.h"\n',
        "src/federation/thaid/x.c": '#include "federation/rp/rp.h"\n',
        "src/base/y.c": '/* #include "store/store.h" */\n',
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
