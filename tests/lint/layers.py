# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may include whom: the layers of src/, and the one place of each third-party header."""

import re
import sys

import lintlib

LOW = {"base", "http", "jose", "store", "web", "audit"}
CORE = LOW | {"model", "rights", "deliver", "idp"}
# directory of src/ -> the directories it may include besides itself
MAY_INCLUDE = {
    "base": set(),
    "http": {"base"},
    "jose": {"base"},
    "store": {"base"},
    "web": {"base"},
    "audit": {"base", "store"},
    "model": LOW,
    "deliver": LOW | {"model"},
    "rights": LOW | {"model", "deliver"},
    "idp": LOW | {"model", "rights", "deliver"},
    "factors": CORE,
    "federation": CORE,
    "gfmis": CORE,
    "ktb": CORE,
    "admin": CORE,
    "main": CORE | {"factors", "federation", "gfmis", "ktb", "admin"},
    # The sandbox is another program: it shares the tools of the server, not its rules.
    "sandbox": {"base", "http", "jose", "web"},
}

# third-party header -> the files of src/ that may include it
THIRD_PARTY = [
    (r"microhttpd\.h", r"src/http/server\w*\.[ch]"),
    (r"curl/", r"src/http/client\w*\.c"),
    (r"cjose/", r"src/jose/"),
    (r"lmdb\.h", r"src/store/lmdb\w*\.[ch]"),
    (r"jansson\.h", r"src/(base/jv\w*\.c|jose/)"),
    (r"yaml\.h", r"src/base/conf\w*\.c"),
    (r"sodium", r"src/(base|factors)/"),
    (r"oauth2/", r"src/(federation/rp\w*\.c|jose/|sandbox/)"),
    (r"openssl/", r"src/(base/|jose/|sandbox/smtp_tls\.c)"),
    (r"utf8proc\.h", r"src/base/"),
    (r"crypt\.h", r"src/base/pwhash_legacy\.c"),
    (r"qrencode\.h", r"src/(web|sandbox)/"),
    (r"cmocka\.h", r"tests/"),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def check_own(rel, line, name):
    layer, target = rel.parts[1], name.split("/")[0]
    if "/" not in name:
        return ["%s:%d: include \"%s\" with its directory" % (rel, line, name)]
    if layer not in MAY_INCLUDE:
        return ["%s:%d: src/%s has no row in the table of layers" % (rel, line, layer)]
    if target != layer and target not in MAY_INCLUDE[layer]:
        return ["%s:%d: %s may not include %s" % (rel, line, layer, name)]
    return []


def check_third_party(rel, line, name):
    for header, place in THIRD_PARTY:
        if re.match(header, name) and not re.match(place, str(rel)):
            return ["%s:%d: <%s> belongs to %s" % (rel, line, name, place)]
    return []


def check(root):
    found = []
    for rel in lintlib.files(root, {".c", ".h", ".def"}, ("src",)):
        text = lintlib.blank_comments(lintlib.read(root, rel), strings=False)
        for match in INCLUDE.finditer(text):
            line = lintlib.line_of(text, match.start())
            found += check_third_party(rel, line, match.group(2))
            if match.group(1) == '"':
                found += check_own(rel, line, match.group(2))
    return found


BAD = {
    "base includes the store": (
        {"src/base/x.c": '#include "store/store.h"\n'}, "base may not include store/store.h"),
    "jose includes http": (
        {"src/jose/x.c": '# include "net/http_client.h"\n'}, "jose may not include"),
    "idp includes a factor": (
        {"src/idp/interaction/x.c": '#include "factors/password/password.h"\n'}, "idp may not include"),
    "sandbox includes idp": ({"src/sandbox/x.c": '#include "idp/x.h"\n'}, "sandbox may not"),
    "the server includes the sandbox": (
        {"src/main/x.c": '#include "sandbox/x.h"\n'}, "main may not include"),
    "lmdb outside its file": ({"tests/support/store/mem.c": "#include <lmdb.h>\n"}, "belongs to"),
    "liboauth2 in idp": ({"src/idp/x.c": "#include <oauth2/jose.h>\n"}, "belongs to"),
    "an unknown directory": ({"src/extra/x.c": '#include "base/str.h"\n'}, "no row"),
    "a header without directory": ({"src/base/x.c": '#include "str.h"\n'}, "with its directory"),
}
GOOD = {
    "the allowed edges": {
        "src/audit/x.c": '#include "audit/audit.h"\n#include "store/store.h"\n',
        "src/store/lmdb_read.c": "#include <lmdb.h>\n#include <string.h>\n",
        "src/main/x.c": '#include "idp/x.h"\n#include "factors/x.h"\n',
        "src/base/y.c": '/* #include "store/store.h" */\n',
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
