# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files of at most 600 lines, headers 150, functions 60; statements nested at most 3 deep."""

import re
import sys

import lintlib

FILE_MAX = 600
HEADER_MAX = 150
FUNCTION_MAX = 60
NESTING_MAX = 3

# Headers that are tables of data, not contracts to be read from top to bottom.
TABLE_HEADERS = {"src/directory/records.h"}

WORD = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"[^\"]*\"|'[^']*'|[{}()\[\];:?=,]|[^\s\w]")
LOOPS = {"for", "while", "switch"}


def without_preprocessor(text):
    """Blanks directives; of #if … #else … #endif the first branch stays."""
    out, hidden, continued = [], [], False
    for line in text.split("\n"):
        directive = re.match(r"\s*#\s*(\w+)", line)
        if continued or directive:
            if not continued:
                word = directive.group(1)
                if word in ("if", "ifdef", "ifndef"):
                    hidden.append(False)
                elif word in ("else", "elif") and hidden:
                    hidden[-1] = True
                elif word == "endif" and hidden:
                    hidden.pop()
            continued = line.rstrip().endswith("\\")
            out.append("")
        else:
            out.append("" if any(hidden) else line)
    return "\n".join(out)


def tokens_of(text):
    code = without_preprocessor(lintlib.blank_comments(text))
    tokens, line = [], 1
    for n, row in enumerate(code.split("\n"), 1):
        tokens += [(match.group(0), n) for match in WORD.finditer(row)]
        line = n
    tokens.append(("", line))
    return tokens


class Body:
    """Reads the statements of one function body and measures how deep they nest."""

    def __init__(self, tokens, at):
        self.tokens = tokens
        self.at = at
        self.deepest = (0, tokens[at][1])

    def word(self):
        return self.tokens[self.at][0]

    def line(self):
        return self.tokens[self.at][1]

    def balanced(self, opening, closing):
        depth = 0
        while self.word():
            depth += (self.word() == opening) - (self.word() == closing)
            self.at += 1
            if depth == 0:
                return

    def note(self, depth):
        if depth > self.deepest[0]:
            self.deepest = (depth, self.line())

    def block(self, depth):
        self.at += 1
        while self.word() and self.word() != "}":
            self.statement(depth)
        self.at += 1

    def inner(self, depth):
        """The statement that an if, a loop or a bare block governs."""
        self.note(depth)
        if self.word() == "{":
            self.block(depth)
        else:
            self.statement(depth)

    def if_statement(self, depth):
        self.at += 1
        self.balanced("(", ")")
        self.inner(depth + 1)
        if self.word() != "else":
            return
        self.at += 1
        if self.word() == "if":
            self.if_statement(depth)
        else:
            self.inner(depth + 1)

    def loop(self, depth):
        self.at += 1
        self.balanced("(", ")")
        if self.word() == ";":
            self.at += 1
        else:
            self.inner(depth + 1)

    def do_loop(self, depth):
        self.at += 1
        self.inner(depth + 1)
        while self.word() not in (";", ""):
            self.at += 1
        self.at += 1

    def label(self):
        """True when a case, a default or a goto label was passed."""
        if self.word() in ("case", "default"):
            questions = 0
            while self.word() and (self.word() != ":" or questions):
                questions += (self.word() == "?") - (self.word() == ":")
                self.at += 1
            self.at += 1
            return True
        if re.match(r"[A-Za-z_]", self.word()) and self.tokens[self.at + 1][0] == ":":
            self.at += 2
            return True
        return False

    def is_macro_loop(self):
        if not re.match(r"[A-Za-z_]\w*$", self.word()) or self.tokens[self.at + 1][0] != "(":
            return False
        here, self.at = self.at, self.at + 1
        self.balanced("(", ")")
        governs = self.word() == "{"
        self.at = here
        return governs

    def expression(self):
        depth = 0
        while self.word() and (depth or self.word() not in (";", "}")):
            depth += self.word() in ("(", "{", "[")
            depth -= self.word() in (")", "}", "]")
            self.at += 1
        if self.word() == ";":
            self.at += 1

    def statement(self, depth):
        word = self.word()
        if word == "{":
            self.note(depth + 1)
            self.block(depth + 1)
        elif word == "if":
            self.if_statement(depth)
        elif word in LOOPS or self.is_macro_loop():
            self.loop(depth)
        elif word == "do":
            self.do_loop(depth)
        elif not self.label():
            self.expression()


