"""Makes the two font files of this folder from Noto Sans CJK (Debian package fonts-noto-cjk) with fontTools.

Usage: python3 subset.py /usr/share/fonts/opentype/noto
"""
import os
import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

KOREAN_FACE, SIMPLIFIED_CHINESE_FACE = 1, 2
HERE = os.path.dirname(os.path.abspath(__file__))


def double_byte(codec, leads, trails):
    """The code points of a double-byte character set within the given lead and trail bytes."""
    points = set()
    for lead in leads:
        for trail in trails:
            try:
                points.add(ord(bytes([lead, trail]).decode(codec)))
            except (UnicodeDecodeError, TypeError):
                continue
    return points


def spans(*pairs):
    return {point for first, last in pairs for point in range(first, last + 1)}


LATIN = spans((0x20, 0x7E), (0xA0, 0x17F), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x2C6, 0x2DD), (0x300, 0x32F), (0x1EA0, 0x1EF9))
GREEK_CYRILLIC = spans((0x370, 0x45F))
PUNCTUATION = spans((0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x226F), (0x2460, 0x24FF), (0x25A0, 0x266F))
CJK_SIGNS = spans((0x3000, 0x30FF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
UPPER = range(0xA1, 0xFF)
HAN = (
    double_byte('gb2312', range(0xA1, 0xF8), UPPER)  # both levels
    | double_byte('big5', range(0xA4, 0xC7), [*range(0x40, 0x7F), *UPPER])  # level 1
    | double_byte('euc_jp', range(0xB0, 0xD0), UPPER)  # JIS level 1
)
HANGUL = double_byte('euc_kr', range(0xB0, 0xC9), UPPER)


def make(source, face, points, target):
    font = TTCollection(source).fonts[face]
    font.recalcTimestamp = False
    options = subset.Options()
    options.layout_features = ['kern', 'ccmp', 'mark', 'mkmk']
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14]
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ['vhea', 'vmtx', 'VORG', 'BASE', 'DSIG']
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    font.save(os.path.join(HERE, target))


if __name__ == '__main__':
    folder = sys.argv[1]
    everything = LATIN | GREEK_CYRILLIC | PUNCTUATION | CJK_SIGNS | HAN | HANGUL
    make(f'{folder}/NotoSansCJK-Regular.ttc', SIMPLIFIED_CHINESE_FACE, everything, 'noto-sans-sc.otf')
    # The Korean face sets curly quotes and dashes at Latin width; the Chinese face gives them a full square.
    make(f'{folder}/NotoSansCJK-Bold.ttc', KOREAN_FACE, LATIN | GREEK_CYRILLIC | PUNCTUATION, 'noto-sans-latin-bold.otf')
    make(f'{folder}/NotoSansCJK-Regular.ttc', KOREAN_FACE, LATIN | GREEK_CYRILLIC | PUNCTUATION, 'noto-sans-latin.otf')
