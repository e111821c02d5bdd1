# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes of modules.list what the build needs. A module is a folder below src/ and its line there.

modules.py folders LIST              the folders, one a line, in the order of the list
modules.py table LIST OUT            modules.c: the array of all modules (core/module.h)
modules.py rows LIST NAME OUT        a .def file that includes NAME.def of every folder that has one:
                                     audit_events, log_events, metrics, errors

The descriptor of the module in folder a/b is `const struct module module_b`.
"""
import pathlib
import re
import sys

FOLDER = re.compile(r'[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*')
HEAD = '/* Made by src/modules.py. */\n'


def folders(path):
    """The folders of the list; a line that cannot be one ends the build with file:line."""
    found = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        folder = line.partition('#')[0].strip()
        if not folder:
            continue
        if not FOLDER.fullmatch(folder):
            sys.exit(f'{path}:{number}: "{folder}" is no folder below src')
        if not (path.parent / folder).is_dir():
            sys.exit(f'{path}:{number}: there is no folder src/{folder}')
        if name_of(folder) in map(name_of, found):
            sys.exit(f'{path}:{number}: there are two modules {name_of(folder)}')
        found.append(folder)
    return found


def name_of(folder):
    return folder.rpartition('/')[2]


def table(path):
    names = [name_of(folder) for folder in folders(path)]
    lines = ['#include "core/module.h"', '', '#include <stddef.h>', '']
    lines += [f'extern const struct module module_{name};' for name in names]
    lines += ['', 'const struct module *const all_modules[] = {']
    lines += [f'\t&module_{name},' for name in names]
    return '\n'.join(lines + ['\tNULL,', '};', ''])


def rows(path, name):
    lines = []
    for folder in folders(path):
        if (path.parent / folder / f'{name}.def').is_file():
            lines.append(f'#include "{folder}/{name}.def"')
    return '\n'.join(lines + [''])


def main():
    kind, path, *rest = sys.argv[1:]
    path = pathlib.Path(path)
    if kind == 'folders':
        print('\n'.join(folders(path)))
        return
    text = table(path) if kind == 'table' else rows(path, rest[0])
    out = pathlib.Path(rest[-1])
    out.write_text(HEAD + text, encoding='utf-8')


if __name__ == '__main__':
    main()
