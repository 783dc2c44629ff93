"""The part of a passage that shows most of a query."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from indexer.sentences import sentence_spans

SNIPPET_CHARS = 300


def snippet(text: str, query_terms: Sequence[str], size: int = SNIPPET_CHARS) -> str:
    """The run of whole sentences within `size` that holds most distinct query terms.

    Args:
        text: a passage.
        query_terms: analysed.
        size: most characters; a longer sentence is cut at a word and marked with an ellipsis.
    """
    spans = sentence_spans(text)
    ends = [end for _, end in spans]
    held: list[set[str]] = [set() for _ in spans]
    for match in _word_starts(tuple(query_terms)).finditer(text):
        held[bisect_right(ends, match.start())].add(match.group().casefold())
    best, best_score = (0, 0), 0
    for first in (number for number, own in enumerate(held) if own):
        found: set[str] = set()
        for last in range(first, len(spans)):
            if last > first and spans[last][1] - spans[first][0] > size:
                break
            found |= held[last]
            if len(found) > best_score:
                best, best_score = (first, last), len(found)
    if not spans:
        return ""
    # Room that is left goes to the sentences that follow.
    first, last = best
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= size:
        last += 1
    run = " ".join(text[spans[first][0] : spans[last][1]].split())
    return run if len(run) <= size else run[: size - 1].rsplit(" ", 1)[0] + "…"


@lru_cache(maxsize=1_024)
def _word_starts(query_terms: tuple[str, ...]) -> re.Pattern[str]:
    """Words that begin like a term.

    Near enough for a snippet, and much cheaper than analysing every sentence. Stems end in i
    where the word ends in y (studi, study).
    """
    starts = [
        re.escape(term[:-1] if re.fullmatch(r"\w{2,}i", term) else term) for term in query_terms
    ]
    return re.compile(rf"\b(?:{'|'.join(starts)})" if starts else r"(?!)", re.IGNORECASE)
