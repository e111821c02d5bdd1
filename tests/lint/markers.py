# SPDX-License-Identifier: AGPL-3.0-or-later
"""How tests and scripts find the parts of a page: by data- attributes, never by a class, which says
how something looks. Every message of a template carries its name in data-notice; a marker that a test
looks for stands in a template or a script, so that "it is not there" never holds by a slip of the pen."""

import re
import sys

import lintlib

LITERAL = re.compile(r'"""(?:.*?)"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
CLASS = re.compile(r'class="([^"]*)"')
TAG = re.compile(r"<[a-z][^<>]*>")
TEMPLATE = re.compile(r"\{\{.*?\}\}")
MARKER = re.compile(r'data-(notice|part|page|state)(?:=\\?["\']?([\w-]+))?')
SELECTED = re.compile(r'(?:\.(?:find|all|content)|querySelector(?:All)?|closest|matches)\(\s*'
                      r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')')
QUOTED_OR_BRACKETED = re.compile(r"\[[^\]]*\]|'[^']*'|\"[^\"]*\"")
SELECTOR_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")
NOTICE_ASKED = re.compile(r'has_notice\([^;]*?, "(\w+)"\)')
# Tests of classes themselves: of the style sheet, of the template engine, of escaping.
ABOUT_CLASSES = ("tests/unit/web/stylesheet.py", "tests/unit/web/template.c", "tests/lint/")
TESTS = ("tests", "bench", "scripts")


def templates(root):
    return lintlib.files(root, {".html"}, ("src",))


def classes(root):
    """The classes of the templates that cannot be mistaken for a word: those with a hyphen."""
    found = set()
    for rel in templates(root):
        for value in CLASS.findall(TEMPLATE.sub(" ", lintlib.read(root, rel))):
            found |= {name for name in value.split() if "-" in name}
    return found


def nameless_notices(root):
    found = []
    for rel in templates(root):
        text = lintlib.read(root, rel)
        for match in TAG.finditer(text):
            value = CLASS.search(match.group(0))
            if value and "alert" in value.group(1).split() and "data-notice=" not in match.group(0):
                found.append("%s:%d: a message without data-notice" % (
                    rel, lintlib.line_of(text, match.start())))
    return found


def markers(root):
    """(attribute, value) of every marker that a page can have."""
    known = {("page", rel.stem) for rel in templates(root)}
    brought = lintlib.files(root, {".html"}, ("tests/extend",))  # pages of the modules tried there
    known |= {("page", rel.stem) for rel in brought}
    for rel in templates(root) + brought + lintlib.files(root, {".js"}, ("src",)):
        text = lintlib.read(root, rel)
        known |= {(name, value) for name, value in MARKER.findall(text) if value}
        if rel.suffix == ".js":  # a state is put by a script
            known |= {("state", value) for value in re.findall(r"'(\w+)'", text)}
    return known


def by_class(rel, text, hyphened):
    for match in LITERAL.finditer(text):
        literal = match.group(0)
        line = lintlib.line_of(text, match.start())
        if re.search(r'\bclass=\\?["\']', literal):
            yield "%s:%d: a part of a page found by its class; give it data-part" % (rel, line)
        elif any(re.search(r"(?<![\w#-])%s(?![\w-])" % re.escape(name), literal)
                 for name in hyphened if name in literal):
            yield "%s:%d: the class of a page; give the part data-part" % (rel, line)
    for match in SELECTED.finditer(text):
        if SELECTOR_CLASS.search(QUOTED_OR_BRACKETED.sub(" ", match.group(1)[1:-1])):
            yield "%s:%d: a selector with a class; give the part data-part" % (
                rel, lintlib.line_of(text, match.start()))


def unknown(rel, text, known):
    asked = [(m.start(), m.group(1), m.group(2)) for m in MARKER.finditer(text) if m.group(2)]
    asked += [(m.start(), "notice", m.group(1)) for m in NOTICE_ASKED.finditer(text)]
    for at, name, value in asked:
        if (name, value) not in known:
            yield "%s:%d: no page has data-%s=\"%s\"" % (rel, lintlib.line_of(text, at), name, value)


def check(root):
    found = nameless_notices(root)
    hyphened, known = classes(root), markers(root)
    for rel in lintlib.files(root, {".c", ".h", ".py", ".js"}, TESTS):
        if str(rel).startswith(ABOUT_CLASSES):
            continue
        text = lintlib.read(root, rel)
        found += by_class(rel, text, hyphened)
        found += unknown(rel, text, known)
    return found


PAGE = {"src/idp/login/pages/login.html":
        '<p class="alert alert-danger" data-notice="wrong">x</p>\n'
        '<ul class="session-list" data-part="sessions"></ul>\n'}


def tree(rel, text):
    return {**PAGE, rel: text + "\n"}


BAD = {
    "a message without its name": (
        {"src/idp/login/pages/code.html": '<p class="alert alert-danger">x</p>\n'}, "data-notice"),
    "a class in C": (tree("tests/flow/x.c", 'contains(page.body, "alert-danger");'), "the class"),
    "a class attribute in C": (
        tree("tests/flow/x.c", 'occurrences(page, "<ul class=\\"sessions\\">");'), "its class"),
    "a selector with a class": (tree("tests/e2e/x.py", 'browser.find("form.method")'), "selector"),
    "one in brackets too": (
        tree("tests/e2e/x.py", 'browser.all("[name=code] .code")'), "selector"),
    "a class in a benchmark": (
        tree("bench/browser.py", "re.search(r'class=\"session-list\"', page)"), "its class"),
    "a selector of a script": (
        tree("tests/unit/x.js", "document.querySelector('.code')"), "selector"),
    "a marker that no page has": (
        tree("tests/e2e/x.py", 'assert not browser.all("[data-part=session]")'), "data-part"),
    "a message that no page has": (
        tree("tests/flow/x.c", 'assert_false(has_notice(page.body, "wrongs"));'), "data-notice"),
    "a page that is none": (
        tree("tests/e2e/x.py", 'browser.find("[data-page=logins]")'), "data-page"),
}
GOOD = {
    "markers": tree("tests/e2e/x.py",
                    'browser.find("[data-part=sessions] li, [data-page=login], a[href=\'/x.y\']")\n'
                    'browser.find("form[action*=\'/v1.0\'] button")'),
    "a message by its name": tree("tests/flow/x.c", 'has_notice(page.body, "wrong");'),
    "other attributes": tree("tests/flow/x.c", 'contains(page.body, "name=\\"code\\"");'),
    "tests of classes": tree("tests/unit/web/template.c", 'x = "<p class=\\"a\\">";'),
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
