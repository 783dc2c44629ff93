"""A text, ready to be laid beside another: its words, and what each may do."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from indexer.decisive import DECISIVE, DECISIVE_CHARACTERS, FREE
from indexer.signature import MIN_WORDS, WORD, plain
from indexer.synonyms import phrases

MAX_CHARS = 1_000_000
"""Longer texts are like no other."""

_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u0964\u061f]")
_CLAUSE_END = re.compile(r"[,;:()\u2013\u2014\u3001\uff0c\uff1b\uff1a\u060c]")
_ELLIPSIS = re.compile(
    r"(?i)(?:\.\.\.|\u2026)[\]) ]*"
    r"(?:\W*\b(?:read|more|continue|reading|mehr|weiterlesen|lire|la|suite|leer|más|leia|mais)\b)*\W*$"
)
_FINAL = re.compile(r"[.!?\u3002\uff01\uff1f\u0964\u061f:;][\"'\u201d\u2019\u00bb)\]]*$")


class Kind(IntEnum):
    """What a word may do where two texts differ, from harmless to decisive."""

    FREE = 0
    CONTENT = 1
    NAME = 2
    DECISIVE = 3


class Border(IntEnum):
    """What stands before a word."""

    NONE = 0
    CLAUSE = 1
    SENTENCE = 2
    LINE = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """A text, ready to be compared.

    Attributes:
        words: casefolded; phrases that have synonyms are one word, with spaces in it.
        kinds: of each word.
        borders: before each word, and one after the last.
        pairs: neighbouring words.
        length: words, those in phrases counted one by one.
        numbers: how often each occurs.
        is_open: whether no mark of punctuation ends the text.
        says_more: whether an ellipsis does.
    """

    words: tuple[str, ...]
    kinds: tuple[Kind, ...]
    borders: tuple[Border, ...]
    pairs: frozenset[tuple[str, str]]
    length: int
    numbers: Counter[str]
    is_open: bool
    says_more: bool

    @classmethod
    def of(
        cls,
        words: tuple[str, ...],
        kinds: tuple[Kind, ...],
        borders: tuple[Border, ...],
        *,
        is_open: bool,
        says_more: bool,
    ) -> "Profile":
        """With what follows from the words."""
        length = sum(word.count(" ") + 1 for word in words)
        numbers = Counter(word for word in words if word[-1].isdigit())
        return cls(
            words, kinds, borders, frozenset(pairwise(words)), length, numbers, is_open, says_more
        )

    def up_to(self, end: int) -> "Profile":
        """The first words alone, which a line ends."""
        borders = (*self.borders[:end], Border.LINE)
        return Profile.of(
            self.words[:end], self.kinds[:end], borders, is_open=False, says_more=False
        )


def profile(text: str) -> Profile | None:
    """Prepares a text; None where it is too short or too long to have near copies."""
    if len(text) > MAX_CHARS:
        return None
    text = plain(text).rstrip()
    ellipsis = _ELLIPSIS.search(text, max(0, len(text) - 80))
    if ellipsis:
        text = text[: ellipsis.start()]
    found = list(WORD.finditer(text))
    if len(found) < MIN_WORDS:
        return None
    forms = [match[0] for match in found]
    words = tuple(form.casefold() for form in forms)
    gaps = [text[one.end() : two.start()] for one, two in pairwise(found)]
    borders = (Border.LINE, *map(_border, gaps), Border.LINE)
    kinds = tuple(_kinds(forms, words, gaps))
    words, kinds, borders = _with_phrases(words, kinds, borders)
    is_open = not ellipsis and not _FINAL.search(text)
    return Profile.of(words, kinds, borders, is_open=is_open, says_more=bool(ellipsis))


def _with_phrases(
    words: tuple[str, ...], kinds: tuple[Kind, ...], borders: tuple[Border, ...]
) -> tuple[tuple[str, ...], tuple[Kind, ...], tuple[Border, ...]]:
    """Each phrase that has synonyms as one word, of the kind that its most decisive word has."""
    starts = [0]
    for start, end in pairwise([at for at, border in enumerate(borders) if border]):
        for length in phrases(words[start:end]):
            starts.append(starts[-1] + length)
    spans = list(pairwise(starts))
    return (
        tuple(" ".join(words[start:end]) for start, end in spans),
        tuple(max(kinds[start:end]) for start, end in spans),
        (*(borders[start] for start, _ in spans), borders[-1]),
    )


def _border(gap: str) -> Border:
    if "\n" in gap:
        return Border.LINE
    if _SENTENCE_END.search(gap):
        return Border.SENTENCE
    return Border.CLAUSE if _CLAUSE_END.search(gap) else Border.NONE


def _kinds(forms: Sequence[str], words: Sequence[str], gaps: Sequence[str]) -> Iterator[Kind]:
    lowercase = {form for form in forms if form[0].islower()}
    capitals = sum(form[0].isupper() for form in forms)
    # Where nothing or nearly everything is in capitals, they tell nothing.
    tells = 0 < capitals < 0.6 * (len(lowercase) + capitals)
    for number, (form, word) in enumerate(zip(forms, words, strict=True)):
        after_number = (
            number > 0 and forms[number - 1][-1].isdigit() and not gaps[number - 1].strip()
        )
        if word in FREE:
            yield Kind.FREE
        elif after_number or _is_decisive(word):
            yield Kind.DECISIVE
        elif tells and (form[0].islower() or word in lowercase):
            yield Kind.CONTENT
        else:
            yield Kind.NAME


def _is_decisive(word: str) -> bool:
    """Listed, or a number, a sign, a single letter."""
    if not word.isalpha():
        # Letters with marks (Devanagari) are no number either.
        return len(word) == 1 or not any(map(str.isalpha, word))
    if len(word) == 1:
        has_case = word.upper() != word.lower()
        return has_case or word in DECISIVE_CHARACTERS
    return word in DECISIVE
