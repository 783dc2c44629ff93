"""One document, whole or in pieces: the text that a citation stands in."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np

from authority.prior import Prior
from corpora.document import DocumentId, PassageId, identify
from corpora.errors import QueryError
from corpora.urls import identity_key, normalise_url
from indexer.generation import GenerationId
from indexer.records import StoredDocument
from indexer.units import CountTokens
from server.budget import MIN_TOKENS, count_between, fit
from server.settings import MAX_ALSO_AT
from server.snapshot import Snapshot
from server.trust import Trust

ID = re.compile(r"[0-9a-fA-F]{32}")

_DOI = re.compile(
    r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)?(?P<doi>10\.\d{4,9}/\S+)", re.IGNORECASE
)


_BARE_ADDRESS = re.compile(r"[^\s/:@?#]+\.[^\s/:@?#]+(?:/|$)")


class NotIndexed(QueryError):
    """What is asked for is not in this index."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open, and how much of it.

    Attributes:
        url: address of a page or paper, or a DOI; None where an id is given.
        id: of a document or a passage, 32 hex digits; None where a URL is given.
        start_char: first code point wanted; None for the beginning, or for that of the passage
            where the id is one's and no end is given either.
        end_char: one past the last code point wanted; None for the end of the document.
        max_tokens: most tokens of the text; None for any number.
    """

    url: str | None = None
    id: str | None = None
    start_char: int | None = None
    end_char: int | None = None
    max_tokens: int | None = None

    def check(self) -> None:
        """Refuses what names nothing or contradicts itself.

        Raises:
            QueryError: names the field, what was wrong and what is allowed.
        """
        if self.url is None and self.id is None:
            raise QueryError("url", "is missing; give a url, or an id instead")
        if self.url is not None and self.id is not None:
            raise QueryError("id", "is given together with url; give one of them")
        if self.id is not None and not ID.fullmatch(self.id):
            raise QueryError("id", "is no id of a document or passage: 32 hexadecimal digits")
        if self.start_char is not None and self.start_char < 0:
            raise QueryError("start_char", f"is {self.start_char}; it counts from 0")
        if self.end_char is not None and self.end_char < (self.start_char or 0):
            raise QueryError(
                "end_char", f"is {self.end_char}, before start_char, {self.start_char or 0}"
            )
        if self.max_tokens is not None and self.max_tokens < MIN_TOKENS:
            raise QueryError(
                "max_tokens", f"is {self.max_tokens}; at least {MIN_TOKENS} are needed"
            )


@dataclass(frozen=True, slots=True)
class DocumentCopy:
    """Another document with nearly the same text."""

    document_id: DocumentId
    url: str | None
    prior: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A stretch of a document.

    Attributes:
        document: the document.
        passage_id: the passage that the id named; None where it named a document.
        generation_id: what it was read from.
        heading: heading path at its beginning, as a line; None without headings.
        text: exactly `document text[start_char:end_char]`.
        start_char, end_char: code points in the document's text.
        total_chars: code points of the whole document.
        next_start_char: where to go on; None where all that was asked for is here.
        tokens: of the text, for the embedding model, special tokens not counted.
        prior: authority of the source.
        also_at: documents all of whose passages are copies of this one's, exact or near, by
            falling authority, at most MAX_ALSO_AT.
    """

    document: StoredDocument
    passage_id: PassageId | None
    generation_id: GenerationId
    heading: str | None
    text: str
    start_char: int
    end_char: int
    total_chars: int
    next_start_char: int | None
    tokens: int
    prior: Prior
    also_at: tuple[DocumentCopy, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is: shard number, document row, passage row (None for a document)."""

    shard: int
    document: int
    passage: int | None = None


def open_document(opening: Opening, snapshot: Snapshot, trust: Trust, count: CountTokens) -> Opened:
    """Reads a document from the index.

    Args:
        opening: what to read.
        snapshot: where to look.
        trust: its priors.
        count: the embedding model's tokenizer.

    Raises:
        QueryError: the request contradicts itself or the document.
        NotIndexed: the index holds no such document.
    """
    opening.check()
    place = _find(opening, snapshot)
    shard = snapshot.shards[place.shard]
    passages = shard.passages
    rows = passages.of_document(place.document)
    borders = passages.start_char[rows.start : rows.stop].tolist()
    text = shard.documents.text(place.document)
    passage_start = None if place.passage is None else borders[place.passage - rows.start]
    start, wanted = _range(opening, passage_start, len(text))
    cuts = [start, *(border for border in borders if start < border < wanted), wanted]
    end, tokens = _within_budget(opening.max_tokens, text, cuts, count)
    at_start = rows[max(bisect_right(borders, start) - 1, 0)]
    prior = trust.prior((place.shard, at_start))
    return Opened(
        document=shard.documents.get(place.document),
        passage_id=None if place.passage is None else passages.ids([place.passage])[0],
        generation_id=snapshot.generation.generation_id,
        heading=passages.heading(at_start),
        text=text[start:end],
        start_char=start,
        end_char=end,
        total_chars=len(text),
        next_start_char=end if end < wanted else None,
        tokens=tokens,
        prior=prior,
        also_at=_copies(place, snapshot, trust),
    )


def _copies(place: _Place, snapshot: Snapshot, trust: Trust) -> tuple[DocumentCopy, ...]:
    family = snapshot.families[place.shard].documents[place.document]
    if family == 0:
        return ()
    found: list[tuple[float, DocumentId, str | None]] = []
    for number, (shard, families) in enumerate(
        zip(snapshot.shards, snapshot.families, strict=True)
    ):
        rows = np.flatnonzero(families.documents == family).tolist()
        rows = [row for row in rows if (number, row) != (place.shard, place.document)]
        addresses = [(number, shard.passages.of_document(row).start) for row in rows]
        best = sorted(zip((-trust.values(addresses)).tolist(), rows, strict=True))
        for prior, row in best[:MAX_ALSO_AT]:
            document = shard.documents.get(row)
            found.append((prior, DocumentId(document.document_id), document.url))
    found.sort(key=lambda each: each[:2])
    return tuple(DocumentCopy(key, url, -prior) for prior, key, url in found[:MAX_ALSO_AT])


def _find(opening: Opening, snapshot: Snapshot) -> _Place:
    if opening.id is not None:
        place = _find_id(opening.id, snapshot)
        if place is None:
            raise NotIndexed("id", "this index has no document and no passage with this id")
        return place
    assert opening.url is not None
    place = _find_url(opening.url, snapshot)
    if place is None:
        raise NotIndexed(
            "url", "this index has no such page; what is not indexed is not fetched either"
        )
    return place


def _find_id(wanted: str, snapshot: Snapshot) -> _Place | None:
    for number, shard in enumerate(snapshot.shards):
        row = shard.documents.find(DocumentId(wanted))
        if row is not None:
            return _Place(number, row)
        row = shard.passages.find(PassageId(wanted))
        if row is not None:
            return _Place(number, int(shard.passages.document[row]), row)
    return None


def _find_url(given: str, snapshot: Snapshot) -> _Place | None:
    """As the build identified pages and papers; papers also by the address results show.

    Raises:
        QueryError: it is neither a web address nor a DOI.
    """
    keys = list(_doi_keys(given))
    url = normalise_url(given)
    if url is None and not keys and _BARE_ADDRESS.match(given.strip()):
        url = normalise_url(f"https://{given.strip()}")  # as people write it
    keys += [identity_key(address) for address in _with_either_slash(url)]
    if not keys:
        raise QueryError("url", f"{given[:100]!r} is neither an http or https address nor a DOI")
    ids = [identify(key) for key in keys]
    for number, shard in enumerate(snapshot.shards):
        rows = [shard.documents.find(document_id) for document_id in ids]
        found = next((row for row in rows if row is not None), None)
        if found is not None:
            return _Place(number, found)
    # A page of that address in any shard goes before a paper of it.
    for address in _with_either_slash(url):
        for number, shard in enumerate(snapshot.shards):
            found = shard.documents.find_paper(address)
            if found is not None:
                return _Place(number, found)
    return None


def _with_either_slash(url: str | None) -> list[str]:
    """A URL, and the same with or without the slash at its end, which sites treat alike."""
    if url is None or "?" in url:
        return [] if url is None else [url]
    return [url, url.rstrip("/") if url.endswith("/") else f"{url}/"]


def _doi_keys(given: str) -> Iterator[str]:
    match = _DOI.fullmatch(given.strip())
    if match is not None:
        for doi in {match["doi"].lower(): None, unquote(match["doi"]).lower(): None}:
            yield f"doi:{doi}"


def _range(opening: Opening, passage_start: int | None, total: int) -> tuple[int, int]:
    """First code point and one past the last, of a document with `total`.

    Raises:
        QueryError: it begins beyond the document.
    """
    start, end = opening.start_char, opening.end_char
    if start is None:
        start = passage_start if passage_start is not None and end is None else 0
    if start > total:
        raise QueryError("start_char", f"is {start:,}; the document has {total:,} characters")
    return start, total if end is None else min(end, total)


def _within_budget(
    budget: int | None, text: str, cuts: list[int], count: CountTokens
) -> tuple[int, int]:
    """Where the text ends that a budget allows, and its tokens."""
    if budget is None:
        return cuts[-1], count_between(text, cuts, count)
    piece = fit(text, cuts, budget, count)
    if piece is None:
        raise QueryError("max_tokens", f"is {budget}; the next character alone has more tokens")
    return piece.end, piece.tokens
