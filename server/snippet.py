"""The part of a passage that shows most of a query."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from indexer.fold import fold
from indexer.segment import HAN_AND_KANA, HANGUL, SYLLABIC, simplified
from indexer.sentences import sentence_spans

SNIPPET_CHARS = 300

_UNSPACED = re.compile(f"[{HAN_AND_KANA}{HANGUL}{SYLLABIC}]")


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
    folded = _folded(text)
    for start in _starts(query_terms):
        for place in _words_that_begin(folded, start):
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
    if len(run) <= size:
        return run
    word_end = run.rfind(" ", size // 2, size)  # none where words have no spaces between them
    return run[: word_end if word_end > 0 else size - 1] + "…"


class _Letters(dict[int, str]):
    """Each character as terms have it, looked up once; itself where that is none or several."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = simplified(fold(character)).casefold()
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_letters = _Letters()


def _folded(text: str) -> str:
    """In the letters of terms, character by character, so that places stay the same."""
    return text.lower() if text.isascii() else text.translate(_letters)


def _words_that_begin(folded: str, start: str) -> Iterator[int]:
    """Places of the words that begin so; finding is much cheaper than matching every word."""
    anywhere = _UNSPACED.match(start) is not None
    place = folded.find(start)
    while place >= 0:
        if anywhere or place == 0 or not folded[place - 1].isalnum():
            yield place
        place = folded.find(start, place + 1)


def _starts(query_terms: Sequence[str]) -> set[str]:
    """How words begin that hold a term.

    Near enough for a snippet, and much cheaper than analysing every sentence. Stems end in i
    where the word ends in y (studi, study).
    """
    return {term[:-1] if len(term) > 2 and term.endswith("i") else term for term in query_terms}
