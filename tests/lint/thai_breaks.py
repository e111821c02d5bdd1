# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where browsers may break the lines of Thai texts. Thai has no spaces between words: the browser finds
them with a dictionary (ICU, the one that Chromium and Firefox use too) and sometimes cuts a word in the
middle. Every Thai text of every catalogue is cut as they cut it; a piece that cannot be a word, or a break
inside one of the words below, is a finding. Reword the text, or put U+200B between the two words.

Needs python3-icu; without it nothing is checked, and the test says so."""

import sys

import lintlib

try:
    import icu
except ImportError:
    icu = None

# Words that the dictionary was seen to cut when others stand before them.
WHOLE = ("กด", "ลอง", "กรอก", "กระทบ", "คำขอ", "อยู่", "กรุณา", "ระบบ", "รหัส", "ยืนยัน", "แล้ว",
         "อุปกรณ์", "ออก", "สิทธิ์", "โทรศัพท์", "อีเมล", "เบราว์เซอร์", "บัญชี", "ปลอดภัย", "ข้อมูล")
# A line never begins with what follows a consonant: vowels behind and above it, tone marks.
DEPENDENT = set("ะัาำิีึืฺุูๅ็่้๊๋์ํ๎ๆฯ")
LEADING = set("เแโใไ")
SHORT = {"ณ", "ธ", "น", "ฯ", "ๆ"}  # of one letter, and yet words or signs ("17.25 น.")


def is_thai(c):
    return "\u0e00" <= c <= "\u0e7f"


def breaks(text):
    """Offsets in UTF-16 where a line may be broken; the texts have no characters beyond the plane."""
    cutter = icu.BreakIterator.createLineInstance(icu.Locale("th_TH"))
    cutter.setText(text)
    return list(cutter)


def faults(text):
    """What is cut wrongly in a text."""
    at = breaks(text)
    found, start = [], 0
    for end in at:
        piece, start = text[start:end].strip(" \u200b"), end
        if not piece or not all(is_thai(c) for c in piece):
            continue
        if piece[0] in DEPENDENT and piece[0] not in "ๆฯ" or piece[-1] in LEADING:
            found.append("a line may begin or end inside a word: '%s'" % piece)
        elif len(piece) == 1 and piece not in SHORT:
            found.append("a line may be broken beside the single letter '%s'" % piece)
    for word in WHOLE:
        begin = text.find(word)
        while begin >= 0:
            if any(begin < cut < begin + len(word) for cut in at):
                found.append("a line may be broken inside '%s': '%s'" % (
                    word, text[max(0, begin - 8):begin + len(word) + 8]))
            begin = text.find(word, begin + 1)
    return found


def check(root):
    found = []
    for rel in lintlib.files(root, {".cat"}, ("src",)):
        if rel.stem != "th":
            continue
        for n, line in enumerate(lintlib.read(root, rel).split("\n"), 1):
            key, equals, text = line.partition(" = ")
            if equals and not line.startswith("#"):
                found += ["%s:%d: %s: %s" % (rel, n, key, fault) for fault in faults(text)]
    return found


BAD = {
    "a word cut in the middle": ({"src/a/pages/th.cat": "a = ตรวจสอบแล้วกรอกใหม่\n"}, "กรอก"),
}
GOOD = {
    "the same words, told apart": {"src/a/pages/th.cat": "a = ตรวจสอบแล้ว\u200bกรอกใหม่\n"},
    "another language": {"src/a/pages/en.cat": "a = ตรวจสอบแล้วกรอกใหม่\n"},
}

if __name__ == "__main__":
    if icu is None:
        print("1..0 # SKIP python3-icu is not installed")
        sys.exit(0)
    sys.exit(lintlib.run(check, BAD, GOOD))
