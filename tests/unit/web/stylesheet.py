# SPDX-License-Identifier: AGPL-3.0-or-later
"""What src/web/stylesheet.py keeps of a style sheet, and that every class of the pages has a rule.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
WEB = ROOT / 'src' / 'web'
sys.dont_write_bytecode = True
sys.path.insert(0, str(WEB))
import stylesheet  # noqa: E402

WORDS = {'btn', 'active', 'p', 'button'}
# A rule, and what is kept of it when the pages use WORDS.
ROWS = [
    ('.btn{a:b}', '.btn{a:b}'),
    ('.btn.active:hover{a:b}', '.btn.active:hover{a:b}'),
    ('.btn.other{a:b}', ''),
    ('.other .btn{a:b}', ''),
    ('.btn,.other,p{a:b}', '.btn,p{a:b}'),
    ('p>.btn::before{a:b}', 'p>.btn::before{a:b}'),
    ('table{a:b}', ''),
    ('p table{a:b}', ''),
    ('*,::after{a:b}', '*,::after{a:b}'),
    (':root{a:b}', ':root{a:b}'),
    ('[type=button]:not(.other){a:b}', '[type=button]:not(.other){a:b}'),
    ('@media (min-width:1px){.btn{a:b}.other{c:d}}', '@media (min-width:1px){.btn{a:b}}'),
    ('@media print{.other{c:d}}', ''),
    ('@keyframes x{from{a:b}to{a:c}}', ''),
    ('@charset "UTF-8";.btn{a:b}', '.btn{a:b}'),
]
# Classes that mark something for people and scripts, without a look of their own.
BARE = {'notice', 'support'}


def classes_of_pages():
    found = set()
    for page in sorted((WEB / 'pages').glob('*.html')):
        for value in re.findall(r'class="([^"]*)"', page.read_text(encoding='utf-8')):
            found |= set(re.sub(r'\{\{[^}]*\}\}', ' ', value).split())
    return found


def main():
    results = [(rule, stylesheet.keep(rule, WORDS) == kept) for rule, kept in ROWS]
    css = pathlib.Path(sys.argv[2]).read_text(encoding='utf-8')
    ruled = set(stylesheet.CLASS.findall(css))
    naked = classes_of_pages() - ruled - BARE
    results.append((f'every class of the pages has a rule {sorted(naked)}', not naked))
    results.append(('braces balance', css.count('{') == css.count('}')))
    results.append(('no address in it', not re.search(r'url\((?!["\']?data:)', css)))

    print(f'1..{len(results)}')
    for number, (name, good) in enumerate(results, 1):
        print(f'{"ok" if good else "not ok"} {number} - {name.replace("#", "")}')
    sys.exit(not all(good for _, good in results))


if __name__ == '__main__':
    main()
