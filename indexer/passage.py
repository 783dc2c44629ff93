"""Passages: the paragraphs that are embedded, indexed, ranked and cited.

    blocks -> units -> groups -> passages

A unit is what must not be parted: a run of headings with the block, or the first sentences of
the block, that follows it. `indexer.units` makes them small enough that each fits a passage.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice

from corpora.document import Document, DocumentId, PassageId
from indexer.units import NOTHING, CountTokens, Size, Unit, cut_to_size, shared, units

CHUNKER_VERSION = "auctor-7"

MIN_WORDS = 60
MAX_WORDS = 220
MAX_PREFIX_TOKENS = 40
HEADING_SEPARATOR = " > "

_PREFIX_CHARS = 16 * MAX_PREFIX_TOKENS
"""More characters than these tokens ever hold, so that a giant title costs no time."""

_PLAIN_TOKEN_CHARS = 4
"""Characters of a token where a text is cut without a look at it."""
_PLAIN_BATCH = 256
"""Passages whose tokens are counted at once, so that memory is bounded."""


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
        heading_path: headings above the text, outermost first; where it begins inside a list, a
            table or code, also what introduces that, and the row that names its columns.
        text: `document.text[start_char:end_char]`.
        prefix: title, headings and introduction that are embedded and indexed with the text;
            lines, may be empty.
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
        return indexed_text(self.prefix, self.text)


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    """How large a passage may be.

    Attributes:
        max_tokens: model tokens for prefix and text together, special tokens not counted.
        min_words: shorter neighbours are joined.
        max_words: longer runs are cut; see `indexer.units.Size.words`.
    """

    max_tokens: int
    min_words: int = MIN_WORDS
    max_words: int = MAX_WORDS


def chunk(document: Document, limits: ChunkLimits, count_tokens: CountTokens) -> list[Passage]:
    """Cuts a document into passages that partition its text.

    Cuts fall between blocks, and inside a block only where it is too long for one passage: at
    sentence ends, then at words, then anywhere. A heading stays with what follows it. Two
    neighbours stay apart only where both are long enough, or both together too long.

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
    prefixes = _Prefixes(document.title, count_tokens)
    # The same room for every document: cuts must not depend on the title, or a copy under
    # another title would be cut elsewhere and no longer be seen as a copy.
    most = Size.limit(limits.max_words, limits.max_tokens - MAX_PREFIX_TOKENS)
    groups: list[list[Unit]] = []
    for run in _runs(units(document.blocks, text, most, count_tokens)):
        for group in _balance(run, limits.min_words, most):
            _join(groups, group, limits.min_words, most)
    drafts = [_draft(group, prefixes) for group in groups]
    fitting = _ensure_fit(drafts, text, limits.max_tokens, most, count_tokens)
    return list(_passages(document.document_id, text, fitting))


