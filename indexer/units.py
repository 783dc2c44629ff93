"""Units: the smallest parts of a document that a passage is put together from.

Long blocks are cut at sentence ends, sentences that are still too long at words, words that are
still too long anywhere; lists, tables and code between their lines before all that. A heading is
always in one unit with what follows it, and so is what introduces a list, a table or code.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from corpora.document import BLOCK_SEPARATOR, Block, BlockKind
from indexer.leads import STRUCTURED, LinesAbove, entry_spans, introductions, lead_of
from indexer.sentences import sentence_spans

CountTokens = Callable[[Sequence[str]], list[int]]
"""Model tokens of each text, special tokens not counted."""

WORD_CHARS = 10
"""Characters that count as one word where words are longer or not told apart by spaces."""

_MAX_MARKS = 8
"""Marks on one character that a cut goes round; more are no writing."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long a text is, or may be. Sizes of parts add up to that of the whole.

    Attributes:
        runs: what white space sets apart.
        characters: all but white space.
        tokens: of the embedding model, special tokens not counted.
    """

    runs: int
    characters: int
    tokens: int

    @property
    def words(self) -> int:
        """Runs, but one for every `WORD_CHARS` characters at least.

        Scripts without spaces count by their characters, and so do strings longer than any
        word: encoded data, addresses.
        """
        return max(self.runs, -(-self.characters // WORD_CHARS))

    def __add__(self, other: "Size") -> "Size":
        return Size(
            self.runs + other.runs,
            self.characters + other.characters,
            self.tokens + other.tokens,
        )

    def __sub__(self, other: "Size") -> "Size":
        return Size(
            self.runs - other.runs,
            self.characters - other.characters,
            self.tokens - other.tokens,
        )

    def fits(self, most: "Size") -> bool:
        """Whether no part of it exceeds that of `most`."""
        return (
            self.runs <= most.runs
            and self.characters <= most.characters
            and self.tokens <= most.tokens
        )

    @classmethod
    def limit(cls, words: int, tokens: int) -> "Size":
        """The size of the largest text of so many words and tokens."""
        return cls(words, words * WORD_CHARS, tokens)


NOTHING = Size(0, 0, 0)


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
        lead: what has to stand above it so that it can be read alone: lines of what introduces
            it and of the columns of its table, as far as they are not in it; mostly empty.
    """

    start: int
    end: int
    size: Size
    shared_path: tuple[str, ...]
    text_path: tuple[str, ...]
    opens: bool
    has_text: bool
    lead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    """A block or a part of one."""

    start: int
    end: int
    size: Size
    block: Block
    offset: int = 0  # in the block


