"""How much of a text fits a budget of tokens, and where to cut it."""

import copy
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.embed import Embedder
from indexer.sentences import sentence_spans
from indexer.units import CountTokens

MIN_TOKENS = 16
"""Any character fits this, so that a reader always moves on."""

_BATCH = 64
"""Parts counted at once: a huge text is never tokenised whole, nor much past its budget."""
_PART_TOKENS = 128
"""About what a passage has; no more parts are counted at once than might fit."""

_WORD = re.compile(r"\S+\s*|\s+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """The beginning of a text.

    Attributes:
        end: one past its last code point.
        tokens: of the embedding model, special tokens not counted.
    """

    end: int
    tokens: int


class TokenCounter:
    """Counts tokens while other threads encode.

    A tokenizer keeps how it truncates and pads, and encoding sets that: counting with the same
    one meanwhile breaks both. This one is a copy.
    """

    def __init__(self, embedder: Embedder) -> None:
        """Copies the model's tokenizer."""
        self._tokenizer = copy.deepcopy(embedder.tokenizer)
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, as `Embedder.count_tokens` counts them."""
        if not texts:
            return []
        with self._lock:
            encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]


def count_between(text: str, cuts: Sequence[int], count: CountTokens) -> int:
    """Tokens of the text from the first cut to the last.

    Counted from cut to cut, but only from those that follow white space: there, the tokens of
    the parts add up to those of the whole.
    """
    last = len(cuts) - 1
    edges = [c for i, c in enumerate(cuts) if i in (0, last) or text[c - 1].isspace()]
    spans = list(pairwise(edges))
    batches = (spans[i : i + _BATCH] for i in range(0, len(spans), _BATCH))
    return sum(sum(count([text[a:b] for a, b in batch])) for batch in batches)


def fit(text: str, cuts: Sequence[int], budget: int, count: CountTokens) -> Piece | None:
    """The longest beginning of a text that a budget allows.

    It ends at the end of a sentence, where one fits; else after a word, else anywhere.

    Args:
        text: the text.
        cuts: where it starts, where its passages begin, where it ends; ascending.
        budget: most tokens.
        count: the embedding model's tokenizer.

    Returns:
        At least a character, where the text has one; None where not even that fits.
    """
    room = budget
    while room > 0:
        reached, summed = _reach(text, cuts, room, count)
        if len(reached) == 1 < len(cuts):
            return None
        tokens = summed
        if not all(text[cut - 1].isspace() for cut in reached[1:-1]):
            tokens = count_between(text, reached, count)
        if tokens <= budget:
            return Piece(reached[-1], tokens)
        # Parts of words took less than the whole ones do: allow them as much less.
        room = min(room - 1, summed * budget // tokens)
    return None


def _reach(text: str, cuts: Sequence[int], room: int, count: CountTokens) -> tuple[list[int], int]:
    """The cuts as far as the tokens between them fit, and one more inside the next part."""
    reached, used = [cuts[0]], 0
    spans = list(pairwise(cuts))
    while len(reached) <= len(spans):
        done = len(reached) - 1
        batch = spans[done : done + min(_BATCH, (room - used) // _PART_TOKENS + 1)]
        for (start, end), tokens in zip(batch, count([text[a:b] for a, b in batch]), strict=True):
            if used + tokens > room:
                piece = _cut(text, (start, end), room - used, count, must=start == cuts[0])
                if piece is not None:
                    reached.append(piece.end)
                    used += piece.tokens
                return reached, used
            reached.append(end)
            used += tokens
    return reached, used


def _cut(text: str, span: Span, room: int, count: CountTokens, *, must: bool) -> Piece | None:
    """The beginning of a part that fits: whole sentences; words and characters only if it must."""
    start, end = span
    for cut in (sentence_spans, _words, _characters) if must else (sentence_spans,):
        spans = [(start + a, start + b) for a, b in cut(text[start:end])]
        piece = _whole_spans(text, spans, room, count)
        if piece is not None:
            return piece
        end = spans[0][1]
    return None


def _whole_spans(text: str, spans: Sequence[Span], room: int, count: CountTokens) -> Piece | None:
    used = fitting = 0
    for tokens in count([text[a:b] for a, b in spans]):
        used += tokens
        if used > room:
            break
        fitting += 1
    # Sentences may end without white space, and words of some models are not their characters.
    for number in range(fitting, 0, -1):
        end = spans[number - 1][1]
        (tokens,) = count([text[spans[0][0] : end]])
        if tokens <= room:
            return Piece(end, tokens)
    return None


def _words(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text)]


def _characters(text: str) -> list[Span]:
    return list(pairwise(range(len(text) + 1)))
