"""Text to index terms, the same at build and at query time; only user of Stemmer.

A term is a casefolded, accent-folded word, stemmed when it is a plain Latin word. Scripts that
do not put spaces between words (Chinese, Japanese, Thai, ...) and Korean become overlapping
pairs of characters, the field's usual choice when no dictionary is at hand.
"""

import re
import threading
import unicodedata

import Stemmer

ANALYSER_VERSION = "auctor-1/english"

MAX_TERM_CHARS = 64
"""Longer runs are base64, hashes and the like: they are cut here so that they still match."""

# Han, kana, Hangul, Thai, Lao, Khmer, Myanmar.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3040-\u30ff\u3130-\u318f"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(
    r"c\+\+|[cf]#"  # languages whose names are lost without their sign
    r"|\d+(?:[.,]\d+)+"  # 3.11 and 1,000 are one term each
    rf"|[{_UNSPACED}]+"
    rf"|(?:(?![_{_UNSPACED}])\w)+(?:['’](?:(?![_{_UNSPACED}])\w)+)?"
)
_UNSPACED_START = re.compile(rf"[{_UNSPACED}]")
_ACCENT = re.compile(r"[\u0300-\u036f]")

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

    A function word in capitals inside a query that is not all capitals ("WHO", "IT", "US") is a
    name and stays.
    """
    shouting = text.upper() == text
    words = _TOKEN.findall(_fold(text))
    content = [
        word
        for word in words
        if word.casefold().replace("’", "'") not in FUNCTION_WORDS
        or (not shouting and len(word) > 1 and word.isupper())
    ]
    return _stem([word.casefold() for word in content or words])


def _fold(text: str) -> str:
    """Compatibility forms (ligatures, full width) and accents folded, case kept."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))


def _stem(tokens: list[str]) -> list[str]:
    """Casefolded tokens as terms."""
    words: list[str] = []
    for token in tokens:
        if not token.isascii() and _UNSPACED_START.match(token):
            words.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        elif token.isalnum():
            words.append(token[:MAX_TERM_CHARS])
        else:
            words.append(_join_parts(token)[:MAX_TERM_CHARS])
    return list(_stemmer().stemWords(words))


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
