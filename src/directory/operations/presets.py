# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes the templates of the library presets as a C table: presets.py OUT FILE..."""
import pathlib
import sys


def literal(data):
    """C string literals of one line of the template each."""
    def escaped(byte):
        plain = 0x20 <= byte < 0x7f and chr(byte) not in '"\\?'
        return chr(byte) if plain else f'\\{byte:03o}'
    return '\n\t'.join('"' + ''.join(map(escaped, line)) + '"' for line in data.splitlines(True))


def main():
    out, *files = sys.argv[1:]
    rows = ''.join(f'{{"{path.stem}",\n\t{literal(path.read_bytes())}}},\n'
                   for path in sorted(map(pathlib.Path, files)))
    pathlib.Path(out).write_text(
        '/* Made by src/directory/operations/presets.py. */\n'
        '#include "directory/operations/client_preset.h"\n\n#include <stddef.h>\n\n'
        f'const struct client_preset_template client_preset_templates[] = {{\n{rows}{{NULL, NULL}},\n}};\n',
        encoding='utf-8')


main()
