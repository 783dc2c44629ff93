"""Words and phrases that stand for each other, in any text and whatever it is about.

`synonyms.txt` and `phrases.txt` have a set a line; a word may be in several. Words of a phrase have
"_" between there. Members stand for each other in the same inflection only: who shows and who
showed may be two, and a called function is not a calling one.

Only such replacements are known to be harmless: "the cat" for "the dog" looks the same to a
program as "the task" for "the problem". What a doctor, judge or auditor could care about is left
out, as are terms of any field; a pair that is missing costs a missed twin at most.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from indexer.inflections import Inflected, readings, singular, spelled
from indexer.signature import words

LISTS = ("synonyms.txt", "phrases.txt")
_MAX_WORD_CHARS = 40
"""Longer words are in no list."""


def mean_the_same(one: str, other: str) -> bool:
    """Whether two words or phrases, whose words have a space between, are synonyms."""
    mine, theirs = list(_readings(one)), list(_readings(other))
    sets_of = _lists().sets_of
    return any(
        inflection == other_inflection
        and not sets_of.get(base, _NONE).isdisjoint(sets_of.get(other_base, _NONE))
        for base, inflection in mine
        for other_base, other_inflection in theirs
    )


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
    lists = _lists()
    firsts = [lists.longest_from.get(base, 1) for base, _ in _readings(text[start])]
    for length in range(min(max(firsts, default=1), len(text) - start), 1, -1):
        phrase = " ".join(text[start : start + length])
        if any(base in lists.sets_of for base, _ in _readings(phrase)):
            yield length


def are_forms(one: str, other: str) -> bool:
    """Whether two words are spellings of one word, or its singular and plural."""
    return singular(spelled(one)) == singular(spelled(other))


_NONE: frozenset[int] = frozenset()


def _readings(phrase: str) -> Iterator[Inflected]:
    """What a phrase may be an inflection of: its first word is."""
    first, space, rest = phrase.partition(" ")
    if len(first) <= _MAX_WORD_CHARS:
        for base, inflection in readings(first):
            yield base + space + rest, inflection


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the lists say.

    Attributes:
        sets_of: numbers of the sets that a word or phrase is in.
        longest_from: words of the longest phrase that begins with a word.
    """

    sets_of: dict[str, frozenset[int]]
    longest_from: dict[str, int]


@cache
def _lists() -> _Lists:
    sets_of: dict[str, frozenset[int]] = {}
    longest: dict[str, int] = {}
    for number, members in enumerate(_sets()):
        keys = {" ".join(words(member.replace("_", " "))) for member in members.split()}
        # "took place" in a set with "take place" says what is known without it.
        inflected = {
            key
            for key in keys
            for base, inflection in _readings(key)
            if inflection and base in keys
        }
        if len(keys - inflected) == 1:
            continue  # "didn't" is read as "did not" anyway
        for key in keys - inflected:
            first, space, rest = key.partition(" ")
            key = spelled(first) + space + rest
            sets_of[key] = sets_of.get(key, _NONE) | {number}
            longest[spelled(first)] = max(longest.get(spelled(first), 1), key.count(" ") + 1)
    return _Lists(sets_of, longest)


def _sets() -> Iterator[str]:
    for name in LISTS:
        text = files("indexer").joinpath(name).read_text(encoding="utf-8")
        yield from (
            line for line in text.casefold().splitlines() if line and not line.startswith("#")
        )
