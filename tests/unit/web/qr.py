# SPDX-License-Identifier: AGPL-3.0-or-later
"""Draws what qr.c prints and reads it back with zbar, as a phone would."""
import re
import subprocess
import sys

import zbar

SCALE, QUIET = 6, 4
TEXTS = [
    'https://sso.example.go.th/qr/3f6b0c1d9e',
    '1',
    'com.nexusgroup.plugout:///?url=https%3A%2F%2Fhermod.example%3A20400&token=' + 'aZ9-' * 40,
    'https://sso.example.go.th/?' + 'x' * 570,
]
RUN = re.compile(r'M(\d+) (\d+)h(\d+)v1h-(\d+)z')


def draw(size, path):
    """Grey bytes of the picture: the quiet zone round it, dark modules black."""
    side = (size + 2 * QUIET) * SCALE
    picture = bytearray(b'\xff' * side * side)
    for x, y, run, back in RUN.findall(path):
        assert run == back
        left, width = (int(x) + QUIET) * SCALE, int(run) * SCALE
        for row in range((int(y) + QUIET) * SCALE, (int(y) + QUIET + 1) * SCALE):
            picture[row * side + left:row * side + left + width] = b'\0' * width
    return side, bytes(picture)


def decode(side, picture):
    scanner = zbar.ImageScanner()
    scanner.parse_config('disable')
    scanner.parse_config('qrcode.enable')
    image = zbar.Image(side, side, 'Y800', picture)
    scanner.scan(image)
    return [symbol.data for symbol in image]


def main():
    print(f'1..{len(TEXTS)}')
    failed = False
    for number, text in enumerate(TEXTS, 1):
        line = subprocess.run([sys.argv[1], '--print', text], capture_output=True, text=True,
                              check=True).stdout
        size, path = line.strip().split(' ', 1)
        assert RUN.sub('', path) == ''
        read = decode(*draw(int(size), path))
        good = read == [text]
        failed = failed or not good
        print(f'{"ok" if good else "not ok"} {number} - {len(text)} bytes in {size} modules')
        if not good:
            print(f'# read {read}')
    sys.exit(failed)


if __name__ == '__main__':
    main()
