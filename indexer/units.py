"""Units: the smallest parts of a document that a passage is put together from.

Long blocks are cut at sentence ends, sentences that are still too long at words, words that are
still too long anywhere. A heading is always in one unit with what follows it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpora.document import BLOCK_SEPARATOR, Block, BlockKind
from indexer.sentences import sentence_spans

CountTokens = Callable[[Sequence[str]], list[int]]
"""Model tokens of each text, special tokens not counted."""

WORD_CHARS = 10
"""Characters that count as one word where words are longer or not told apart by spaces."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long a text is: words as `count_words` counts them, and the model's tokens."""

    words: int
    tokens: int

    def __add__(self, other: "Size") -> "Size":
        return Size(self.words + other.words, self.tokens + other.tokens)

    def __sub__(self, other: "Size") -> "Size":
        return Size(self.words - other.words, self.tokens - other.tokens)

    def fits(self, most: "Size") -> bool:
        """Whether it exceeds neither words nor tokens of `most`."""
        return self.words <= most.words and self.tokens <= most.tokens


NOTHING = Size(0, 0)


@dataclass(frozen=True, slots=True)
class Unit:
    """Consecutive text that stays together.

    Attributes:
        start: first code point in the document's text.
        end: one past the last code point.
        size: of the text.
        shared_path: headings that hold for all of it, outermost first.
        text_path: headings above its text; above its headings where it has no other text.
        opens: whether it begins with a heading.
        has_text: whether it is more than headings.
    """

    start: int
    end: int
    size: Size
    shared_path: tuple[str, ...]
    text_path: tuple[str, ...]
    opens: bool
    has_text: bool


@dataclass(frozen=True, slots=True)
class _Span:
    """A block or a part of one."""

    start: int
    end: int
    size: Size
    block: Block


def count_words(text: str) -> int:
    """Words of a text.

    Scripts without spaces, and strings longer than any word (encoded data, addresses), count by
    their characters: one word for every `WORD_CHARS`.
    """
    words = text.split()
    return max(len(words), -(-sum(map(len, words)) // WORD_CHARS))


def size_of(texts: Sequence[str], max_words: int, count_tokens: CountTokens) -> list[Size]:
    """Words and tokens of each text; tokens stay 0 where the words alone are too many."""
    words = [count_words(text) for text in texts]
    tokens = iter(count_tokens([t for t, n in zip(texts, words, strict=True) if n <= max_words]))
    return [Size(n, next(tokens) if n <= max_words else 0) for n in words]


def shared(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """The headings that two paths begin with alike."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return first[:length]


def units(
    blocks: Sequence[Block], text: str, most: Size, count_tokens: CountTokens
) -> Iterator[Unit]:
    """The units of a document, in order; together they are its text.

    Args:
        blocks: of the document.
        text: the document's text.
        most: what fits one passage; no unit is larger, unless it is a single character.
        count_tokens: the embedding model's tokeniser.
    """
    # Waiting headings take half of a passage at most, so that text always fits beside them.
    half = Size(most.words // 2, most.tokens // 2)
    waiting: list[_Span] = []
    held = NOTHING
    for span in _spans(blocks, text, most.words, count_tokens):
        is_heading = span.block.kind is BlockKind.HEADING
        room = half if is_heading else most - held
        for part in _parts(span, text, room, count_tokens):
            if is_heading and (held + part.size).fits(half):
                waiting.append(part)
                held += part.size
                continue
            if is_heading and waiting:
                yield _unit(waiting)
                waiting, held = [], NOTHING
            if is_heading:
                waiting, held = [part], part.size
                continue
            yield _unit([*waiting, part])
            waiting, held = [], NOTHING
    if waiting:
        yield _unit(waiting)


def cut_to_size(
    text: str, start: int, end: int, most: Size, count_tokens: CountTokens
) -> list[tuple[int, int, Size]]:
    """Cuts `text[start:end]` at sentence ends, and halves sentences until they fit.

    Returns:
        (start, end, size), consecutive; larger than `most` only where a single character is.
    """
    spans = [(start + a, start + b) for a, b in sentence_spans(text[start:end])]
    fitting: list[tuple[int, int, Size]] = []
    # A level at a time, so that the tokeniser sees few large batches and nothing recurses.
    while spans:
        sizes = size_of([text[a:b] for a, b in spans], most.words, count_tokens)
        halves: list[tuple[int, int]] = []
        for (a, b), size in zip(spans, sizes, strict=True):
            if size.fits(most) or b - a <= 1:
                fitting.append((a, b, size))
            else:
                middle = _middle(text, a, b)
                halves += [(a, middle), (middle, b)]
        spans = halves
    return sorted(fitting, key=lambda each: each[0])


def _middle(text: str, start: int, end: int) -> int:
    """Where to halve: after the space nearest to the middle, else in the middle."""
    middle = (start + end) // 2
    reach = (end - start) // 4  # so that each half is much shorter than the whole
    left = text.rfind(" ", middle - reach, middle)
    right = text.find(" ", middle, middle + reach)
    candidates = [position + 1 for position in (left, right) if position >= 0]
    return min(candidates, key=lambda position: abs(position - middle), default=middle)


def _spans(
    blocks: Sequence[Block], text: str, max_words: int, count_tokens: CountTokens
) -> Iterator[_Span]:
    """Blocks with the separator that follows them: models differ in whether it is a token."""
    borders = [0]
    for block in blocks:
        borders.append(borders[-1] + len(block.text) + len(BLOCK_SEPARATOR))
    borders[-1] = len(text)
    slices = list(pairwise(borders))
    sizes = size_of([text[start:end] for start, end in slices], max_words, count_tokens)
    for (start, end), size, block in zip(slices, sizes, blocks, strict=True):
        yield _Span(start, end, size, block)


def _parts(span: _Span, text: str, most: Size, count_tokens: CountTokens) -> list[_Span]:
    if span.size.fits(most):
        return [span]
    return [
        _Span(start, end, size, span.block)
        for start, end, size in cut_to_size(text, span.start, span.end, most, count_tokens)
    ]


def _unit(spans: Sequence[_Span]) -> Unit:
    paths = [span.block.heading_path for span in spans]
    texts = [span for span in spans if span.block.kind is not BlockKind.HEADING]
    path = paths[0]
    for other in paths[1:]:
        path = shared(path, other)
    size = NOTHING
    for span in spans:
        size += span.size
    return Unit(
        start=spans[0].start,
        end=spans[-1].end,
        size=size,
        shared_path=path,
        text_path=texts[0].block.heading_path if texts else path,
        opens=spans[0].block.kind is BlockKind.HEADING,
        has_text=bool(texts),
    )
