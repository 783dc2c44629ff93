"""Words that stand for each other, in any text and whatever it is about.

`synonyms.txt` has a set a line; a word may be in several.

Only such replacements are known to be harmless: "the cat" for "the dog" looks the same to a
program as "the task" for "the problem". What matters to somebody is left out, as are terms of any
field; a pair that is missing costs a missed twin at most.
"""

import re
from importlib.resources import files

_STEM_END = re.compile(r"(?:ings?|ed|es|s|e)$")
_BRITISH = (("our", "or"), ("ogue", "og"), ("z", "s"), ("yse", "yze"))


def mean_the_same(one: str, other: str) -> bool:
    """Whether two words are synonyms."""
    return bool(_SETS_OF.get(stem(one), _NONE) & _SETS_OF.get(stem(other), _NONE))


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


def _sets_of() -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    lines = files("indexer").joinpath("synonyms.txt").read_text(encoding="utf-8").casefold()
    for number, line in enumerate(lines.splitlines()):
        for word in line.split():
            found[stem(word)] = found.get(stem(word), _NONE) | {number}
    return found


_SETS_OF = _sets_of()