def measure(texts: Sequence[str], most: Size, count_tokens: CountTokens) -> list[Size]:
    """The size of each text; tokens stay 0 where it is too long for `most` without them."""
    lengths = []
    for text in texts:
        runs = text.split()
        lengths.append(Size(len(runs), sum(map(len, runs)), 0))
    counted = [length.fits(most) for length in lengths]
    tokens = iter(count_tokens([t for t, wanted in zip(texts, counted, strict=True) if wanted]))
    return [
        Size(length.runs, length.characters, next(tokens)) if wanted else length
        for length, wanted in zip(lengths, counted, strict=True)
    ]


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
    # What waits takes half of a passage at most, so that text always fits beside it.
    half = Size(most.runs // 2, most.characters // 2, most.tokens // 2)
    leads = _Leads(blocks)
    waiting: list[_Span] = []
    held = NOTHING
    for number, span in enumerate(_spans(blocks, text, most, count_tokens)):
        is_heading = span.block.kind is BlockKind.HEADING
        parts = _parts(span, text, half if is_heading else most - held, count_tokens)
        for part in parts:
            waits = is_heading or (leads.introduces(number) and part is parts[-1])
            if waits and (held + part.size).fits(half):
                waiting.append(part)
                held += part.size
                continue
            if is_heading and waiting:
                yield _unit(waiting)
                waiting = []
            if is_heading:
                waiting, held = [part], part.size
                continue
            yield _unit([*waiting, part], leads.of(number, part, [each.block for each in waiting]))
            waiting, held = [], NOTHING
    if waiting:
        yield _unit(waiting)


class _Leads:
    """What introduces which block."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._introductions = introductions(blocks)
        self._lines: dict[int, str] = {}  # of introductions: each is read once, however many parts
        self._inside: tuple[int, LinesAbove] | None = None  # the block whose parts are asked about

    def introduces(self, number: int) -> bool:
        """Whether the next block is introduced by this one."""
        following = number + 1
        return following < len(self._blocks) and self._introductions[following] == number

    def of(self, number: int, part: _Span, above: Sequence[Block]) -> tuple[str, ...]:
        """What a part of a block has to have above it, but for the blocks that it has."""
        lead: list[str] = []
        introduction = self._introductions[number]
        if introduction is not None and self._blocks[introduction] not in above:
            if introduction not in self._lines:
                self._lines[introduction] = lead_of(self._blocks[introduction])
            lead.append(self._lines[introduction])
        if not part.offset:
            return tuple(lead)
        if self._inside is None or self._inside[0] != number:
            self._inside = number, LinesAbove(part.block)
        return (*lead, *self._inside[1].of(part.offset))


def cut_to_size(
    text: str,
    start: int,
    end: int,
    most: Size,
    count_tokens: CountTokens,
    kind: BlockKind = BlockKind.PARAGRAPH,
) -> list[tuple[int, int, Size]]:
    """Cuts `text[start:end]` at sentence ends, and halves sentences until they fit.

    Lists, tables and code are cut between their entries, rows and lines first.

    Returns:
        (start, end, size), consecutive; larger than `most` only where a single character is.
    """
    lines = entry_spans(text[start:end], kind) if kind in STRUCTURED else []
    spans = [(start + a, start + b) for a, b in lines or sentence_spans(text[start:end])]
    fitting: list[tuple[int, int, Size]] = []
    # A level at a time, so that the tokeniser sees few large batches and nothing recurses.
    while spans:
        sizes = measure([text[a:b] for a, b in spans], most, count_tokens)
        halves: list[tuple[int, int]] = []
        for (a, b), size in zip(spans, sizes, strict=True):
            if size.fits(most) or b - a <= 1:
                fitting.append((a, b, size))
            elif lines and len(sentences := sentence_spans(text[a:b])) > 1:
                halves += [(a + one, a + other) for one, other in sentences]
            else:
                middle = _middle(text, a, b)
                halves += [(a, middle), (middle, b)]
        spans, lines = halves, []
    return sorted(fitting, key=lambda each: each[0])


def _middle(text: str, start: int, end: int) -> int:
    """Where to halve: after the space nearest to the middle, else after a clause, else there.

    Never between a character and the marks that stand on it.
    """
    middle = (start + end) // 2
    reach = (end - start) // 4  # so that each half is much shorter than the whole
    for borders in (" ", "、，；："):
        candidates = [
            position + 1
            for border in borders
            for position in (
                text.rfind(border, middle - reach, middle),
                text.find(border, middle, middle + reach),
            )
            if position >= 0
        ]
        if candidates:
            return min(candidates, key=lambda position: abs(position - middle))
    for position in range(middle, min(middle + _MAX_MARKS, middle + reach)):
        if unicodedata.category(text[position])[0] != "M":
            return position
    return middle


def _spans(
    blocks: Sequence[Block], text: str, most: Size, count_tokens: CountTokens
) -> Iterator[_Span]:
    """Blocks with the separator that follows them: models differ in whether it is a token."""
    borders = [0]
    for block in blocks:
        borders.append(borders[-1] + len(block.text) + len(BLOCK_SEPARATOR))
    borders[-1] = len(text)
    slices = list(pairwise(borders))
    sizes = measure([text[start:end] for start, end in slices], most, count_tokens)
    for (start, end), size, block in zip(slices, sizes, blocks, strict=True):
        yield _Span(start, end, size, block)


def _parts(span: _Span, text: str, most: Size, count_tokens: CountTokens) -> list[_Span]:
    if span.size.fits(most):
        return [span]
    kind = span.block.kind
    return [
        _Span(start, end, size, span.block, start - span.start)
        for start, end, size in cut_to_size(text, span.start, span.end, most, count_tokens, kind)
    ]


def _unit(spans: Sequence[_Span], lead: tuple[str, ...] = ()) -> Unit:
    paths = [span.block.heading_path for span in spans]
    texts = [span for span in spans if span.block.kind is not BlockKind.HEADING]
    path = reduce(shared, paths)
    return Unit(
        start=spans[0].start,
        end=spans[-1].end,
        size=sum((span.size for span in spans), NOTHING),
        shared_path=path,
        text_path=texts[0].block.heading_path if texts else path,
        opens=spans[0].block.kind is BlockKind.HEADING,
        has_text=bool(texts),
        lead=lead,
    )
