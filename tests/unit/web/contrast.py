# SPDX-License-Identifier: AGPL-3.0-or-later
"""Contrast of the theme's colours (WCAG 2.2, 1.4.3 and 1.4.11), and that only named ones are used.
"""
import pathlib
import re
import sys

THEME = pathlib.Path(sys.argv[1]) / 'src' / 'web' / 'static' / 'theme.css'
TEXT, PART = 4.5, 3.0
STRONG = 7.0

# What stands on what in theme.css: foreground, background, ratio demanded.
PAIRS = [
    ('ink', 'paper', STRONG), ('ink', 'ground', STRONG), ('ink', 'tint', STRONG),
    ('ink', 'warm', STRONG), ('ink', '#fbecec', STRONG), ('red', '#fbecec', PART),
    ('muted', 'paper', TEXT), ('muted', 'ground', TEXT), ('muted', '#e4eaf4', TEXT),
    ('muted', 'tint', TEXT),
    ('navy', 'paper', STRONG), ('navy', 'ground', STRONG), ('navy', 'gold', TEXT),
    ('navy', 'tint', TEXT),
    ('#fff', 'navy', STRONG), ('#dbe5f5', 'navy', TEXT), ('gold', 'navy', PART),
    ('#fff', 'blue', TEXT), ('#fff', 'blue-dark', TEXT), ('#fff', 'red', TEXT),
    ('blue', 'paper', TEXT), ('blue', 'ground', TEXT), ('blue', '#e4eaf4', TEXT),
    ('blue-dark', 'tint', TEXT),
    ('gold-dark', 'paper', TEXT), ('gold-dark', 'ground', TEXT),
    ('red', 'paper', TEXT), ('red', 'ground', TEXT),
    ('green', 'paper', TEXT), ('green', '#e7f4ec', TEXT),
    # Borders and focus rings of fields, on what they stand on (1.4.11).
    ('gold-dark', 'warm', PART), ('gold-dark', '#fbecec', PART), ('edge', 'warm', PART),
    ('red', 'warm', PART), ('navy', 'warm', STRONG), ('blue', 'warm', TEXT),
    ('edge', 'paper', PART), ('edge', 'ground', PART), ('gold-dark', 'tint', PART),
]


def luminance(color):
    digits = color.lstrip('#')
    if len(digits) == 3:
        digits = ''.join(d * 2 for d in digits)
    linear = []
    for at in (0, 2, 4):
        c = int(digits[at:at + 2], 16) / 255
        linear.append(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def main():
    css = THEME.read_text(encoding='utf-8')
    named = dict(re.findall(r'--pratu-([\w-]+):\s*(#[0-9a-f]+);', css))
    results = [('black on white is 21', round(contrast('#000', '#fff'), 2) == 21)]
    for front, back, least in PAIRS:
        ratio = contrast(named.get(front, front), named.get(back, back))
        results.append((f'{front} on {back}: {ratio:.1f}, at least {least}', ratio >= least))

    colored = {name for pair in PAIRS for name in pair[:2]} | {'line'}
    loose = set(re.findall(r'(#[0-9a-f]{3,6})\b', css)) - set(named.values())
    unpaired = (set(named) | loose) - colored - {'#ffffff', '#000'}
    results.append((f'every colour of the theme is measured {sorted(unpaired)}', not unpaired))

    print(f'1..{len(results)}')
    for number, (name, good) in enumerate(results, 1):
        print(f'{"ok" if good else "not ok"} {number} - {name}')
    sys.exit(not all(good for _, good in results))


if __name__ == '__main__':
    main()
