"""Bytes of a page to text, as browsers choose the encoding; never fails."""

import codecs
import re

import charset_normalizer

_META_BYTES = 4096
_SAMPLE_BYTES = 16 * 1024
_TOLERATED_REPLACEMENTS = 0.1
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta[^>]{0,512}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{1,40})", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,256}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{1,40})", re.I)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")

# WHATWG: the label names the superset that pages really use. Keys are Python's codec names.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "euc_jis_2004": "euc_jp",
    "euc_jisx0213": "euc_jp",
    "shift_jis_2004": "cp932",
    "shift_jisx0213": "cp932",
    "utf-16": "utf-16-le",
}
_ALLOWED = frozenset(
    "utf-8 utf-16-le utf-16-be ibm866 cp866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 "
    "iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u "
    "mac-roman mac-cyrillic cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 "
    "cp1258 gb18030 big5hkscs euc_jp iso2022_jp cp932 cp949".split()
)
_LATIN = frozenset(
    "cp1250 cp1254 cp1257 iso8859-2 iso8859-3 iso8859-4 iso8859-10 iso8859-13 iso8859-14 "
    "iso8859-15 iso8859-16 mac-roman".split()
)
# Letters of Central Europe that would be symbols in cp1252.
_SYMBOL_IN_WORD = re.compile(rb"[A-Za-z][\xa1-\xac\xae-\xb6\xb8-\xbf][a-z]")

# Labels that browsers know and Python does not.
_LABELS = {
    "unicode-1-1-utf-8": "utf-8",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "x-x-big5": "big5hkscs",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic",
    "iso-8859-8-i": "iso8859-8",
    "iso88591": "cp1252",
    "gb_2312-80": "gb18030",
    "csgb2312": "gb18030",
    "cn-big5": "big5hkscs",
    "dos-874": "cp874",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "windows-31j": "cp932",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "logical": "iso8859-8",
    "visual": "iso8859-8",
}


def codec_of(label: str) -> str | None:
    """Python codec for a charset label as WHATWG reads it; None for one that browsers refuse."""
    label = label.strip().strip("\"'").lower()
    if label in _LABELS:
        return _LABELS[label]
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if name in _ALLOWED else None


def decode(payload: bytes, declared: str | None) -> str:
    """Text of a page.

    A byte order mark decides, as in browsers; then the declarations in the order HTTP header,
    `<meta>` or XML declaration; UTF-8 is tried before a Latin-1 that the first of them claims. The
    first under which the bytes are valid wins. If there is none, the first declaration is kept
    while it garbles little; else the encoding is detected.

    Args:
        payload: the page after transfer and content decoding.
        declared: the charset of the HTTP header; None without one.
    """
    for mark, codec in _BOMS:
        if payload.startswith(mark):
            return payload[len(mark) :].decode(codec, "replace")
    candidates = [
        codec
        for codec in (codec_of(declared) if declared else None, _declared_inside(payload))
        if codec
    ]
    # Servers claim Latin-1 unasked, and hardly any text in it is valid UTF-8 by chance.
    unasked = ["utf-8"] if candidates[:1] == ["cp1252"] and _NOT_ASCII.search(payload) else []
    for codec in [*unasked, *candidates] or ["utf-8"]:
        try:
            # An incremental decoder forgives a last character that was cut off.
            return codecs.getincrementaldecoder(codec)().decode(payload)
        except UnicodeDecodeError:
            continue
    if candidates:
        text = payload.decode(candidates[0], "replace")
        # Markup is ASCII in any encoding, so only the rest tells how much is garbled.
        others = len(text) - len(text.encode("ascii", "ignore"))
        if text.count("\ufffd") <= _TOLERATED_REPLACEMENTS * others:
            return text
    return payload.decode(_detect(payload), "replace")


def _declared_inside(payload: bytes) -> str | None:
    head = payload[:_META_BYTES]
    match = _XML.search(head) or _META.search(head)
    codec = codec_of(match[1].decode("ascii")) if match else None
    # Were it UTF-16, these ASCII bytes could not have been found.
    return "utf-8" if codec in ("utf-16-le", "utf-16-be") else codec


def _detect(payload: bytes) -> str:
    """Guess from a sample around the first byte that is not ASCII."""
    first = _NOT_ASCII.search(payload)
    start = max(0, first.start() - 1024) if first else 0
    sample = payload[start : start + _SAMPLE_BYTES]
    # No multi-byte encoding uses these bytes inside a character: a safe place to cut.
    cut = max(sample.rfind(b" "), sample.rfind(b"\n"), sample.rfind(b"<"))
    sample = sample[:cut] if cut > 0 else sample
    best = charset_normalizer.from_bytes(sample).best()
    codec = codec_of(best.encoding) if best else None
    # Detectors cannot tell Latin alphabets apart; pages that say nothing are mostly Western.
    if codec is None or (codec in _LATIN and not _SYMBOL_IN_WORD.search(sample)):
        return "cp1252"
    return codec
