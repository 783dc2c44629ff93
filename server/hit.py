"""What a search returns, before any dialect."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authority.prior import Prior
from corpora.document import PassageId
from indexer.generation import GenerationId
from indexer.records import StoredDocument


@dataclass(frozen=True, slots=True)
class Match:
    """Absolute evidence that a passage answers a query; neither is a probability.

    Attributes:
        cosine: of query and passage vectors, in [-1, 1].
        lexical: share of the query's ideal BM25, in [0, 1].
    """

    cosine: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Copy:
    """Another passage with the same text, or nearly."""

    passage_id: PassageId
    url: str | None
    prior: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        position: from 1.
        passage_id: the same in every call and rebuild.
        document: its document.
        text: exactly `document text[start_char:end_char]`.
        snippet: the part of the text that shows most of the query's terms.
        start_char, end_char: code points in the document's text.
        heading: heading path as a line; None without headings.
        final: relevance + epsilon * prior; what the list is sorted by.
        relevance: in [0, 1], higher is better.
        match: absolute evidence.
        signals: name -> value, what relevance was computed from.
        prior: authority of the source.
        is_boosted: whether the caller's boost counted as prior 1 instead.
        rank_without_authority: position it would have with authority off, from 1.
        also_at: copies, exact and near, by falling authority, at most MAX_ALSO_AT.
    """

    position: int
    passage_id: PassageId
    document: StoredDocument
    text: str
    snippet: str
    start_char: int
    end_char: int
    heading: str | None
    final: float
    relevance: float
    match: Match
    signals: Mapping[str, float]
    prior: Prior
    is_boosted: bool
    rank_without_authority: int
    also_at: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one query.

    Attributes:
        query: as asked, but for invisible characters and outer white space.
        generation_id: what it was answered from.
        epsilon: relevance within which authority could decide; 0 with authority off.
        candidates: passages that were scored and may be delivered.
        match: the best evidence among the candidates, each part by itself: low where nothing
            here answers.
        hits: in order.
        dropped: why the filter by date left candidates out ("undated", "outside_dates") -> tier
            ("1" to "4", "none") -> passages.
        notes: what the caller should know, a line each.
    """

    query: str
    generation_id: GenerationId
    epsilon: float
    candidates: int
    match: Match
    hits: tuple[Hit, ...]
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
