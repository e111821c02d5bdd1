# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documentation tells the truth about the tree: links, files, commands, options, limits, tests."""

import re
import sys

import limits
import lintlib

TOPS = ("README.md", "docs", "src", "tests", "scripts", "config")
LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"^(?:src|tests|docs|config|scripts|bench|\.ci)/[\w./*{}-]+$")
OPTION = re.compile(r"^[a-z_]+(?:\.[a-z_]+)+$")
PRATU = re.compile(r"(?:^|[\s(;|&])(?:\S*src/main/)?pratu ([a-z][a-z-]*(?: [a-z][a-z-]*){0,2})((?: [^;|&`#\n]*)?)")
FLAG = re.compile(r"(?<!\S)(--[a-z][a-z-]+)")
SCRIPT = re.compile(r"(?<![\w/])scripts/(demo|test|bench|timing|docs|faults)((?: [^;|&`#\n]*)?)")
NAME = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$")


def documents(root):
    return [rel for rel in lintlib.files(root, {".md"}, [t for t in TOPS if (root / t).exists()])]


def anchors(text):
    """The anchors of the headings, as GitHub and GitLab make them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.M):
        plain = re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def check_links(root, rel, text):
    found = []
    for match in LINK.finditer(FENCE.sub("", text)):
        target, _, anchor = match.group(1).partition("#")
        if re.match(r"[a-z]+:", match.group(1)):
            continue
        path = (root / rel).parent / target if target else root / rel
        if not path.exists():
            found.append("%s: link to nothing: %s" % (rel, match.group(1)))
        elif anchor and path.suffix == ".md" and anchor not in anchors(
                path.read_text(encoding="utf-8")):
            found.append("%s: no such heading: %s" % (rel, match.group(1)))
    return found


def exists(root, name):
    """A path, with {a,b} and * as a shell has them."""
    braces = re.match(r"(.*)\{([^}]*)\}(.*)", name)
    if braces:
        return all(exists(root, braces[1] + part + braces[3]) for part in braces[2].split(","))
    return any(root.glob(name)) if "*" in name else (root / name).exists()


def check_files(root, rel, text):
    return ["%s: no such file: %s" % (rel, span) for span in SPAN.findall(FENCE.sub("", text))
            if FILE.match(span.split(" ")[0]) and not exists(root, span.split(" ")[0].rstrip("/"))]


def commands(root):
    """Command -> its options, from the generated page."""
    path = root / "docs/commands.md"
    table = {}
    if path.exists():
        for part in path.read_text(encoding="utf-8").split("\n## pratu ")[1:]:
            words = [w for w in part.split("\n")[0].split() if re.match(r"[a-z][a-z-]*$", w)]
            flags = set(re.findall(r"^- `(--[a-z-]+)", part, re.M)) | {"--config", "--help"}
            table[" ".join(words)] = flags
    return table


def check_command(rel, table, words, rest):
    name = next((n for n in (words, " ".join(words.split(" ")[:2]), words.split(" ")[0]) if n in table), words)
    if name not in table:
        return ["%s: no such command: pratu %s" % (rel, words)]
    return ["%s: pratu %s has no option %s" % (rel, name, flag)
            for flag in FLAG.findall(words + rest) if flag not in table[name]]


def check_commands(root, rel, text, table):
    if not table:
        return []
    found = []
    code = FENCE.findall(text) + SPAN.findall(FENCE.sub("", text))
    for piece in code:
        joined = piece.replace("\\\n", " ").replace("-u pratu ", "")
        for match in PRATU.finditer(joined):
            found += check_command(rel, table, match.group(1), match.group(2))
        for match in SCRIPT.finditer(joined):
            found += check_script(root, rel, match.group(1), match.group(2))
    return found


def check_script(root, rel, name, rest):
    path = root / "scripts" / name
    if not path.exists():
        return ["%s: no such script: scripts/%s" % (rel, name)]
    known = path.read_text(encoding="utf-8")
    return ["%s: scripts/%s has no option %s" % (rel, name, flag)
            for flag in FLAG.findall(rest) if flag not in known]


def options(root):
    path = root / "docs/options.md"
    return set(re.findall(r"(?m)^\| `([a-z_]+(?:\.[a-z_]+)*)`", path.read_text(encoding="utf-8"))) \
        if path.exists() else set()


def check_options(rel, text, known):
    if rel.name == "sandbox.md":  # its options are another program's
        return []
    sections = {o.split(".")[0] for o in known if "." in o}
    return ["%s: no such option: %s" % (rel, span) for span in SPAN.findall(FENCE.sub("", text))
            if OPTION.match(span) and span.split(".")[0] in sections and span not in known
            and not re.search(r"\.(?:md|h|c|py|yaml|json|csv|def|service|socket|conf)$", span)]


def check_tests_named(root):
    """What docs/security.md names as a test or a function is there."""
    path = root / "docs/security.md"
    if not path.exists():
        return []
    code = "\n".join(lintlib.read(root, rel) for rel in
                     lintlib.files(root, {".c", ".h", ".py", ".def", ".md"}, ("tests", "src"))
                     if rel.name != "docs.py")
    words = set(re.findall(r"\w+", code))  # one pass, not one for each name
    return ["docs/security.md: nothing is called %s" % name
            for name in SPAN.findall(path.read_text(encoding="utf-8"))
            if NAME.match(name) and name not in words]


def check(root):
    table, known = commands(root), options(root)
    found = limits.check(root) + check_tests_named(root)
    for rel in documents(root):
        text = lintlib.read(root, rel)
        found += check_links(root, rel, text) + check_files(root, rel, text)
        found += check_commands(root, rel, text, table) + check_options(rel, text, known)
    return sorted(found)


COMMANDS = "# Commands\n\n## pratu keys rotate\n\n- `--alg ALG`: which\n\n## pratu serve\n\nRuns.\n"
OPTIONS = "| `thaid.timeout` | x |\n"
BAD = {
    "a link to nothing": ({"README.md": "see [it](docs/it.md)\n"}, "link to nothing"),
    "a heading that is not there": (
        {"docs/a.md": "[x](b.md#here)\n", "docs/b.md": "# There\n"}, "no such heading"),
    "a file that is not there": ({"docs/a.md": "in `src/base/x.c`\n"}, "no such file"),
    "a command that is not there": (
        {"docs/commands.md": COMMANDS, "docs/a.md": "`pratu keys turn`\n"}, "no such command"),
    "an option a command lacks": (
        {"docs/commands.md": COMMANDS, "docs/a.md": "```\n$ pratu keys rotate --fast\n```\n"},
        "no option --fast"),
    "an option a script lacks": (
        {"docs/commands.md": COMMANDS, "docs/a.md": "`scripts/demo --fast`\n",
         "scripts/demo": "# --stop\n"}, "no option --fast"),
    "a setting that is not there": (
        {"docs/options.md": OPTIONS, "docs/a.md": "set `thaid.patience`\n"}, "no such option"),
    "a limit with another value": (
        {"src/a/a.h": "#define A_MAX (2u * 8u) /* x */\n",
         "docs/limits.md": "| `A_MAX` | 15 | x | `src/a/a.h` |\n"}, "A_MAX of src/a/a.h is 16, the page says 15"),
    "a limit that is not told": (
        {"src/a/a.h": "#define A_MAX 16\n", "docs/limits.md": "none\n"}, "the page says nothing"),
    "a limit that is gone": (
        {"src/a/a.h": "\n", "docs/limits.md": "| `A_MAX` | 16 | x | `src/a/a.h` |\n"}, "is gone"),
    "a test that is not there": (
        {"docs/security.md": "`test_of_nothing`\n", "tests/a.py": "def test_of_all(): 0\n"},
        "nothing is called test_of_nothing"),
}
GOOD = {
    "the same, right": {
        "README.md": "see [it](docs/b.md#over-there) and [web](https://example.org/x)\n",
        "docs/b.md": "# Over there\nin `src/a/a.h`, `src/{a,a}/*.h`; `thaid.timeout`\n",
        "docs/options.md": OPTIONS,
        "docs/commands.md": COMMANDS,
        "docs/c.md": "```\npratu keys rotate --alg X --config F\n```\n`scripts/demo --stop`\n",
        "scripts/demo": "# --stop\n",
        "src/a/a.h": "#define A_MAX (2u * 8u) /* x */\n#define B_MAX A_MAX\n",
        "docs/limits.md": "| `A_MAX` | 16 | x | `src/a/a.h` |\n| `B_MAX` | 16 | x | `src/a/a.h` |\n",
        "docs/security.md": "`test_of_all`, `--alg`\n",
        "tests/a.py": "def test_of_all(): 0\n",
    },
}

if __name__ == "__main__":
    sys.exit(lintlib.run(check, BAD, GOOD))
