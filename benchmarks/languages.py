"""Whether a question finds its passage by words alone, in 17 languages, and how fast they are cut.

    python benchmarks/languages.py

`languages.tsv` holds a question and the passage that answers it a line, written for this purpose;
the passages of a language are its collection (36 to 40 of Chinese, Japanese and Korean, 3 to 8 of
the others: those are examples, not measures). Each way of cutting words is measured by the mean
reciprocal rank of the answer under BM25 (k1 0.9, b 0.4); ties count against it.
"""

import csv
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.analyse import query_terms, terms
from indexer.fold import fold
from indexer.segment import HAN_AND_KANA, HANGUL, SYLLABIC

PAIRS = Path(__file__).with_name("languages.tsv")
_RUN = re.compile(
    f"[{HAN_AND_KANA}]+|[{HANGUL}]+|[{SYLLABIC}]+|[^\\W{HAN_AND_KANA}{HANGUL}{SYLLABIC}]+"
)
_UNSPACED = re.compile(f"[{HAN_AND_KANA}{HANGUL}{SYLLABIC}]")

Cut = Callable[[str], list[str]]


def character_pairs(text: str) -> list[str]:
    """Folded words, unstemmed; without spaces, overlapping pairs of characters."""
    return _by_length(text, (2,))


def characters_and_pairs(text: str) -> list[str]:
    """The same with single characters too."""
    return _by_length(text, (1, 2))


def _by_length(text: str, lengths: tuple[int, ...]) -> list[str]:
    found = []
    for run in _RUN.findall(fold(text).casefold()):
        if not _UNSPACED.match(run):
            found.append(run)
            continue
        for length in lengths:
            found += [run[i : i + length] for i in range(max(1, len(run) - length + 1))]
    return found


def reciprocal_ranks(passages: Sequence[list[str]], questions: Sequence[list[str]]) -> list[float]:
    """Of passage i for question i, by BM25."""
    counts = [Counter(passage) for passage in passages]
    held = Counter(term for count in counts for term in count)
    mean = sum(map(len, passages)) / len(passages)

    def score(asked: Counter[str], count: Counter[str]) -> float:
        norm = 0.9 * (0.6 + 0.4 * count.total() / mean)
        return sum(
            times
            * math.log1p((len(counts) - held[term] + 0.5) / (held[term] + 0.5))
            * count[term]
            / (count[term] + norm)
            for term, times in asked.items()
        )

    ranks = []
    for number, question in enumerate(questions):
        asked = Counter(question)
        scores = [score(asked, count) for count in counts]
        ranks.append(1 / sum(each >= scores[number] for each in scores))
    return ranks


def read_pairs() -> list[tuple[str, str, str]]:
    """(language, question, passage) of each line."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    return [(language, question, passage) for language, question, passage in rows[1:]]


def main() -> None:
    """Prints a table."""
    pairs = read_pairs()
    languages = list(dict.fromkeys(language for language, _, _ in pairs))
    ways: list[tuple[str, Cut, Cut]] = [
        ("character pairs", character_pairs, character_pairs),
        ("characters and pairs", characters_and_pairs, characters_and_pairs),
        ("words (ours)", terms, query_terms),
    ]
    print(f"{'':22}" + "".join(f"{language:>6}" for language in languages) + "   all  terms")
    for name, cut, ask in ways:
        ranks: dict[str, list[float]] = {}
        size = 0
        for language in languages:
            own = [(question, passage) for each, question, passage in pairs if each == language]
            passages = [cut(passage) for _, passage in own]
            size += sum(map(len, passages))
            ranks[language] = reciprocal_ranks(passages, [ask(question) for question, _ in own])
        row = "".join(f"{sum(each) / len(each):6.2f}" for each in ranks.values())
        mean = sum(map(sum, ranks.values())) / len(pairs)
        print(f"{name:22}{row}{mean:6.3f}{size / len(pairs):7.1f}")
    print("characters a second, in thousands")
    print(f"{'words (ours)':22}" + "".join(f"{_speed(pairs, each):6.0f}" for each in languages))


def _speed(pairs: list[tuple[str, str, str]], language: str) -> float:
    texts = [passage for each, _, passage in pairs if each == language]
    for text in texts:
        terms(text)  # what is loaded once is not timed
    start, characters = time.perf_counter(), 0
    while time.perf_counter() - start < 0.5:
        characters += sum(len(terms(text)) and len(text) for text in texts)
    return characters / (time.perf_counter() - start) / 1_000


if __name__ == "__main__":
    main()
