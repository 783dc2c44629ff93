"""Makes `indexer/wordnet.txt`: words that stand for each other in running text.

    apt-get install wordnet-base
    python -m benchmarks.wordnet /usr/share/wordnet > indexer/wordnet.txt

Of WordNet 3.0 (Princeton University; its licence stands in the file) each set of synonyms gives
those members that people were counted to use in that very sense. Names, numbers, periods and
words that decide what is said (`indexer.decisive`) are left out.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from indexer.decisive import DECISIVE, FREE

KINDS = ("noun", "verb", "adj", "adv")
_TYPES = {"n": "1", "v": "2", "a": "3", "r": "4", "s": "5"}
_QUANTITY, _TIME = "23", "28"
_LICENCE_LINES = 29
MAX_WORDS = 4

Forms = dict[str, list[str]]
"""Irregular forms of a word."""


def main() -> None:
    """Prints the sets, under the licence."""
    folder = Path(sys.argv[1])
    print("# Part of WordNet 3.0, made by benchmarks/wordnet.py; the licence of WordNet:\n#")
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines()[:_LICENCE_LINES]:
        print("#", line.strip()[2:].strip())
    lines = {" ".join(members) for members in sets(folder)}
    print("\n".join(sorted(lines)))


def sets(folder: Path) -> Iterator[list[str]]:
    """Sets of two or more members, sorted; words of a phrase have "_" between."""
    uses = _uses(folder / "cntlist.rev")
    for kind in KINDS:
        irregular = _irregular(folder / f"{kind}.exc")
        for line in (folder / f"data.{kind}").read_text(encoding="utf-8").splitlines():
            if line.startswith(" "):
                continue
            members = [word for word in _members(line, uses) if _is_harmless(word)]
            if len(members) > 1:
                yield sorted({form for word in members for form in _forms(word, irregular)})


def _members(line: str, uses: Counter[str]) -> list[str]:
    """The words of a set that are used in its sense."""
    _, file, kind, count, *rest = line.split(" | ")[0].split()
    if kind == "n" and file in {_QUANTITY, _TIME}:
        return []
    found = []
    for word, identifier in zip(*[iter(rest[: 2 * int(count, 16)])] * 2, strict=True):
        word = re.sub(r"\(.*\)", "", word)
        sense = f"{word.lower()}%{_TYPES[kind]}:{file}:{int(identifier, 16):02}"
        if uses[sense]:
            found.append(word)
    return found


def _uses(path: Path) -> Counter[str]:
    """How often each sense was met in a corpus whose senses were told apart by hand."""
    uses: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        sense, _, count = line.split()
        uses[":".join(sense.split(":")[:3])] += int(count)
    return uses


def _is_harmless(word: str) -> bool:
    parts = word.split("_")
    is_word = word.islower() and all(map(str.isalpha, parts))
    return is_word and len(parts) <= MAX_WORDS and not {word} & (DECISIVE | FREE)


def _irregular(path: Path) -> Forms:
    forms: Forms = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        form, *words = line.split()
        for word in words:
            if form.isalpha():
                forms[word].append(form)
    return forms


def _forms(word: str, irregular: Forms) -> Iterator[str]:
    yield word
    first, _, rest = word.partition("_")
    for form in irregular.get(first, ()):
        if form not in DECISIVE:
            yield f"{form}_{rest}" if rest else form


if __name__ == "__main__":
    main()
