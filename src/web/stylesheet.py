# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the one style sheet of the pages: the rules of Bootstrap that the pages use, then ours.

stylesheet.py OUT BOOTSTRAP.min.css THEME.css FILE|FOLDER...

Bootstrap is 195 KB, of which a login page uses a twentieth; old phones parse all of it before they
paint. A rule stays when every class in its selector stands as a word in one of the FILEs
(templates and scripts; of a FOLDER all templates), so a page that starts to use a class gets its
rules with the next build. OUT is written only when it changes.
"""
import pathlib
import re
import sys

CLASS = re.compile(r'\.(-?[A-Za-z_][\w-]*)')
WORD = re.compile(r'-?[A-Za-z_][\w-]*')
ELEMENT = re.compile(r'(?:^|[\s>+~(,])([a-z][a-z0-9]*)')
COMMENT = re.compile(r'/\*.*?\*/', re.S)
ELEMENTS_KEPT = {'html', 'body', 'root'}


def blocks(css):
    """Top-level (prelude, body) pairs; body is None for a statement such as @charset."""
    at = 0
    while at < len(css):
        brace, semicolon = css.find('{', at), css.find(';', at)
        if brace < 0:
            return
        if 0 <= semicolon < brace:
            yield css[at:semicolon].strip(), None
            at = semicolon + 1
            continue
        depth, end = 1, brace + 1
        while depth:
            depth += {'{': 1, '}': -1}.get(css[end], 0)
            end += 1
        yield css[at:brace].strip(), css[brace + 1:end - 1]
        at = end


def split_selectors(prelude):
    """Selectors of a rule, at commas outside parentheses."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(prelude):
        depth += {'(': 1, ')': -1}.get(char, 0)
        if char == ',' and not depth:
            parts.append(prelude[start:at])
            start = at + 1
    return parts + [prelude[start:]]


def used(selector, words):
    bare = re.sub(r'\[[^\]]*\]', '', re.sub(r':not\([^)]*\)', '', selector))
    elements = set(ELEMENT.findall(re.sub(r'::?[\w-]+(\([^)]*\))?', '', bare))) - ELEMENTS_KEPT
    return all(c in words for c in CLASS.findall(bare)) and elements <= words


def keep(css, words):
    """The rules that can match something, as text; and the animations they name."""
    out = []
    for prelude, body in blocks(css):
        if body is None or prelude.startswith('@font-face'):
            continue
        if prelude.startswith(('@media', '@supports')):
            inner = keep(body, words)
            if inner:
                out.append(f'{prelude}{{{inner}}}')
            continue
        if prelude.startswith('@'):
            continue
        selectors = [s for s in split_selectors(prelude) if used(s, words)]
        if selectors:
            out.append(f'{",".join(selectors)}{{{body}}}')
    return '\n'.join(out)


def shrink(css):
    css = COMMENT.sub('', css)
    css = re.sub(r'\s+', ' ', css)
    return re.sub(r'\s*([{};,])\s*', r'\1', css).replace(';}', '}').strip()


def main():
    out, bootstrap, theme, *files = sys.argv[1:]
    words = set()
    for name in map(pathlib.Path, files):
        for path in sorted(name.glob('*.html')) if name.is_dir() else [name]:
            words |= set(WORD.findall(path.read_text(encoding='utf-8')))
    framework = COMMENT.sub('', pathlib.Path(bootstrap).read_text(encoding='utf-8'))
    ours = pathlib.Path(theme).read_text(encoding='utf-8')
    head = '/* Bootstrap 5, MIT licence, (c) The Bootstrap Authors, the rules these pages use. */\n'
    text, path = f'{head}{keep(framework, words)}\n{shrink(ours)}\n', pathlib.Path(out)
    if not path.exists() or path.read_text(encoding='utf-8') != text:
        path.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
