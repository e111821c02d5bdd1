# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parses what the program given writes (hostile.c) with a parser that is not ours: a hostile value
must change no element and no attribute's name, and no address may lead out of the allowed schemes.
"""
import html.parser
import re
import subprocess
import sys

HARMLESS = 2
ADDRESSES = {'href', 'src', 'action', 'formaction', 'data-poll', 'xlink:href'}
SAFE = re.compile(r'(/(?![/\\])|#|https?://|mailto:|tel:|about:invalid$)', re.I)
NAMES_OF_IDS = re.compile(r'[a-z][a-z0-9-]*')


class Shape(html.parser.HTMLParser):
    """The page without its values."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.events = []
        self.faults = []
        self.ids = []

    def handle_starttag(self, tag, attrs):
        self.events.append((tag, tuple(name for name, _ in attrs)))
        for name, value in attrs:
            if name.startswith('on') or name in ('style', 'srcdoc'):
                self.faults.append(f'<{tag} {name}>')
            if name in ADDRESSES and not SAFE.match(value or ''):
                self.faults.append(f'<{tag} {name}="{value}">')
            if name == 'id':
                self.ids.append(value)
        if tag == 'script' and not dict(attrs).get('src', '').startswith('/static/'):
            self.faults.append('<script> without an address of ours')

    def handle_endtag(self, tag):
        self.events.append((tag,))

    def handle_comment(self, data):
        self.faults.append(f'<!--{data}')

    def unknown_decl(self, data):
        self.faults.append(f'<![{data}')

    def handle_pi(self, data):
        self.faults.append(f'<?{data}')


def read(program):
    """(page, language, variant), value, document for each document of the program."""
    data = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout
    at = 0
    while at < len(data):
        end = data.index(b'\n', at)
        page, lang, variant, value, size = data[at:end].decode().split()
        at = end + 1 + int(size)
        yield (page, lang, variant), int(value), data[end + 1:at].decode('utf-8')


def shape_of(document):
    shape = Shape()
    shape.feed(document)
    shape.close()
    if len(set(shape.ids)) != len(shape.ids):
        shape.faults.append('an id stands twice')
    return shape


def check(program):
    """Faults by page; and how many documents were looked at."""
    faults, allowed, seen = {}, {}, 0
    for key, value, document in read(program):
        shape = shape_of(document)
        found = faults.setdefault(key[0], [])
        found += [f'{key} value {value}: {fault}' for fault in shape.faults]
        if value < HARMLESS:
            allowed.setdefault(key, []).append(shape.events)
        elif shape.events not in allowed[key]:
            found.append(f'{key} value {value}: other elements than with a harmless value')
        seen += 1
    return faults, seen


def parser_sees_faults():
    """The checks themselves find what they are for."""
    for bad in ('<p onclick="x">', '<a href="javascript:x">', '<a href="//x">', '<!-- -->',
                '<script>x</script>', '<p id="a"><p id="a">', '<a href="/\\x">'):
        if not shape_of(bad).faults:
            return False
    return not shape_of('<a href="/x?y=1">').faults


def main():
    faults, seen = check(sys.argv[1])
    print(f'1..{len(faults) + 2}')
    print(f'{"ok" if parser_sees_faults() else "not ok"} 1 - the parser sees planted faults')
    print(f'{"ok" if seen > 1000 else "not ok"} 2 - {seen} documents')
    for number, (page, found) in enumerate(sorted(faults.items()), 3):
        print(f'{"not ok" if found else "ok"} {number} - {page}')
        for fault in found[:20]:
            print(f'# {fault}')
    sys.exit(any(faults.values()))


if __name__ == '__main__':
    main()
