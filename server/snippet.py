"""The part of a passage that shows most of a query."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from indexer.sentences import sentence_spans

SNIPPET_CHARS = 300


def snippet(text: str, query_terms: Sequence[str], size: int = SNIPPET_CHARS) -> str:
    """The run of whole sentences within `size` that holds most distinct query terms.

    Args:
        text: a passage.
        query_terms: analysed.
        size: most characters; a longer sentence is cut at a word and marked with an ellipsis.
    """
    if len(text) <= size:
        return " ".join(text.split())
    spans = sentence_spans(text)
    ends = [end for _, end in spans]
    held: list[set[str]] = [set() for _ in spans]
    lowered = _lowered(text)
    for start in _starts(query_terms):
        for place in _words_that_begin(lowered, start):
            held[bisect_right(ends, place)].add(start)
    best, best_score = (0, 0), 0
    for first in (number for number, own in enumerate(held) if own):
        found: set[str] = set()
        for last in range(first, len(spans)):
            if last > first and spans[last][1] - spans[first][0] > size:
                break
            found |= held[last]
            if len(found) > best_score:
                best, best_score = (first, last), len(found)
    # Room that is left goes to the sentences that follow.
    first, last = best
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= size:
        last += 1
    run = " ".join(text[spans[first][0] : spans[last][1]].split())
    return run if len(run) <= size else run[: size - 1].rsplit(" ", 1)[0] + "…"


def _lowered(text: str) -> str:
    """In lower case, character by character, so that places stay the same."""
    lowered = text.lower()
    if len(lowered) != len(text):  # one capital of Turkish becomes two characters
        lowered = "".join(
            low if len(low := character.lower()) == 1 else character for character in text
        )
    return lowered


def _words_that_begin(lowered: str, start: str) -> Iterator[int]:
    """Places of the words that begin so; finding is much cheaper than matching every word."""
    place = lowered.find(start)
    while place >= 0:
        if place == 0 or not lowered[place - 1].isalnum():
            yield place
        place = lowered.find(start, place + 1)


def _starts(query_terms: Sequence[str]) -> set[str]:
    """How words begin that hold a term.

    Near enough for a snippet, and much cheaper than analysing every sentence. Stems end in i
    where the word ends in y (studi, study).
    """
    return {term[:-1] if len(term) > 2 and term.endswith("i") else term for term in query_terms}
