"""Words and phrases that stand for each other, in any text and whatever it is about.

`synonyms.txt` and `phrases.txt`, written for this, and `wordnet.txt`, taken from WordNet by
`benchmarks/wordnet.py`, have a set a line; a word may be in several. Words of a phrase have "_"
between there.

Only such replacements are known to be harmless: "the cat" for "the dog" looks the same to a
program as "the task" for "the problem". What matters to somebody is left out, as are terms of any
field; a pair that is missing costs a missed twin at most.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from indexer.signature import words

LISTS = ("synonyms.txt", "phrases.txt", "wordnet.txt")

_STEM_END = re.compile(r"(?:ings?|ed|es|s|e)$")
_BRITISH = (("our", "or"), ("ogue", "og"), ("z", "s"), ("yse", "yze"))


def mean_the_same(one: str, other: str) -> bool:
    """Whether two words or phrases, whose words have a space between, are synonyms."""
    sets_of = _lists().sets_of
    return not sets_of.get(_stems(one), _NONE).isdisjoint(sets_of.get(_stems(other), _NONE))


def phrases(text: Sequence[str]) -> list[int]:
    """Parts a text into words and phrases that have synonyms, as few as there can be.

    Args:
        text: words; may not be empty.

    Returns:
        How many words each part has; of several ways the one whose first parts are longest.
    """
    fewest = [0] * (len(text) + 1)
    longest = [1] * len(text)
    for start in range(len(text) - 1, -1, -1):
        fewest[start] = fewest[start + 1] + 1
        for length in _phrases_at(text, start):
            if fewest[start + length] < fewest[start]:
                fewest[start], longest[start] = fewest[start + length] + 1, length
    parts: list[int] = []
    at = 0
    while at < len(text):
        parts.append(longest[at])
        at += longest[at]
    return parts


def _phrases_at(text: Sequence[str], start: int) -> Iterator[int]:
    """Words of each phrase that begins there, falling."""
    most = _lists().longest_from.get(stem(text[start]), 1)
    for length in range(min(most, len(text) - start), 1, -1):
        if _stems(" ".join(text[start : start + length])) in _lists().sets_of:
            yield length


def are_forms(one: str, other: str) -> bool:
    """Whether two words are forms or spellings of one word, as far as their stems tell."""
    return stem(one) == stem(other)


def stem(word: str) -> str:
    """The word without its commonest endings, and without what British and American part over.

    Rough, and the same for every language: what it confuses must differ by an ending alone.
    """
    if len(word) > 3:
        cut = _STEM_END.sub("", word)
        word = cut if len(cut) >= 3 else word
    if len(word) > 4:
        for british, american in _BRITISH:
            word = word.replace(british, american)
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return f"{word[:-1]}i" if word.endswith("y") and len(word) > 3 else word


_NONE: frozenset[int] = frozenset()


@lru_cache(maxsize=1 << 16)
def _stems(phrase: str) -> str:
    """A phrase in any inflection: of its first word nothing but the stem counts."""
    first, space, rest = phrase.partition(" ")
    return stem(first) + space + rest


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the lists say.

    Attributes:
        sets_of: numbers of the sets that a word or phrase is in, by its stem.
        longest_from: words of the longest phrase that begins with a word, by its stem.
    """

    sets_of: dict[str, frozenset[int]]
    longest_from: dict[str, int]


@cache
def _lists() -> _Lists:
    sets_of: dict[str, frozenset[int]] = {}
    longest: dict[str, int] = {}
    for number, members in enumerate(_sets()):
        phrases = [" ".join(words(member.replace("_", " "))) for member in members.split()]
        keys = set(map(_stems, phrases))
        if len(keys) == 1:
            continue  # "didn't" is read as "did not" anyway
        for key in keys:
            sets_of[key] = sets_of.get(key, _NONE) | {number}
            first = key.partition(" ")[0]
            longest[first] = max(longest.get(first, 1), key.count(" ") + 1)
    return _Lists(sets_of, longest)


def _sets() -> Iterator[str]:
    for name in LISTS:
        text = files("indexer").joinpath(name).read_text(encoding="utf-8")
        yield from (
            line for line in text.casefold().splitlines() if line and not line.startswith("#")
        )
