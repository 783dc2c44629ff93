"""The native dialect on the wire: CONTRACTS of `POST /v1/search`."""

import hashlib
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from authority.rule import DEFAULT_EPSILON
from corpora.document import DocumentKind
from indexer.generation import Generation, GenerationId
from server.filters import MAX_DOMAINS, Domain, Filters, Undated
from server.hit import Answer, Hit
from server.search import UNDATED_DECAY, AuthorityMode, Request
from server.settings import MAX_QUERY_CHARS, MAX_RESULTS

DomainText = Annotated[str, Field(min_length=1, max_length=2_000)]


def _day(value: object) -> object:
    """Only YYYY-MM-DD: pydantic would also take a number for a time since 1970."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return value
    raise ValueError("is no date; write YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_day)]


class AuthorityOptions(BaseModel):
    """What authority may do to the list."""

    model_config = ConfigDict(extra="forbid")

    mode: Annotated[
        Literal["tiebreak", "off", "filter"],
        Field(description="filter: as tiebreak, and only sources of min_tier or a better one"),
    ] = "tiebreak"
    epsilon: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="relevance gap within which the more trustworthy source goes first; "
            f"the server's setting ({DEFAULT_EPSILON} unless changed) when absent",
        ),
    ] = None
    min_tier: Annotated[
        int | None,
        Field(ge=1, le=4, strict=True, description="only sources of this tier or a better one"),
    ] = None


class SearchRequest(BaseModel):
    """A question."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"query": "how does a try statement clean up", "n": 5},
                {
                    "query": "measles vaccination schedule",
                    "top_k": 10,
                    "include_domains": ["who.int", "gov"],
                    "published_after": "2020-01-01",
                    "undated": "keep_undated",
                    "passages_per_document": 2,
                    "authority": {"mode": "filter", "min_tier": 2},
                    "explain": True,
                },
            ]
        },
    )

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUERY_CHARS)]
    top_k: Annotated[
        int,
        Field(ge=1, le=MAX_RESULTS, validation_alias=AliasChoices("top_k", "n"), strict=True),
    ] = 10
    include_domains: Annotated[
        list[DomainText],
        Field(
            max_length=MAX_DOMAINS,
            description="only these domains and what is below them: example.org, gov, who.int/news",
        ),
    ] = []
    exclude_domains: Annotated[
        list[DomainText], Field(max_length=MAX_DOMAINS, description="none of these")
    ] = []
    domains_mode: Annotated[
        Literal["filter", "boost"],
        Field(
            description="filter: nothing from other domains; boost: included domains win every "
            "tie in relevance, whoever else is trusted"
        ),
    ] = "filter"
    kinds: Annotated[list[DocumentKind], Field(max_length=len(DocumentKind))] = []
    languages: Annotated[
        list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]],
        Field(max_length=100, description="ISO 639-1 codes"),
    ] = []
    collections: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(max_length=100, description="names given when the index was built"),
    ] = []
    published_after: Annotated[Day | None, Field(description="first day, included: YYYY-MM-DD")] = (
        None
    )
    published_before: Annotated[Day | None, Field(description="last day, included: YYYY-MM-DD")] = (
        None
    )
    undated: Annotated[
        Undated,
        Field(
            description="documents without a date, when a day is given: left out (strict), kept "
            f"(keep_undated), or kept with {UNDATED_DECAY:g} of their relevance (decay)"
        ),
    ] = Undated.KEEP
    passages_per_document: Annotated[
        int | None, Field(ge=1, le=MAX_RESULTS, strict=True, description="most from one document")
    ] = None
    authority: AuthorityOptions = Field(default_factory=AuthorityOptions)
    explain: bool = False

    def to_request(self) -> Request:
        """The same question as the engine takes it.

        Raises:
            QueryError: a domain is none.
        """
        included = _domains("include_domains", self.include_domains)
        boost = self.domains_mode == "boost"
        return Request(
            query=self.query,
            top_k=self.top_k,
            authority=AuthorityMode(self.authority.mode),
            epsilon=self.authority.epsilon,
            filters=Filters(
                include_domains=() if boost else included,
                exclude_domains=_domains("exclude_domains", self.exclude_domains),
                kinds=tuple(kind.value for kind in self.kinds),
                languages=tuple(self.languages),
                collections=tuple(self.collections),
                published_after=self.published_after,
                published_before=self.published_before,
                undated=self.undated,
                min_tier=self.authority.min_tier,
            ),
            boosted=included if boost else (),
            passages_per_document=self.passages_per_document,
        )


def _domains(field: str, texts: list[str]) -> tuple[Domain, ...]:
    return tuple(Domain.parse(text, f"{field}.{i}") for i, text in enumerate(texts))


class MatchReply(BaseModel):
    """Absolute evidence: raw cosine, and share of the query's ideal BM25."""

    cosine: float
    lexical: float


class AuthorityReply(BaseModel):
    """How far the source is trusted, and why."""

    prior: float
    tier: int | None
    reasons: list[str]


