# SPDX-License-Identifier: AGPL-3.0-or-later
"""The maxima of src/*.h and the page docs/limits.md. Run by scripts/docs it renews the page: values
follow the headers, new rows take the header's comment, rows of what is gone go."""

import re
import sys
from collections import Counter
from pathlib import Path

import lintlib

ROW = re.compile(r"^\| `(\w+)` \| ([\d,]+)([^|]*)\| ([^|]*) \| `(src/[\w./]+)` \|$")
DEFINE = re.compile(r"^#define\s+(\w*MAX\w*)\s+(\S[^/\n]*?)\s*(?:/\*\s*(.*?)\s*(?:\*/)?)?$", re.M)
UNITS = ("bytes", "characters", "seconds", "levels")


def value(text, known):
    """The number a #define stands for; None when it is none."""
    text = re.sub(r"(?<=[\da-fA-F])[uUlL]+\b", "", text)
    text = re.sub(r"[A-Z_]\w*", lambda m: str(known.get(m.group(0), m.group(0))), text)
    if not re.fullmatch(r"[\d\s()*+<x-]+", text):
        return None
    return eval(text, {"__builtins__": {}})  # digits and operators only


def in_headers(root):
    """(file, name) -> (value, comment) of every maximum in a header."""
    found, values = {}, {}
    for _ in range(2):  # one may be made of another
        for rel in lintlib.files(root, {".h"}, ("src",)):
            if rel.parts[1] == "sandbox":
                continue
            for match in DEFINE.finditer(lintlib.read(root, rel)):
                number = value(match.group(2), values)
                if number is not None:
                    values[match.group(1)] = number
                    found[str(rel), match.group(1)] = (number, match.group(3) or "")
    return found


def on_page(text):
    """(file, name) -> value of every row."""
    rows = (ROW.match(line) for line in text.split("\n"))
    return {(m[5], m[1]): int(m[2].replace(",", "")) for m in rows if m}


def row(name, number, unit, words, file):
    told = "{:,}".format(number) if number < 10 ** 11 else str(number)
    return "| `%s` | %s%s | %s | `%s` |" % (name, told, unit.rstrip(), words, file)


def new_row(file, name, number, comment):
    unit = next((u for u in UNITS if comment.startswith(u)), "")
    words = comment[len(unit):].strip(" ;,:") or "see the header"
    return row(name, number, unit and " " + unit, words.replace("|", "/"), file)


def renewed(text, real):
    """The page with every row as the headers have it; a new row stands behind the last one of its
    directory, else at the end."""
    lines, left = [], dict(real)
    for line in text.rstrip("\n").split("\n"):
        match = ROW.match(line)
        key = match and (match[5], match[1])
        if match and key in left:
            lines.append(row(match[1], left.pop(key)[0], match[3], match[4], match[5]))
        elif not match:
            lines.append(line)
    for (file, name), (number, comment) in left.items():
        at = len(lines)
        for i, line in enumerate(lines):
            match = ROW.match(line)
            if match and Path(match[5]).parent == Path(file).parent:
                at = i + 1
        lines.insert(at, new_row(file, name, number, comment))
    return "\n".join(lines) + "\n"


def check(root):
    path = root / "docs/limits.md"
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    if renewed(text, in_headers(root)) == text:
        return []
    real = {key: number for key, (number, _) in in_headers(root).items()}
    told = on_page(text)
    wrong = [key for key in Counter([*real, *told]) if real.get(key) != told.get(key)]
    return ["docs/limits.md: %s of %s is %s, the page says %s: run scripts/docs" % (
        name, file, real.get((file, name), "gone"), told.get((file, name), "nothing"))
        for file, name in wrong] or ["docs/limits.md is not as scripts/docs writes it"]


if __name__ == "__main__":
    PAGE = Path(sys.argv[1]) / "docs/limits.md"
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), in_headers(Path(sys.argv[1]))),
                    encoding="utf-8")
