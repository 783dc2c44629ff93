"""Text to index terms, the same at build and at query time; only user of Stemmer.

A term is a casefolded, accent-folded word, stemmed when it is a plain Latin word. Scripts that
do not put spaces between words (Chinese, Japanese, Thai, ...) and Korean become overlapping
pairs of characters, the field's usual choice when no dictionary is at hand.

An identifier of letters and digits is a term, and so is each of its parts.

Vowel signs belong to their word (Devanagari, Tamil, ...); the optional vowel points of Arabic
and Hebrew, which most writers leave out, are dropped like accents.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator

import Stemmer

ANALYSER_VERSION = "auctor-3/english"

MAX_TERM_CHARS = 64
"""Longer runs are base64, hashes and the like: they are cut here so that they still match."""

MIN_SENTENCE_WORDS = 4
ACRONYMS = frozenset(("WHO", "IT", "US"))

MAX_IDENTIFIER_PARTS = 6
"""More parts than this make a hash, not a name: "h1n1" has four."""

# Thai, Lao, Myanmar, Hangul, Khmer, kana, bopomofo, Han.
_UNSPACED_BLOCKS = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x3005, 0x3007)),
    *((0x3040, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
    *((0xF900, 0xFAFF), (0x20000, 0x323AF)),
)
_MARK_BLOCKS = ((0x0300, 0x1DFF), (0x20D0, 0x20FF), (0xA000, 0xFE2F), (0x10000, 0x11FFF))


def _codes(blocks: Iterable[tuple[int, int]], categories: str) -> Iterator[int]:
    """Code points of some blocks whose general category begins with one of some letters."""
    for first, last in blocks:
        for code in range(first, last + 1):
            if unicodedata.category(chr(code))[0] in categories:
                yield code


def _character_class(codes: Iterable[int]) -> str:
    """The inside of a regular expression's brackets, as ranges."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


_UNSPACED = _character_class(_codes(_UNSPACED_BLOCKS, "LMN"))
_MARKS = _character_class(_codes(_MARK_BLOCKS, "M"))
_WORD = rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*"
_TOKEN = re.compile(
    r"[cC]\+\+|[cCfF]#"  # languages whose names are lost without their sign
    r"|\d+(?:[.,]\d+)+"  # 3.11 and 1,000 are one term each
    rf"|[{_UNSPACED}]+"
    rf"|{_WORD}(?:['’]{_WORD})?"
)
_LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d]+")
_UNSPACED_START = re.compile(rf"[{_UNSPACED}]")
# Accents, the points of Hebrew and Arabic, Arabic's stretching mark, and the invisible joiner.
_FOLDED = re.compile(
    r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u064b-\u065f\u0670\u0640\u200d]"
)

FUNCTION_WORDS = frozenset(
    """
    a about above after again against all also although am an and any are aren't as at be because
    been before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each either et etc ever every few for from further had hadn't
    has hasn't have haven't having he her here hers herself him himself his how however i if in
    into is isn't it it's its itself just let's may me might more most much must my myself neither
    no nor not of off on once only or other ought our ours ourselves out over own per please
    same shall she should shouldn't so some such tell than that the their theirs them themselves
    then there these they this those though through thus to too under until up upon us very via
    was wasn't we were weren't what when where whether which while who whom whose why will with
    within without won't would wouldn't yet you your yours yourself yourselves
    """.split()
)

_local = threading.local()


def terms(text: str) -> list[str]:
    """The terms of `text` in reading order, function words included.

    Args:
        text: any Unicode text.

    Returns:
        Terms without whitespace in them, each at most `MAX_TERM_CHARS` characters.
    """
    return _stem(_TOKEN.findall(_fold(text).casefold()))


def query_terms(text: str) -> list[str]:
    """The terms of a query in order, function words left out unless nothing else is there.

    A function word in capitals ("WHO", "IT", "US") is a name and stays. Where the whole query is in
    capitals, only those three are taken for names, and not in a sentence.
    """
    words = _TOKEN.findall(_fold(text))
    shouting = text.upper() == text
    # Four words in capitals are a sentence; fewer may be names ("WHO ICD-11", "US GDP").
    names = frozenset[str]() if len(words) >= MIN_SENTENCE_WORDS else ACRONYMS
    content = [
        word
        for word in words
        if word.casefold().replace("’", "'") not in FUNCTION_WORDS
        or (word in names if shouting else len(word) > 1 and word.isupper())
    ]
    return _stem([word.casefold() for word in content or words])


def _fold(text: str) -> str:
    """Compatibility forms (ligatures, full width) and accents folded, case kept."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _FOLDED.sub("", unicodedata.normalize("NFKD", text)))


def _stem(tokens: list[str]) -> list[str]:
    """Casefolded tokens as terms."""
    words: list[str] = []
    for token in tokens:
        if not token.isascii() and _UNSPACED_START.match(token):
            words.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        elif token.isalnum():
            words.append(token[:MAX_TERM_CHARS])
            words.extend(_letters_and_digits(token))
        else:
            words.append(_join_parts(token)[:MAX_TERM_CHARS])
    return list(_stemmer().stemWords(words))


def _letters_and_digits(token: str) -> list[str]:
    """The parts of an identifier: "il6" is also il and 6, so that it meets "IL-6" and "IL 6".

    Longer mixtures are hashes and the like, whose parts mean nothing.
    """
    if token.isalpha() or token.isdecimal():
        return []
    parts = _LETTERS_OR_DIGITS.findall(token)
    if not 1 < len(parts) <= MAX_IDENTIFIER_PARTS:
        return []
    return [part[:MAX_TERM_CHARS] for part in parts]


def _join_parts(token: str) -> str:
    """A token with a sign in it: "dog's" is dog, "don't" is dont, "1,000" is 1000."""
    word, _, suffix = token.replace("’", "'").partition("'")
    return (word if suffix == "s" else word + suffix).replace(",", "")


def _stemmer() -> Stemmer.Stemmer:
    """Porter2, one per thread: the stemmer keeps a cache and must not be shared."""
    stemmer: Stemmer.Stemmer | None = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return stemmer
