#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes one C file of the static files: embed.py OUT FILE..."""
import os
import sys

TYPES = {'.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
         '.svg': 'image/svg+xml'}


def main():
    out, files = sys.argv[1], sys.argv[2:]
    rows = []
    with open(out, 'w', encoding='ascii') as f:
        f.write('#include "sandbox/common/assets.h"\n')
        for number, path in enumerate(files):
            with open(path, 'rb') as src:
                data = src.read()
            f.write(f'static const unsigned char file{number}[] = {{')
            f.write(','.join(str(byte) for byte in data) + '};\n')
            kind = TYPES[os.path.splitext(path)[1]]
            rows.append(f'{{"{os.path.basename(path)}", "{kind}", file{number}, '
                        f'sizeof(file{number})}},\n')
        f.write('const struct sandbox_asset sandbox_assets[] = {\n' + ''.join(rows) + '};\n')
        f.write('const size_t sandbox_asset_count = '
                'sizeof(sandbox_assets) / sizeof(sandbox_assets[0]);\n')


main()
