# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts the list of common passwords into the script of new passwords.

words.py OUT password.js common_passwords.def
"""
import json
import pathlib
import re
import sys

MARK = "'@WORDS@'"
REMARK = re.compile(r'/\*.*?\*/', re.S)
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


def main():
    out, script, words = map(pathlib.Path, sys.argv[1:])
    text = script.read_text(encoding='utf-8')
    found = WORD.findall(REMARK.sub('', words.read_text(encoding='utf-8')))
    if text.count(MARK) != 1 or not found or any('\\' in word for word in found):
        sys.exit(f'{script}: {MARK} stands there once, and {words} has plain words')
    listed = json.dumps('\n'.join(found), ensure_ascii=True)
    out.write_text(text.replace(MARK, listed), encoding='utf-8')


if __name__ == '__main__':
    main()