class SourceReply(BaseModel):
    """The record the passage was read from: enough to check it against the bytes."""

    file: str
    offset: int
    length: int | None
    base: str
    digest: str


class CopyReply(BaseModel):
    """The same text elsewhere."""

    passage_id: str
    url: str | None
    prior: float


class Explanation(BaseModel):
    """How the position came about; only when asked for."""

    formula: str
    moved_by_authority: int


class ResultReply(BaseModel):
    """One passage."""

    url: str
    position: int
    title: str
    time: str
    snippet: str
    content: str
    passage_id: str
    document_id: str
    text_digest: str
    start_char: int
    end_char: int
    heading: str | None
    kind: str
    language: str | None
    final: float
    relevance: float
    match: MatchReply
    signals: dict[str, float]
    authority: AuthorityReply
    rank_without_authority: int
    also_at: list[CopyReply]
    retracted: Annotated[
        bool | None, Field(description="null: no list of retractions is loaded")
    ] = None
    source: SourceReply
    explanation: Explanation | None = None


class SearchReply(BaseModel):
    """The answer to one question."""

    query: str
    category: str | None
    generation: str
    epsilon: float
    results: list[ResultReply]
    dropped: Annotated[
        dict[str, dict[str, int]],
        Field(
            description="candidates that the filter by date left out: undated and outside_dates, "
            "each by tier (none: without a tier)"
        ),
    ] = {}
    notes: list[str] = []


class GenerationReply(BaseModel):
    """A generation on disk."""

    generation: str
    live: Annotated[bool, Field(description="whether this server answers from it")]
    created_at: str | None = None
    parent: str | None = None
    documents: int | None = None
    passages: int | None = None
    shards: int | None = None
    model: str | None = None
    error: Annotated[str | None, Field(description="why it cannot be read")] = None


class GenerationsReply(BaseModel):
    """All generations on disk, newest first."""

    generations: list[GenerationReply]


def to_generations(
    found: list[tuple[GenerationId, Generation | str]], live: GenerationId
) -> GenerationsReply:
    """The generations as they go over the wire."""
    return GenerationsReply(generations=[_generation(name, item, live) for name, item in found])


def _generation(name: GenerationId, found: Generation | str, live: GenerationId) -> GenerationReply:
    if isinstance(found, str):
        return GenerationReply(generation=name, live=name == live, error=found)
    return GenerationReply(
        generation=name,
        live=name == live,
        created_at=found.created_at,
        parent=found.parent,
        documents=found.documents,
        passages=found.passages,
        shards=len(found.shards),
        model=found.model.name,
    )


def to_reply(answer: Answer, *, explain: bool = False) -> SearchReply:
    """The answer as it goes over the wire."""
    return SearchReply(
        query=answer.query,
        category=None,
        generation=answer.generation_id,
        epsilon=answer.epsilon,
        results=[_result(hit, answer.epsilon, explain=explain) for hit in answer.hits],
        dropped={reason: dict(tiers) for reason, tiers in answer.dropped.items()},
        notes=list(answer.notes),
    )


def _result(hit: Hit, epsilon: float, *, explain: bool) -> ResultReply:
    document, source = hit.document, hit.document.source
    return ResultReply(
        url=document.url or "",
        position=hit.position,
        title=document.title or "",
        time=_time(hit),
        snippet=hit.snippet,
        content=hit.text,
        passage_id=hit.passage_id,
        document_id=document.document_id,
        text_digest=f"sha256:{hashlib.sha256(hit.text.encode()).hexdigest()}",
        start_char=hit.start_char,
        end_char=hit.end_char,
        heading=hit.heading,
        kind=document.kind.value,
        language=document.language,
        final=hit.final,
        relevance=hit.relevance,
        match=MatchReply(cosine=hit.match.cosine, lexical=hit.match.lexical),
        signals=dict(hit.signals),
        authority=AuthorityReply(
            prior=hit.prior.value, tier=hit.prior.tier, reasons=list(hit.prior.reasons)
        ),
        rank_without_authority=hit.rank_without_authority,
        also_at=[
            CopyReply(passage_id=copy.passage_id, url=copy.url, prior=copy.prior)
            for copy in hit.also_at
        ],
        source=SourceReply(
            file=source.file,
            offset=source.offset,
            length=source.length,
            base=source.base.value,
            digest=source.digest,
        ),
        explanation=_explain(hit, epsilon) if explain else None,
    )


def _time(hit: Hit) -> str:
    """ISO 8601: the date of publication, a paper's year, or nothing."""
    document = hit.document
    if document.published is not None:
        return document.published.isoformat()
    if document.paper is not None and document.paper.year is not None:
        return f"{document.paper.year:04d}"
    return ""


def _explain(hit: Hit, epsilon: float) -> Explanation:
    return Explanation(
        formula=f"final {hit.final:.4f} = relevance {hit.relevance:.4f} + epsilon {epsilon:g} "
        f"* prior {hit.prior.value:.3f}",
        moved_by_authority=hit.rank_without_authority - hit.position,
    )
