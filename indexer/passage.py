"""Passages: the paragraphs that are embedded, indexed, ranked and cited."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpora.document import BLOCK_SEPARATOR, Block, BlockKind, Document, DocumentId, PassageId
from indexer.sentences import sentence_spans

CHUNKER_VERSION = "auctor-1"

MIN_WORDS = 60
MAX_WORDS = 220
MAX_PREFIX_TOKENS = 64
HEADING_SEPARATOR = " > "

CountTokens = Callable[[Sequence[str]], list[int]]
"""Model tokens of each text, special tokens not counted."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of one document.

    Attributes:
        passage_id: hash of (document id, normalised text, nth occurrence): the same in every
            rebuild.
        document_id: its document.
        ordinal: position among the passages of the document, from 0.
        start_char: first code point in the document's text.
        end_char: one past the last code point, the separator after the last block included.
        heading_path: headings above the text, outermost first.
        text: `document.text[start_char:end_char]`.
        prefix: title and headings that are embedded and indexed with the text; lines, may be
            empty.
    """

    passage_id: PassageId
    document_id: DocumentId
    ordinal: int
    start_char: int
    end_char: int
    heading_path: tuple[str, ...]
    text: str
    prefix: str

    @property
    def indexed_text(self) -> str:
        """What is embedded and indexed: the prefix, then the text."""
        return f"{self.prefix}\n{self.text.strip()}" if self.prefix else self.text.strip()


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    """How large a passage may be.

    Attributes:
        min_words: shorter neighbours are joined.
        max_words: longer runs are cut.
        max_tokens: model tokens for prefix and text together, special tokens not counted.
    """

    max_tokens: int
    min_words: int = MIN_WORDS
    max_words: int = MAX_WORDS


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, or a sentence run of a block too long for one passage."""

    start: int
    end: int
    words: int
    tokens: int
    heading_path: tuple[str, ...]
    is_heading: bool


def chunk(document: Document, limits: ChunkLimits, count_tokens: CountTokens) -> list[Passage]:
    """Cuts a document into passages that partition its text.

    Cuts fall between blocks, and inside a block only where it is too long for one passage: at
    sentence ends, then at words, then anywhere. A heading stays with what follows it.

    Args:
        document: extracted; may have no blocks (then there are no passages).
        limits: sizes.
        count_tokens: the embedding model's tokeniser.

    Returns:
        Passages in reading order.
    """
    text = document.text
    if not text:
        return []
    prefixes = _prefixes(document, count_tokens)
    reserve = max(count_tokens(list(prefixes.values())), default=0)
    budget = limits.max_tokens - reserve
    pieces = _pieces(document.blocks, text, limits.max_words, budget, count_tokens)
    groups = _groups(pieces, limits, budget)
    return list(_passages(document.document_id, text, groups, prefixes))


def _prefixes(document: Document, count_tokens: CountTokens) -> dict[tuple[str, ...], str]:
    """The prefix of each heading path that a passage can have, within MAX_PREFIX_TOKENS."""
    paths = {block.heading_path[:n] for block in document.blocks for n in range(20)}
    title = (document.title or "").strip()
    prefixes = {path: _prefix(title, path) for path in sorted(paths)}
    counts = count_tokens(list(prefixes.values()))
    for (path, prefix), tokens in zip(list(prefixes.items()), counts, strict=True):
        if tokens > MAX_PREFIX_TOKENS:
            prefixes[path] = _shorten(prefix, count_tokens)
    return prefixes


def _prefix(title: str, heading_path: Sequence[str]) -> str:
    headings = HEADING_SEPARATOR.join(heading for heading in heading_path if heading != title)
    return "\n".join(filter(None, (title, headings)))


def _shorten(prefix: str, count_tokens: CountTokens) -> str:
    """The longest run of leading words that keeps within MAX_PREFIX_TOKENS."""
    words = prefix.split(" ")
    starts = [" ".join(words[:n]) for n in range(min(len(words), MAX_PREFIX_TOKENS) + 1)]
    counts = count_tokens(starts)
    return next(
        start
        for start, tokens in zip(reversed(starts), reversed(counts), strict=True)
        if tokens <= MAX_PREFIX_TOKENS
    )


def _pieces(
    blocks: Sequence[Block], text: str, max_words: int, budget: int, count_tokens: CountTokens
) -> list[_Piece]:
    spans: list[tuple[int, int, Block]] = []
    start = 0
    for index, block in enumerate(blocks):
        end = start + len(block.text) + (len(BLOCK_SEPARATOR) if index + 1 < len(blocks) else 0)
        spans.append((start, end, block))
        start = end
    counts = count_tokens([block.text for block in blocks])
    pieces: list[_Piece] = []
    for (start, end, block), tokens in zip(spans, counts, strict=True):
        words = len(block.text.split())
        is_heading = block.kind is BlockKind.HEADING
        if words <= max_words and tokens <= budget:
            pieces.append(_Piece(start, end, words, tokens, block.heading_path, is_heading))
            continue
        for first, last in _cut(text, start, end, budget, count_tokens):
            part = text[first:last]
            pieces.append(
                _Piece(
                    first,
                    last,
                    len(part.split()),
                    count_tokens([part])[0],
                    block.heading_path,
                    is_heading,
                )
            )
    return pieces


