r"""Text with TeX in it as people read it: accents become letters, formulas stay as they are."""

import re
import unicodedata

_COMBINING = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ",
    "OE": "Œ", "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ", "dj": "đ", "DJ": "Đ", "textendash": "–", "textemdash": "—", "textquoteright": "’",
    "textquoteleft": "‘",
}  # fmt: skip
_BASE = r"(?:\{\s*(?P<b1>\\[ij]|[^\W\d_])\s*\}|(?P<b2>\\[ij](?![a-zA-Z])\s?|[^\W\d_]))"
_ACCENT = re.compile(
    r"\{?(?:\\(?P<sign>['`^\"~=.])\s*|\\(?P<name>[uvHckrdb])(?:\s+|(?=\{)))" + _BASE + r"\}?"
)
_LETTER = re.compile(
    r"\{?\\("
    + "|".join(sorted(_LETTERS, key=len, reverse=True))
    + r")(?![a-zA-Z])(?:\{\}|\s+(?=\w)|)\}?"
)
_MATH = re.compile(r"(?<!\\)(\${1,2}[^$]{1,4000}?\${1,2})")
_WRAPPED = re.compile(
    r"\\(?:emph|textit|textbf|texttt|textsc|textrm|text|mbox|underline)\{([^{}]*)\}"
)
_ESCAPED = re.compile(r"\\([%&#_{}])")
_FONT = re.compile(r"\{\\(?:it|bf|em|rm|sc|tt|sl)\s+([^{}$]*)\}")
_GROUP = re.compile(r"(?<![A-Za-z_^}\\])\{([^{}\\$]{1,80})\}")
_SPACE = re.compile(r"(?<!\\)~")


def read_tex(text: str) -> str:
    r"""A text of TeX: `Bal\'azs` becomes Balázs; what stands between dollar signs is kept."""
    if "\\" not in text and "~" not in text and "{" not in text:
        return text
    parts = _MATH.split(text)
    parts[::2] = [_read_plain(part) for part in parts[::2]]
    return "".join(parts)


def _read_plain(text: str) -> str:
    text = _ACCENT.sub(_accented, text)
    text = _LETTER.sub(lambda match: _LETTERS[match[1]], text)
    text = _WRAPPED.sub(r"\1", text)
    text = _FONT.sub(r"\1", text)
    text = _GROUP.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", _SPACE.sub(" ", text))


def _accented(match: re.Match[str]) -> str:
    base = (match["b1"] or match["b2"]).strip()
    base = base.removeprefix("\\") if base.startswith("\\") else base
    return unicodedata.normalize("NFC", base + _COMBINING[match["sign"] or match["name"]])
