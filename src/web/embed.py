# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes the files of the web layer as C tables: pages, messages, static files.

embed.py pages OUT FOLDER...           the templates of these folders
embed.py messages OUT FOLDER...        their catalogues, where they have any
embed.py assets OUT FILE...

Templates and message keys of all folders share one name space: two of a name end the build. OUT is
written only when it changes, so that a build may look each time without making anything anew.
"""
import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {
    '.css': 'text/css; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.svg': 'image/svg+xml',
}
HASH_CHARS = 16
LINE_BYTES = 96
PARAMETER = re.compile(r'\{ ?([a-z_]+)\}')  # { name}: with a space, but not before Thai
TEMPLATES = ('.html', '.txt', '.css')  # what a page, a text and a document are made of
LANGUAGES = ('th', 'en')  # in the order of enum web_lang
# Thai has no spaces between words: browsers break lines between the words of a dictionary, so also inside
# these compounds. In pages a word joiner (U+2060) stands at the mark; in mail and SMS it would be a letter.
WORD_JOINER = '\u2060'
COMPOUNDS = (
    'ขั้น|ตอน', 'ข้อ|กำหนด', 'ข้อ|ความ', 'ครั้ง|ก่อน', 'ความ|ปลอดภัย', 'ความ|ยินยอม', 'คำ|นำ|หน้า', 'เครือ|ข่าย', 'ชื่อ|ผู้|ใช้',
    'ด้าน|ล่าง', 'ดำเนิน|การ', 'ตรวจ|สอบ', 'ตัว|ตน', 'ต้น|ทาง', 'แป้น|พิมพ์', 'ประจำ|ตัว', 'ผู้|ใช้', 'ผู้|ดูแล', 'ผู้|ใด', 'ผู้|อื่น',
    'ขอ|ให้', 'พื้น|ฐาน', 'มือ|ถือ', 'รหัส|ผ่าน', 'ล่วง|หน้า', 'สัก|ครู่', 'สิ้น|สุด', 'หน่วย|งาน', 'ปาน|กลาง')
KEY = re.compile(r'[A-Za-z0-9_.:/#-]+')


def literal(data):
    """A C string literal of any bytes."""
    out = []
    for at in range(0, len(data), LINE_BYTES):
        line = ''
        for byte in data[at:at + LINE_BYTES]:
            plain = 0x20 <= byte < 0x7f and chr(byte) not in '"\\?'
            line += chr(byte) if plain else f'\\{byte:03o}'
        out.append(f'"{line}"')
    return '\n\t'.join(out) or '""'


def view(data):
    return f'{{.p = {literal(data)}, .n = {len(data)}}}'


def table(kind, name, rows):
    body = ''.join(f'{row},\n' for row in rows)
    return (f'#include "web/embedded.h"\n\nconst struct {kind} {name}[] = {{\n{body}}};\n'
            f'const size_t {name}_n = sizeof({name}) / sizeof({name}[0]);\n')


def pages(folders):
    found = {}
    for f in sorted(f for folder in folders for f in folder.iterdir()
                    if f.suffix in TEMPLATES):
        if f.name in found:
            sys.exit(f'{f}: {found[f.name]} has this name already')
        found[f.name] = f
    rows = [f'{{.name = "{name}", .text = {view(found[name].read_bytes())}}}'
            for name in sorted(found)]
    return table('tmpl_source', 'web_sources', rows)


def read_catalogue(path):
    """Key -> text of a catalogue; a mistake ends the build with file:line."""
    found = {}
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        key, equals, text = line.partition(' = ')
        if not equals or not KEY.fullmatch(key) or not text.strip():
            sys.exit(f'{path}:{number}: a line is "key = text"')
        if key in found:
            sys.exit(f'{path}:{number}: {key} stands here twice')
        if re.search(r'[<{}]', PARAMETER.sub('', text)):
            sys.exit(f'{path}:{number}: a message holds no markup and no half parameter')
        found[key] = text.strip()
    return found


def check_same(paths, catalogues):
    """Every language has the same keys with the same parameters."""
    first = catalogues[0]
    for path, other in zip(paths[1:], catalogues[1:]):
        for key in sorted(first.keys() ^ other.keys()):
            sys.exit(f'{paths[0] if key in other else path}: {key} is missing')
        for key, text in first.items():
            if set(PARAMETER.findall(text)) != set(PARAMETER.findall(other[key])):
                sys.exit(f'{path}: {key} has other parameters than in {paths[0].name}')


def joined(text):
    """The text as pages have it: no line is broken inside a compound."""
    for compound in COMPOUNDS:
        text = text.replace(compound.replace('|', ''), compound.replace('|', WORD_JOINER))
    return text


def messages(folders):
    all_keys, rows = {}, []
    for folder in folders:
        files = [folder / f'{language}.cat' for language in LANGUAGES]
        if not any(f.exists() for f in files):
            continue
        for f in files:
            if not f.exists():
                sys.exit(f'{f}: is missing')
        catalogues = [read_catalogue(f) for f in files]
        check_same(files, catalogues)
        for key in catalogues[0]:
            if key in all_keys:
                sys.exit(f'{files[0]}: {key} stands in {all_keys[key]} already')
            all_keys[key] = files[0]
            texts = ', '.join(view(c[key].encode()) for c in catalogues)
            shown = ', '.join(view(joined(c[key]).encode()) for c in catalogues)
            rows.append((key.encode(), f'{{.key = {view(key.encode())},\n'
                         f'\t.text = {{{texts}}},\n\t.page = {{{shown}}}}}'))
    return table('web_message', 'web_messages', [row for _, row in sorted(rows)])


def assets(files):
    rows = []
    for f in sorted(files, key=lambda f: f.name):
        data = f.read_bytes()
        packed = gzip.compress(data, 9, mtime=0)
        packed = packed if len(packed) < len(data) else b''
        digest = hashlib.sha256(data).hexdigest()[:HASH_CHARS]
        rows.append(f'{{.path = "/static/{digest}/{f.name}", .content_type = "{TYPES[f.suffix]}",\n'
                    f'\t.body = {view(data)},\n\t.gzip = {view(packed)}}}')
    return table('web_asset', 'web_asset_table', rows)


def main():
    kind, out, *files = sys.argv[1:]
    make = {'pages': pages, 'messages': messages, 'assets': assets}[kind]
    text = '/* Made by src/web/embed.py. */\n' + make([pathlib.Path(f) for f in files])
    path = pathlib.Path(out)
    if not path.exists() or path.read_text(encoding='utf-8') != text:
        path.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