def _cut(
    text: str, start: int, end: int, budget: int, count_tokens: CountTokens
) -> list[tuple[int, int]]:
    """Sentences of a long block; a sentence over the budget is halved until it fits."""
    spans = [(start + a, start + b) for a, b in sentence_spans(text[start:end])]
    counts = count_tokens([text[a:b] for a, b in spans])
    result: list[tuple[int, int]] = []
    for span, tokens in zip(spans, counts, strict=True):
        if tokens <= budget and len(text[span[0] : span[1]].split()) <= MAX_WORDS:
            result.append(span)
        else:
            result.extend(_halve(text, *span, budget, count_tokens))
    return result


def _halve(
    text: str, start: int, end: int, budget: int, count_tokens: CountTokens
) -> list[tuple[int, int]]:
    part = text[start:end]
    if end - start <= 1 or (len(part.split()) <= MAX_WORDS and count_tokens([part])[0] <= budget):
        return [(start, end)]
    middle = (start + end) // 2
    # The white space nearest to the middle; a run without any is cut in two as it stands.
    left, right = text.rfind(" ", start + 1, middle), text.find(" ", middle, end - 1)
    candidates = [position + 1 for position in (left, right) if position >= 0]
    cut = min(candidates, key=lambda position: abs(position - middle), default=middle)
    return [
        *_halve(text, start, cut, budget, count_tokens),
        *_halve(text, cut, end, budget, count_tokens),
    ]


def _groups(pieces: Sequence[_Piece], limits: ChunkLimits, budget: int) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    for section in _sections(pieces, limits, budget):
        groups.extend(_balance(section, limits, budget))
    return groups


def _sections(pieces: Sequence[_Piece], limits: ChunkLimits, budget: int) -> Iterator[list[_Piece]]:
    """Runs of pieces under one heading; a short run is joined with its neighbour.

    Joined only while both together still make a single passage, so that a short section never
    drags a part of the next one away from its heading.
    """
    current: list[_Piece] = []
    for run in _runs(pieces):
        short = min(_words(current), _words(run)) < limits.min_words
        if current and not (short and _fits([*current, *run], limits, budget)):
            yield current
            current = []
        current.extend(run)
    if current:
        yield current


def _runs(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Cuts before each heading that does not directly follow another one."""
    borders = [0]
    for index, (previous, piece) in enumerate(pairwise(pieces), start=1):
        if (piece.is_heading and not previous.is_heading) or (
            not previous.is_heading
            and not piece.is_heading
            and piece.heading_path != previous.heading_path
        ):
            borders.append(index)
    borders.append(len(pieces))
    for first, last in pairwise(borders):
        yield list(pieces[first:last])


def _balance(section: list[_Piece], limits: ChunkLimits, budget: int) -> Iterator[list[_Piece]]:
    """Passages of about equal size, rather than full ones and a stub at the end."""
    total_words, total_tokens = _words(section), sum(piece.tokens for piece in section)
    parts = max(-(-total_words // limits.max_words), -(-total_tokens // max(1, budget)), 1)
    target = total_words / parts
    group: list[_Piece] = []
    for index, piece in enumerate(section):
        heading_waits = bool(group) and all(member.is_heading for member in group)
        full = group and not _fits([*group, piece], limits, budget)
        # Close when adding the piece would overshoot the target by more than stopping falls short.
        enough = _words(group) + piece.words / 2 > target
        rest = _words(section[index:])
        if full or (enough and not heading_waits and rest >= limits.min_words):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _words(pieces: Sequence[_Piece]) -> int:
    return sum(piece.words for piece in pieces)


def _fits(pieces: Sequence[_Piece], limits: ChunkLimits, budget: int) -> bool:
    return _words(pieces) <= limits.max_words and sum(piece.tokens for piece in pieces) <= budget


def _passages(
    document_id: DocumentId,
    text: str,
    groups: Sequence[Sequence[_Piece]],
    prefixes: Mapping[tuple[str, ...], str],
) -> Iterator[Passage]:
    seen: Counter[str] = Counter()
    for ordinal, group in enumerate(groups):
        start, end = group[0].start, group[-1].end
        body_pieces = [piece for piece in group if not piece.is_heading]
        body = text[start:end]
        normalised = " ".join(body.split())
        key = f"{document_id}\x1f{normalised}\x1f{seen[normalised]}"
        seen[normalised] += 1
        yield Passage(
            passage_id=PassageId(hashlib.blake2b(key.encode(), digest_size=16).hexdigest()),
            document_id=document_id,
            ordinal=ordinal,
            start_char=start,
            end_char=end,
            heading_path=_common_path(body_pieces or group),
            text=body,
            # Headings inside the passage are part of its text and not said twice.
            prefix=prefixes[_common_path(group)],
        )


def _common_path(group: Sequence[_Piece]) -> tuple[str, ...]:
    """The headings that hold for all of the passage."""
    path = group[0].heading_path
    for piece in group[1:]:
        shared = 0
        while (
            shared < min(len(path), len(piece.heading_path))
            and path[shared] == piece.heading_path[shared]
        ):
            shared += 1
        path = path[:shared]
    return path
