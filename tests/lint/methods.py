# SPDX-License-Identifier: AGPL-3.0-or-later
"""No authentication method is known by name in src/idp: what is special about one stands in its
descriptor (core/auth_method.h)."""

import re
import sys

import lintlib

WHERE = ("src/factors/", "src/federation/")
# A descriptor, the name in it, and a macro for a name.
DESCRIPTOR = re.compile(r"struct auth_method \w+ = \{(.*?)\};", re.S)
NAME = re.compile(r'\.name\s*=\s*"([a-z0-9_]+)"')
NAME_MACRO = re.compile(r'#define\s+\w+_METHOD\s+"([a-z0-9_]+)"')
MACRO = re.compile(r'#define\s+(\w+_METHOD)\s+"[a-z0-9_]+"')
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include.*$', re.M)
# Pages of ours that are about a secret of the holder's, whatever method it belongs to.
PAGES = ("/account/password",)
# What is left, and why. An entry that nothing needs any more is a fault. A method's own paths stand in
# its module, not here.
KEPT = {
    # Public URLs of ours that stand in messages and bookmarks: how to leave the password.
    ("src/idp/account/module.c", "/account/ways/thaid"),
    # The tab of PAGES, and its page.
    ("src/idp/account/module.c", "password"),
    ("src/idp/account/page_tables_holder.c", "password"),
    # How a template offers a kind of method; the descriptor says which kind it is (shown).
    ("src/idp/login/page_tables.c", "thaid"),
    ("src/idp/login/page_tables.c", "password"),
    # The field of a form, as browsers and password managers know it.
    ("src/idp/login/pages_factor.h", "password"),
}
SEPARATORS = re.compile(r"[/:?=&.]")


def names_of(root):
    """The names of all methods, and the macros that stand for one."""
    names, macros = set(), set()
    for rel in lintlib.files(root, {".c", ".h"}, ("src",)):
        text = lintlib.blank_comments(lintlib.read(root, rel), strings=False)
        macros |= set(MACRO.findall(text))
        names |= set(NAME_MACRO.findall(text))
        for descriptor in DESCRIPTOR.findall(text) if str(rel).startswith(WHERE) else ():
            names |= set(NAME.findall(descriptor))
    return names, macros


def check(root):
    found, used = [], set()
    names, macros = names_of(root)
    for rel in lintlib.files(root, {".c", ".h"}, ("src",)):
        if not str(rel).startswith("src/idp/"):
            continue
        text = lintlib.blank_comments(lintlib.read(root, rel), strings=False)
        text = INCLUDE.sub(lambda m: " " * len(m.group(0)), text)
        for match in LITERAL.finditer(text):
            # Prose, which a person reads, has blanks.
            if match.group(1).startswith(PAGES) or re.search(r"[ \\]", match.group(1)):
                continue
            for word in names & set(SEPARATORS.split(match.group(1))):
                if (str(rel), match.group(1)) in KEPT:
                    used.add((str(rel), match.group(1)))
                    continue
                found.append("%s:%d: \"%s\" names the method %s; ask its descriptor" % (
                    rel, lintlib.line_of(text, match.start()), match.group(1), word))
        for macro in macros:
            for match in re.finditer(r"\b%s\b" % macro, text):
                found.append("%s:%d: %s names a method; ask its descriptor" % (
                    rel, lintlib.line_of(text, match.start()), macro))
    if (root / "src/idp/login").exists() and (root / "meson.build").exists():
        found += ["tests/lint/methods.py: nothing needs %s in %s any more" % (text, rel)
                  for rel, text in sorted(KEPT - used)]
    return found


METHOD = "static const struct auth_method m = {\n\t.name = \"%s\",\n};\n"
BAD = {
    "a method by its name": (
        {"src/factors/x.c": METHOD % "otp_x",
         "src/idp/y.c": 'bool f(void)\n{\n\treturn is("otp_x");\n}\n'}, "names the method otp_x"),
    "one in a path": (
        {"src/federation/x.c": METHOD % "other",
         "src/idp/login/y.c": 'const char *p = "/login/forgot/other";\n'}, "names the method"),
    "a route of a method in the login": (
        {"src/factors/x.c": METHOD % "otp_x",
         "src/idp/login/module.c": '\t\t.path = "/login/otp_x",\n'}, "names the method otp_x"),
    "a word of a page that is not kept": (
        {"src/factors/x.c": METHOD % "otp_x",
         "src/idp/login/page_tables.c": 'const char *w = "otp_x";\n'}, "names the method otp_x"),
    "one by its macro": (
        {"src/directory/x.h": '#define PASSWORD_METHOD "password"\n',
         "src/idp/login/y.c": "int f(void) { return is(PASSWORD_METHOD); }\n"},
        "PASSWORD_METHOD names a method"),
}
GOOD = {
    "elsewhere, in a comment, as part of a word": {
        "src/factors/x.c": METHOD % "otp_x",
        "src/main/y.c": 'const char *n = "otp_x";\n',
        "src/idp/y.c": '/* "otp_x" */\n#include "factors/otp_x"\nconst char *n = "otp_xy";\n',
    },
    "the name of a method's module": {
        "src/factors/otp/module.c": METHOD % "otp_x"
                                    + 'const struct module module_otp = {\n\t.name = "otp",\n};\n',
        "src/idp/y.c": 'const char *n = "otp";\n',
    },
    "a route in the method's own module": {
        "src/factors/x/x.c": METHOD % "otp_x",
        "src/factors/x/module.c": '\t\t.path = "/login/otp_x",\n',
    },
    "a page of ours": {
        "src/directory/x.h": '#define PASSWORD_METHOD "password"\n',
        "src/idp/y.c": 'const char *p = "/account/password/set";\n',
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