def function_name(tokens, first, brace):
    """The name when tokens[first:brace] is the head of a function definition, else None."""
    words = [t[0] for t in tokens[first:brace]]
    if "=" in words or "(" not in words or not words or words[-1] not in (")", "]"):
        return None
    for n, word in enumerate(words[1:], 1):
        if word == "(" and re.match(r"[A-Za-z_]", words[n - 1]) and words[n - 1] not in (
                "__attribute__", "_Alignas", "typeof", "__typeof__"):
            return words[n - 1]
    return None


def functions(text):
    """(name, first line, last line, deepest nesting, its line) of each function defined."""
    tokens = tokens_of(text)
    at = first = 0
    while tokens[at][0]:
        word = tokens[at][0]
        if word == ";":
            first = at + 1
        if word != "{":
            at += 1
            continue
        name = function_name(tokens, first, at)
        body = Body(tokens, at)
        if name:
            body.block(0)
            yield name, tokens[first][1], tokens[body.at - 1][1], *body.deepest
        else:
            body.balanced("{", "}")
        at = body.at
        if name:
            first = at


def check_file(rel, text):
    found = []
    lines = text.count("\n")
    most = HEADER_MAX if rel.suffix == ".h" and str(rel) not in TABLE_HEADERS else FILE_MAX
    if lines > most:
        found.append("%s:%d: %d lines, at most %d" % (rel, lines, lines, most))
    if rel.suffix not in (".c", ".h"):
        return found
    for name, start, end, depth, deep_line in functions(text):
        if end - start + 1 > FUNCTION_MAX:
            found.append("%s:%d: %s has %d lines, at most %d"
                         % (rel, start, name, end - start + 1, FUNCTION_MAX))
        if depth > NESTING_MAX:
            found.append("%s:%d: %s nests %d deep, at most %d"
                         % (rel, deep_line, name, depth, NESTING_MAX))
    return found


def check(root):
    found = []
    for rel in lintlib.files(root, {".c", ".h", ".py", ".js", ".mjs"},
                             ("src", "tests", "bench", "scripts")):
        found += check_file(rel, lintlib.read(root, rel))
    return found


def body(lines, name="f"):
    return "int %s(void)\n{\n%s\treturn 0;\n}\n" % (name, lines)


DEEP_BRACES = body("if (a) {\nfor (;;) {\nwhile (b) {\nif (c) {\nx();\n}\n}\n}\n}\n")
DEEP_BARE = body("if (a)\nfor (;;)\nwhile (b)\nif (c)\nx();\n")
DEEP_MACRO = body("each (x) {\neach (y) {\nswitch (z) {\ncase 1:\nif (c)\nx();\n}\n}\n}\n")
DEEP_ELSE = body("if (a) {\n} else if (b) {\n} else {\nif (c) {\ndo {\nif (d)\nx();\n"
                 "} while (e);\n}\n}\n")
FLAT = body('if (a) {\n} else if (b) {\n} else if (c) {\n} else if (d) {\n} else {\nx("{{{");\n}\n'
            "struct s v = {.a = {1, {2, {3, {4}}}}};\nout:\nlog((struct t){.u = {1}});\n"
            "switch (a) {\ncase 1:\nfor (;;)\nif (b)\nbreak;\ndefault:\nreturn 2;\n}\n")
BAD = {
    "a long file": ({"src/a.c": "int x;\n" * 601}, "601 lines"),
    "a long header": ({"src/a.h": "/* */\n" * 151}, "151 lines"),
    "a long function": ({"src/a.c": body("\tx();\n" * 57, "too_long")}, "too_long has 61 lines"),
    "a long function behind a table": (
        {"src/a.c": "const struct t t[] = {{1}, {2}};\n" + body("\tx();\n" * 57)}, "f has 61"),
    "four nested blocks": ({"src/a.c": DEEP_BRACES}, "nests 4 deep"),
    "four nested statements without braces": ({"src/a.c": DEEP_BARE}, "nests 4 deep"),
    "nesting in macro loops and switch": ({"src/a.c": DEEP_MACRO}, "nests 4 deep"),
    "nesting behind else": ({"src/a.c": DEEP_ELSE}, "nests 4 deep"),
    "nesting in the second function": ({"src/a.c": FLAT + DEEP_BRACES}, "nests 4 deep"),
}
GOOD = {
    "limits met exactly": {
        "src/a.c": "int x;\n" * 600,
        "src/a.h": "/* */\n" * 150,
        "src/b.c": body("\tx();\n" * 56),
    },
    "else-if chains, initialisers, strings, preprocessor": {
        "src/a.c": FLAT,
        "src/b.c": "#if A\nint g(void) {\n#else\nint g(int a) {\n#endif\nreturn 1;\n}\n" + FLAT,
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