def chunk_plainly(
    document: Document, limits: ChunkLimits, count_tokens: CountTokens
) -> list[Passage]:
    """Passages of a document that `chunk` cannot be trusted with: even windows of its text.

    They partition the text as those of `chunk` do, and the model reads each whole; but they know
    no headings and no sentences. Nothing but the tokeniser looks at the text, a window at a time.

    Args:
        document: extracted; may have no blocks (then there are no passages).
        limits: sizes; only that in tokens counts.
        count_tokens: the embedding model's tokeniser.

    Returns:
        Passages in reading order.
    """
    text = document.text
    prefix = _Prefixes(document.title, count_tokens).of((), ())

    def fitting(start: int, stop: int, chars: int) -> Iterator[_Draft]:
        spans = _windows(text, start, stop, max(1, chars))
        while batch := list(islice(spans, _PLAIN_BATCH)):
            counts = count_tokens([indexed_text(prefix, text[a:b]) for a, b in batch])
            for (a, b), count in zip(batch, counts, strict=True):
                if count <= limits.max_tokens or b - a <= 1:
                    yield _Draft(a, b, (), prefix)
                else:
                    yield from fitting(a, b, (b - a) // 2)

    room = _PLAIN_TOKEN_CHARS * max(1, limits.max_tokens - MAX_PREFIX_TOKENS)
    return list(_passages(document.document_id, text, list(fitting(0, len(text), room))))


def _windows(text: str, start: int, stop: int, chars: int) -> Iterator[tuple[int, int]]:
    """(start, end) of consecutive parts of so many characters, cut after a space where there is."""
    while start < stop:
        end = min(start + chars, stop)
        if end < stop:
            half = start + chars // 2
            space = max(text.rfind(" ", half, end), text.rfind("\n", half, end))
            end = space + 1 if space >= 0 else end
        yield start, end
        start = end


@dataclass(frozen=True, slots=True)
class _Draft:
    """A passage but for its number and id; fields as in `Passage`."""

    start: int
    end: int
    heading_path: tuple[str, ...]
    prefix: str


class _Prefixes:
    """What is put before a passage: title, headings, introduction, within MAX_PREFIX_TOKENS."""

    def __init__(self, title: str | None, count_tokens: CountTokens) -> None:
        self._title = (title or "").strip()
        self._count_tokens = count_tokens
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}

    def of(self, path: tuple[str, ...], lead: tuple[str, ...]) -> str:
        """The prefix of a heading path, and of what else has to stand above the text."""
        key = (path, lead)
        if key not in self._known:
            headings = HEADING_SEPARATOR.join(each for each in path if each != self._title)
            above = "\n".join(filter(None, (self._title, headings)))
            # Half of the room is the introduction's, or long titles would leave it none.
            last = self._shorten("\n".join(lead), MAX_PREFIX_TOKENS // 2) if lead else ""
            room = MAX_PREFIX_TOKENS - (self._count(last) if last else 0)
            self._known[key] = "\n".join(filter(None, (self._shorten(above, room), last)))
        return self._known[key]

    def _shorten(self, prefix: str, most: int) -> str:
        """The longest beginning of so many tokens, cut at a word where that costs little."""
        whole = prefix[:_PREFIX_CHARS]
        if len(whole) == len(prefix) and self._count(prefix) <= most:
            return prefix
        low, high = 0, len(whole)
        while low < high:
            middle = (low + high + 1) // 2
            if self._count(whole[:middle]) <= most:
                low = middle
            else:
                high = middle - 1
        border = whole.rfind(" ", low // 2, low + 1)
        return whole[: border if border >= 0 else low].rstrip()

    def _count(self, prefix: str) -> int:
        return self._count_tokens([f"{prefix}\n"])[0]


def _runs(parts: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Units under one heading: a cut before each that opens a section or leaves one."""
    run: list[Unit] = []
    for unit in parts:
        if run and (unit.opens or unit.text_path != run[-1].text_path):
            yield run
            run = []
        run.append(unit)
    if run:
        yield run


def _balance(run: Sequence[Unit], min_words: int, most: Size) -> Iterator[list[Unit]]:
    """Passages of about equal size, rather than full ones and a stub at the end."""
    rest = _size(run)
    parts = max(-(-rest.words // most.words), -(-rest.tokens // max(1, most.tokens)), 1)
    target = rest.words / parts
    group: list[Unit] = []
    size = NOTHING
    for unit in run:
        # Close when adding the unit would overshoot the target by more than stopping falls short.
        enough = size.words + unit.size.words / 2 > target and rest.words >= min_words
        if group and (enough or not (size + unit.size).fits(most)):
            yield group
            group, size = [], NOTHING
        group.append(unit)
        size += unit.size
        rest -= unit.size
    yield group


def _join(groups: list[list[Unit]], group: list[Unit], min_words: int, most: Size) -> None:
    """Adds a group to the last one where one of them is short and both fit one passage."""
    if groups:
        before, own = _size(groups[-1]), _size(group)
        if min(before.words, own.words) < min_words and (before + own).fits(most):
            groups[-1].extend(group)
            return
    groups.append(group)


def _size(parts: Sequence[Unit]) -> Size:
    return sum((unit.size for unit in parts), NOTHING)


def _draft(group: Sequence[Unit], prefixes: _Prefixes) -> _Draft:
    texts = [unit.text_path for unit in group if unit.has_text]
    paths = texts or [unit.shared_path for unit in group]
    lead = group[0].lead
    return _Draft(
        start=group[0].start,
        end=group[-1].end,
        heading_path=(*reduce(shared, paths), *lead),
        # Headings inside the passage are part of its text and not said twice.
        prefix=prefixes.of(reduce(shared, [unit.shared_path for unit in group]), lead),
    )


def indexed_text(prefix: str, text: str) -> str:
    """What is embedded and indexed of a passage: the prefix, where there is one, and the text."""
    return f"{prefix}\n{text.strip()}" if prefix else text.strip()


def _ensure_fit(
    drafts: list[_Draft], text: str, max_tokens: int, most: Size, count_tokens: CountTokens
) -> list[_Draft]:
    """Cuts what the model could still not read whole.

    Tokens of parts add up to those of the whole for most tokenisers, but none promises it.
    """
    for tokens in (most.tokens >> n for n in range(1, most.tokens.bit_length() + 1)):
        counts = count_tokens(
            [indexed_text(each.prefix, text[each.start : each.end]) for each in drafts]
        )
        if max(counts) <= max_tokens:
            break
        smaller = Size(most.runs, most.characters, tokens)
        cut: list[_Draft] = []
        for draft, count in zip(drafts, counts, strict=True):
            if count <= max_tokens:
                cut.append(draft)
                continue
            for start, end, _ in cut_to_size(text, draft.start, draft.end, smaller, count_tokens):
                cut.append(replace(draft, start=start, end=end))
        drafts = cut
    return drafts


def passage_ids(document_id: DocumentId, texts: Sequence[str]) -> list[PassageId]:
    """The ids of all passages of a document.

    Args:
        document_id: its id.
        texts: of its passages, in order.
    """
    seen: Counter[str] = Counter()
    ids = []
    for text in texts:
        normalised = " ".join(text.split())
        key = f"{document_id}\x1f{normalised}\x1f{seen[normalised]}"
        seen[normalised] += 1
        ids.append(PassageId(hashlib.blake2b(key.encode(), digest_size=16).hexdigest()))
    return ids


def _passages(document_id: DocumentId, text: str, drafts: Sequence[_Draft]) -> Iterator[Passage]:
    bodies = [text[draft.start : draft.end] for draft in drafts]
    ids = passage_ids(document_id, bodies)
    for ordinal, (draft, body) in enumerate(zip(drafts, bodies, strict=True)):
        yield Passage(
            passage_id=ids[ordinal],
            document_id=document_id,
            ordinal=ordinal,
            start_char=draft.start,
            end_char=draft.end,
            heading_path=draft.heading_path,
            text=body,
            prefix=draft.prefix,
        )
