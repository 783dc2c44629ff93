"""Text to index terms, the same at build and at query time; only user of Stemmer.

A term is a folded, casefolded word, cut to its stem: by the English stemmer in Latin letters, by
the Russian, Arabic, Greek and Hindi ones in theirs. The script decides and not the language,
because a query is too short to know its language, and a word must be cut alike at both sides.
Chinese, Japanese and Korean go through `indexer.segment`.

An identifier of letters and digits is a term, and so is each of its parts.
"""

import re
import threading

import Stemmer

from indexer.fold import MARKS, fold
from indexer.function_words import ENGLISH, FOREIGN, MIN_FOREIGN, OWN_SCRIPT
from indexer.segment import (
    HAN_AND_KANA,
    HANGUL,
    SEGMENTER_VERSION,
    SYLLABIC,
    han_and_kana_words,
    han_characters,
    is_japanese,
    korean_pairs,
    korean_words,
    syllable_pairs,
)

ANALYSER_VERSION = f"auctor-4/{SEGMENTER_VERSION}"
"""To be raised with everything that changes a term."""

MAX_TERM_CHARS = 64
"""Longer runs are base64, hashes and the like: they are cut here so that they still match."""

MIN_SENTENCE_WORDS = 4
ACRONYMS = frozenset(("WHO", "IT", "US"))

MAX_IDENTIFIER_PARTS = 6
"""More parts than this make a hash, not a name: "h1n1" has four."""

_UNSPACED = HAN_AND_KANA + HANGUL + SYLLABIC
# Vowel signs belong to their word (Devanagari, Tamil, ...).
_WORD = rf"[^\W_{_UNSPACED}]+(?:[{MARKS}]+[^\W_{_UNSPACED}]*)*"
_SIGNS = (
    r"[cC]\+\+|[cCfF]#"  # languages whose names are lost without their sign
    r"|\d+(?:[.,]\d+)+"  # 3.11 and 1,000 are one term each
)
_TOKEN = re.compile(
    rf"{_SIGNS}|{_WORD}(?:['’]{_WORD})?|[{HAN_AND_KANA}]+|[{HANGUL}]+|[{SYLLABIC}]+"
)
_ASCII_TOKEN = re.compile(rf"{_SIGNS}|[A-Za-z0-9]+(?:'[A-Za-z0-9]+)?", re.ASCII)
_LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d]+")
_KIND = re.compile(
    rf"(?P<han>[{HAN_AND_KANA}])|(?P<hangul>[{HANGUL}])|(?P<syllabic>[{SYLLABIC}])"
    r"|(?P<russian>[\u0400-\u052f])|(?P<arabic>[\u0600-\u077f])|(?P<greek>[\u0370-\u03ff])"
    r"|(?P<hindi>[\u0900-\u097f])"
)
# Articles, pronouns and prepositions that French and Italian join to a word that begins with a
# vowel or h.
_ELISION = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|quoiqu|(?:d|n|s)?[ae]ll|dell|nell|sull|un|quest)"
    r"'(?=[aeiouyh])"
)

_local = threading.local()


def terms(text: str) -> list[str]:
    """The terms of `text` in reading order, function words included.

    Args:
        text: any Unicode text.

    Returns:
        Terms without whitespace in them, each at most `MAX_TERM_CHARS` characters.
    """
    folded = fold(text)
    return _terms(_tokens(folded.casefold()), folded)


def query_terms(text: str) -> list[str]:
    """The terms of a query in order, function words left out unless nothing else is there.

    A function word in capitals ("WHO", "IT", "US") is a name and stays. Where the whole query is in
    capitals, only those three are taken for names, and not in a sentence.
    """
    folded = fold(text)
    words = _tokens(folded)
    shouting = text.upper() == text
    # Four words in capitals are a sentence; fewer may be names ("WHO ICD-11", "US GDP").
    names = frozenset[str]() if len(words) >= MIN_SENTENCE_WORDS else ACRONYMS
    left_out = _function_words(words)
    content = [
        word
        for word in words
        if _plain(word) not in left_out
        or (word in names if shouting else len(word) > 1 and word.isupper())
    ]
    found = _terms([word.casefold() for word in content], folded, OWN_SCRIPT)
    return found or _terms([word.casefold() for word in words], folded)


def _tokens(folded: str) -> list[str]:
    return (_ASCII_TOKEN if folded.isascii() else _TOKEN).findall(folded)


def _function_words(words: list[str]) -> frozenset[str]:
    """Those that leave a query of these words."""
    plain = {_plain(word) for word in words}
    # What English has too ("in", "an", "me") tells nothing, and an English question may have two
    # words of another language in it ("de novo", the protein La).
    english = plain & ENGLISH
    foreign = [
        each
        for each in FOREIGN
        if len(evidence := (each & plain) - english) >= MIN_FOREIGN
        and len(evidence) > len(english - each)
    ]
    return ENGLISH.union(OWN_SCRIPT, *foreign)


def _plain(word: str) -> str:
    """A word as the lists of function words have it."""
    return _ELISION.sub("", word.casefold().replace("’", "'"), count=1)


def _terms(tokens: list[str], text: str, left_out: frozenset[str] = frozenset()) -> list[str]:
    """Casefolded tokens as terms.

    Args:
        tokens: of `text`.
        text: all of it, folded: whether it is Japanese shows in no single token.
        left_out: words that a segmenter finds and that are no terms.
    """
    words: list[str] = []
    japanese: bool | None = None
    for token in tokens:
        kind = None if token.isascii() else _KIND.match(token)
        if kind is not None:
            if japanese is None:
                japanese = is_japanese(text)
            words.extend(_of_other_script(token, str(kind.lastgroup), japanese, left_out))
        elif token.isalnum():
            words.append(token[:MAX_TERM_CHARS])
            words.extend(_letters_and_digits(token))
        else:
            words.append(_join_parts(token)[:MAX_TERM_CHARS])
    return list(_stemmer("english").stemWords(words))


def _of_other_script(token: str, kind: str, japanese: bool, left_out: frozenset[str]) -> list[str]:
    if kind == "syllabic":
        return [pair[:MAX_TERM_CHARS] for pair in syllable_pairs(token)]
    if kind == "han":
        found, parts = han_and_kana_words(token, japanese), han_characters
    elif kind == "hangul":
        found, parts = korean_words(token), korean_pairs
    else:
        token = _join_parts(token)
        if kind == "arabic" and token.endswith("ه"):
            token = token[:-1] + "ة"  # written for each other, and the stemmer takes this one off
        stem: str = _stemmer(kind).stemWord(token[:MAX_TERM_CHARS])
        return [stem, *(_letters_and_digits(token) if token.isalnum() else ())]
    words: list[str] = []
    for word in found:
        if word and word not in left_out:
            words.append(word[:MAX_TERM_CHARS])
            words.extend(parts(word))
    return words


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
    """A token with a sign in it: "dog's" is dog, "don't" dont, "l'eau" eau, "1,000" is 1000."""
    token = token.replace("’", "'")
    word, _, suffix = token.partition("'")
    if suffix and _ELISION.match(token):
        return suffix
    return (word if suffix == "s" else word + suffix).replace(",", "")


def _stemmer(language: str) -> Stemmer.Stemmer:
    """One per thread and language: a stemmer keeps a cache and must not be shared."""
    stemmers: dict[str, Stemmer.Stemmer] | None = getattr(_local, "stemmers", None)
    if stemmers is None:
        stemmers = _local.stemmers = {}
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(language)
    return stemmers[language]
