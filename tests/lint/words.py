# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names and sentences. The words and phrases that docs/glossary.md avoids, in comments, rows of text
and documents; struct tags that are unique in src; names of static functions in at most three files."""

import re
import sys

import lintlib

STATICS_MAX = 3
SAME_NAME = {"main", "LLVMFuzzerTestOneInput"}

# Where the phrases are looked for: below one of CLEAN, but not below one of OTHERS. The glossary
# names the words it avoids, and a decision is a record of its day.
CLEAN = ("README.md", "docs/", "src/access/", "src/audit/", "src/base/", "src/codec/", "src/conf/",
         "src/core/", "src/crypto/", "src/deliver/", "src/directory/", "src/factors/",
         "src/federation/", "src/http/", "src/idp/", "src/jose/", "src/main/", "src/net/", "src/obs/",
         "src/sandbox/", "src/store/", "src/throttle/", "src/web/", "src/workflow/")
OTHERS = ("docs/glossary.md", "docs/decisions/")

PHRASES = [(re.compile("(?im)" + pattern), instead) for pattern, instead in (
    (r"\blikewise\b", "name what is the same"),
    (r"\bmeanwhile\b", "name the time"),
    (r"\banew\b", "again"),
    (r"\btold\b|\btells?\b|\btelling\b", "report, log, notify, show, return"),
    (r"\b(?:for|of|to|by|with|from|and|but) who \w+s\b", "callers that, people who"),
    (r"\bso (?:many|often|long)\b(?! (?:as|that)\b)", "this many, this often, for this time"),
    (r"\bpassword ways?\b", "password login"),
    (r"\bmint(?:s|ed|ing)?\b", "issue"),
    (r"\bdecoys?\b", "dummy hash"),
    (r"\bcarriers?\b", "transport"),
    (r"\bseams?\b", "clock, random"),
    (r"\bputs? (?:it|them|this|that) off\b", "postpone"),
    (r"\bnobody's\b", "of no person"),
    (r"\b(?:in|of|is) force\b.{0,12}\b(?:so long|enough)\b", "the time"),
)]

LITERAL_JOINT = re.compile(r'"\s*\n\s*"')
DEFINITION = re.compile(r"\b(struct|enum|union)\s+(\w+)\s*(?:__attribute__\s*\(\(.*?\)\)\s*)?\{")
STATIC = re.compile(r"^static\b[^;={}()]*?\b(\w+)\([^;{}]*\)\s*\{", re.M)


def prose_of(rel, text):
    """(line, text) of what people read in a file: comments and sentences in strings."""
    if rel.suffix not in (".c", ".h", ".def"):
        yield 1, text
        return
    for match in lintlib.TOKEN.finditer(text):
        s = match.group(0)
        if s[0] == "/":
            yield lintlib.line_of(text, match.start()), re.sub(r"\n\s*\*(?!/)", "\n", s)
    code = lintlib.blank_comments(text, strings=False)
    joined = LITERAL_JOINT.sub(lambda m: "\n" * m.group(0).count("\n"), code)
    for match in re.finditer(r'"(?:\\.|[^"\\])*"', joined):
        if " " in match.group(0):
            yield lintlib.line_of(joined, match.start()), match.group(0)


def check_prose(rel, text):
    found = []
    for line, prose in prose_of(rel, text):
        flat = re.sub(r"\s", " ", prose)
        for phrase, instead in PHRASES:
            found += ["%s:%d: \"%s\"; write: %s" % (rel, line + prose.count("\n", 0, m.start()),
                                                   m.group(0), instead)
                      for m in phrase.finditer(flat)]
    return found


def definitions(root, pattern, group, under):
    """name -> the files that define it, in order."""
    where = {}
    for rel in lintlib.files(root, {".c", ".h"}, under):
        for match in pattern.finditer(lintlib.blank_comments(lintlib.read(root, rel))):
            where.setdefault(match.group(group), []).append(rel)
    return where


def check_tags(root):
    return ["%s:1: struct, enum or union %s is also in %s" % (files[1], tag, files[0])
            for tag, files in sorted(definitions(root, DEFINITION, 2, ("src",)).items())
            if len(files) > 1]


def check_statics(root):
    found = []
    for name, files in sorted(definitions(root, STATIC, 1, ("src", "tests", "bench")).items()):
        files = sorted(set(files))
        if len(files) > STATICS_MAX and name not in SAME_NAME:
            found.append("%s:1: static %s is in %d files, at most %d: %s" % (
                files[-1], name, len(files), STATICS_MAX, ", ".join(map(str, files))))
    return found


def check(root):
    found = check_tags(root) + check_statics(root)
    for rel in lintlib.files(root, {".c", ".h", ".def", ".md"}, ("src", "tests", "docs", "README.md")):
        if str(rel).startswith(CLEAN) and not str(rel).startswith(OTHERS):
            found += check_prose(rel, lintlib.read(root, rel))
    return found


def planted(text, rel="docs/login.md"):
    return {rel: text + "\n"}


def static_in(n):
    return {"src/base/%c.c" % (97 + i): "static int refuse(int x)\n{\n\treturn x;\n}\n"
            for i in range(n)}


BAD = {
    "a phrase in a document": (planted("One more is answered likewise."), "likewise"),
    "a phrase over two lines": (planted("Allowed so\nmany times."), "so many"),
    "a phrase of who": (planted("For who ends sessions."), "callers that"),
    "a phrase in a comment": (
        {"src/base/a.h": "/*\n * This is\n * told.\n */\n"}, "a.h:3: \"told\""),
    "a phrase in a row of text": (
        {"src/obs/log_events.def": 'EVENT(A, "a", "One more "\n\t"is answered likewise.")\n'},
        "likewise"),
    "a struct tag in two files": (
        {"src/base/a.c": "struct check {\n\tint a;\n};\n",
         "src/idp/b.h": "struct check {\n\tint b;\n};\n"}, "check is also in src/base/a.c"),
    "an enum with the tag of a struct": (
        {"src/base/a.c": "struct check {\n\tint a;\n};\nenum check { A };\n"}, "check is also"),
    "a static function in four files": (static_in(4), "static refuse is in 4 files"),
}
GOOD = {
    "plain sentences": planted("Use it as long as needed. Retries so that callers can go on. "
                               "The person who owns it."),
    "the words of the glossary, of code and of a single word": {
        "docs/glossary.md": "mint\n", "docs/decisions/0001-a.md": "It is told.\n",
        "src/base/a.c": 'int told(void)\n{\n\treturn f("told");\n}\n'},
    "three of one name, and main": {
        **static_in(3), **{"tests/%d.c" % i: "int main(void)\n{\n}\n" for i in range(5)}},
    "a tag declared twice and defined once": {
        "src/a.h": "struct a;\nstruct b {\n\tstruct a *a;\n};\n",
        "src/a.c": "struct a {\n\tint x;\n};\nstruct a *f(struct a *x);\n"},
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
