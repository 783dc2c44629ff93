"""Spellings of a text that readers take for one, folded into one.

Folded are compatibility forms (ligatures, full width), accents, vowel points that most writers
leave out, letters that differ between neighbouring languages (Arabic, Persian and Urdu share a
script and not its code points), digits of other scripts. Kept apart is what makes another word:
the Cyrillic letters й, ї and ў, the voicing marks of kana, vowel signs.

A German ä meets a, not ae, and a Danish å meets a, not aa: folding "ae" as well would need to
know the language, and a query is too short for that.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_MARK_BLOCKS = ((0x0300, 0x1DFF), (0x20D0, 0x20FF), (0xA000, 0xFE2F), (0x10000, 0x11FFF))
_MAX_MARKS = 30
"""Marks in a row that mean something; sorting long runs takes quadratic time."""
_SHORT_CHARS = 4_000
"""Up to here, even that is no time."""


def codes(blocks: Iterable[tuple[int, int]], categories: str) -> Iterator[int]:
    """Code points of some blocks whose general category begins with one of some letters."""
    for first, last in blocks:
        for code in range(first, last + 1):
            if unicodedata.category(chr(code))[0] in categories:
                yield code


def character_class(code_points: Iterable[int]) -> str:
    """The inside of a regular expression's brackets, as ranges."""
    ranges: list[list[int]] = []
    for code in code_points:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


MARKS = character_class(codes(_MARK_BLOCKS, "M"))
"""Combining marks of all scripts, for a regular expression's brackets."""

_LONG_RUN = re.compile(rf"([{MARKS}]{{{_MAX_MARKS}}})[{MARKS}]+")

# What a power or a fraction would turn a number into: 10² is no 102, 1½ no 11.
_RAISED = re.compile(r"(?<=\d)(?=[²³¹⁰⁴-⁹⁺⁻¼-¾⅐-⅟])")

# Accents but the breve and the two dots, which make other letters of и, у and і; the points of
# Hebrew and Arabic, Arabic's hamza seats and stretching mark; Devanagari's dot for foreign
# sounds; the invisible joiner.
_DROPPED = re.compile(
    "[\u0300-\u0305\u0307\u0309-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0640\u093c\u200d]"
)
_DROPPED_ELSEWHERE = {
    "\u0306": re.compile("(?<![ИиУу])\u0306"),
    "\u0308": re.compile("(?<![Іі])\u0308"),
    "\u200c": re.compile("(?<=[\u0900-\u0dff])\u200c"),  # Persian has a use for it
}

# From and to. Letters without a decomposition; Persian and Urdu letters as Arabic writes them, and
# ya as it is often written; Arabic signs in numbers; the two nasal signs of Hindi, which writers
# choose between freely.
_LETTERS = """
    ø o  Ø O  ł l  Ł L  đ d  Đ D  ð d  Ð D  ħ h  Ħ H  ı i  æ ae  Æ AE  œ oe  Œ OE  þ th  Þ TH
    ʼ '  ʹ '
    ی ي  ى ي  ې ي  ے ي  ک ك  ڪ ك  ہ ه  ھ ه  ۀ ه  ە ه  ۃ ة
    ٬ ,  ٫ .
    ँ ं
""".split()
_DIGITS = {
    chr(code): str(unicodedata.decimal(chr(code)))
    for code in range(0x80, 0x10000)
    if chr(code).isdecimal()
}
_FOLDED_LETTERS = dict(zip(_LETTERS[::2], _LETTERS[1::2], strict=True)) | _DIGITS
_LETTER = re.compile(f"[{character_class(sorted(map(ord, _FOLDED_LETTERS)))}]")


def fold(text: str) -> str:
    """`text` in one spelling, case kept.

    NFC and NFD of a text fold alike. Takes linear time, also where marks are piled up.
    """
    if text.isascii():
        return text
    if len(text) > _SHORT_CHARS:
        text = _LONG_RUN.sub(r"\1", text)
    # Digits first: what stands raised behind one must be told from it before it is one.
    text = unicodedata.normalize("NFKD", _RAISED.sub(" ", text))
    text = _DROPPED.sub("", text)
    for mark, pattern in _DROPPED_ELSEWHERE.items():
        if mark in text:
            text = pattern.sub("", text)
    return unicodedata.normalize("NFC", _LETTER.sub(_folded_letter, text))


def _folded_letter(letter: re.Match[str]) -> str:
    return _FOLDED_LETTERS[letter[0]]
