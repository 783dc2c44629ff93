"""The native dialect on the wire: what `POST /v1/search` takes and gives.

What is sent is checked strictly: true is no number, "5" neither, unknown fields are refused.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from authority.rule import DEFAULT_EPSILON
from corpora.document import DocumentKind
from server import examples
from server.filters import MAX_DOMAINS, Domain, Filters, Undated
from server.hit import Answer, Hit
from server.search import UNDATED_DECAY, AuthorityMode, Request
from server.settings import MAX_QUERY_CHARS, MAX_RESULTS
from server.wire import (
    AuthorityReply,
    SourceReply,
    Wire,
    authority_reply,
    digest_of,
    refuse_many_fields,
    source_reply,
    time_of,
)

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
        Field(
            description="tiebreak: the more trustworthy of about equally relevant passages goes "
            "first; off: relevance alone; filter: as tiebreak, and only sources of min_tier or a "
            "better one"
        ),
    ] = "tiebreak"
    epsilon: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            strict=True,
            allow_inf_nan=False,
            description="relevance gap within which the more trustworthy source goes first; "
            f"the server's setting ({DEFAULT_EPSILON} unless changed) when absent",
        ),
    ] = None
    min_tier: Annotated[
        int | None,
        Field(ge=1, le=4, strict=True, description="only sources of this tier or a better one"),
    ] = None


def _both_names(schema: dict[str, Any]) -> None:
    """Says that top_k may be called n, but not both."""
    properties = schema["properties"]
    top_k = properties["top_k"]
    properties["n"] = top_k | {"title": "N", "description": "another name of top_k"}
    schema["not"] = {"required": ["top_k", "n"]}
    schema["examples"] = examples.SEARCH_REQUESTS


class SearchRequest(BaseModel):
    """A question, and what may answer it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_both_names)

    _few = model_validator(mode="before")(refuse_many_fields)

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUERY_CHARS,
            description="the question, in words; not only white space",
        ),
    ]
    top_k: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_RESULTS,
            validation_alias=AliasChoices("top_k", "n"),
            strict=True,
            description="most results; also called n",
        ),
    ] = 10
    include_domains: Annotated[
        list[DomainText],
        Field(
            max_length=MAX_DOMAINS,
            description="only these domains and what is below them: example.org, gov, who.int/news",
        ),
    ] = []
    exclude_domains: Annotated[
        list[DomainText],
        Field(max_length=MAX_DOMAINS, description="none of these, also where they are included"),
    ] = []
    domains_mode: Annotated[
        Literal["filter", "boost"],
        Field(
            description="filter: nothing from other domains; boost: included domains win every "
            "tie in relevance, whoever else is trusted"
        ),
    ] = "filter"
    kinds: Annotated[
        list[DocumentKind], Field(max_length=len(DocumentKind), description="only these kinds")
    ] = []
    languages: Annotated[
        list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]],
        Field(max_length=100, description="only these languages, by their ISO 639-1 codes"),
    ] = []
    collections: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(max_length=100, description="only these, by the name given when they were indexed"),
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
    authority: Annotated[AuthorityOptions, Field(description="what trust may do to the list")] = (
        AuthorityOptions()
    )
    explain: Annotated[
        bool, Field(strict=True, description="whether results say how they got their position")
    ] = False

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


class MatchReply(Wire):
    """Absolute evidence that a passage answers; neither value is a probability."""

    cosine: float
    """of the vectors of query and passage, in [-1, 1]"""
    lexical: float
    """share of the query's ideal BM25, in [0, 1]"""


class CopyReply(Wire):
    """The same text elsewhere, or one that differs in nothing that matters."""

    passage_id: str
    """of the copy"""
    url: str | None
    """of its document; null without one"""
    prior: float
    """authority of its source, in [0, 1]"""


class Explanation(Wire):
    """How the position came about."""

    formula: str
    """final as the sum it is"""
    moved_by_authority: int
    """positions gained (or, below 0, lost) to authority"""


class ResultReply(Wire):
    """One passage."""

    url: str
    """where a person can read the document: its address, or its DOI's; empty with neither"""
    position: int
    """from 1"""
    title: str
    """of the document; empty where it is not known"""
    time: str
    """date of publication (ISO 8601), or the year of a paper; empty where it is not known"""
    snippet: str
    """the part of the passage that shows most of the query's words"""
    content: str
    """the passage, to the character: text[start_char:end_char] of its document"""
    passage_id: str
    """the same in every call and rebuild; can be opened"""
    document_id: str
    """the same in every call and rebuild; can be opened"""
    text_digest: str
    """sha256 of content in UTF-8"""
    start_char: int
    """first code point in the document's text"""
    end_char: int
    """one past the last code point in the document's text"""
    heading: str | None
    """the headings above the passage, outermost first, as a line; of a part of a list or table also
    what introduces it and the row that names its columns; null without any"""
    kind: str
    """web or paper"""
    language: str | None
    """ISO 639-1 code; null where it is not known"""
    final: float
    """relevance + epsilon * prior; the list is sorted by it"""
    relevance: float
    """to the query, in [0, 1], higher is better"""
    match: MatchReply
    """absolute evidence that this passage answers"""
    signals: dict[str, float]
    """what relevance was computed from, by name"""
    authority: AuthorityReply
    """how far the source is trusted, and why"""
    rank_without_authority: int
    """the position with authority off"""
    also_at: list[CopyReply]
    """copies that this passage stands for, exact ones and such as differ in nothing that matters, by
    falling authority, at most 20"""
    retracted: bool | None = None
    """null: no list of retractions is loaded"""
    source: SourceReply
    """the record the document was read from"""
    explanation: Explanation | None = None
    """null unless explain is set"""


class SearchReply(Wire):
    """The answer to one question."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SEARCH_REPLY]})

    query: str
    """as asked, but for invisible characters and outer white space"""
    category: str | None
    """always null: there is one index, without categories"""
    generation: str
    """the generation of the index that answered"""
    epsilon: float
    """the gap in relevance within which authority decided; 0 with authority off"""
    match: MatchReply
    """the best evidence among all candidates: low where nothing here answers"""
    results: list[ResultReply]
    """best first"""
    dropped: dict[str, dict[str, int]]
    """candidates that the filter by date left out: undated and outside_dates, each by tier
    ("none": without a tier)"""
    notes: list[str]
    """what the caller should know, a line each"""


def to_reply(answer: Answer, *, explain: bool = False) -> SearchReply:
    """The answer as it goes over the wire."""
    return SearchReply(
        query=answer.query,
        category=None,
        generation=answer.generation_id,
        epsilon=answer.epsilon,
        match=MatchReply(cosine=answer.match.cosine, lexical=answer.match.lexical),
        results=[_result(hit, answer.epsilon, explain=explain) for hit in answer.hits],
        dropped={reason: dict(tiers) for reason, tiers in answer.dropped.items()},
        notes=list(answer.notes),
    )


def _result(hit: Hit, epsilon: float, *, explain: bool) -> ResultReply:
    document = hit.document
    return ResultReply(
        url=document.address,
        position=hit.position,
        title=document.title or "",
        time=time_of(document),
        snippet=hit.snippet,
        content=hit.text,
        passage_id=hit.passage_id,
        document_id=document.document_id,
        text_digest=digest_of(hit.text),
        start_char=hit.start_char,
        end_char=hit.end_char,
        heading=hit.heading,
        kind=document.kind.value,
        language=document.language,
        final=hit.final,
        relevance=hit.relevance,
        match=MatchReply(cosine=hit.match.cosine, lexical=hit.match.lexical),
        signals=dict(hit.signals),
        authority=authority_reply(hit.prior),
        rank_without_authority=hit.rank_without_authority,
        also_at=[
            CopyReply(passage_id=copy.passage_id, url=copy.url, prior=copy.prior)
            for copy in hit.also_at
        ],
        source=source_reply(document.source),
        explanation=_explain(hit, epsilon) if explain else None,
    )


def _explain(hit: Hit, epsilon: float) -> Explanation:
    prior = "1 (boosted)" if hit.is_boosted else f"{hit.prior.value:.3f}"
    return Explanation(
        formula=f"final {hit.final:.4f} = relevance {hit.relevance:.4f} + epsilon {epsilon:g} "
        f"* prior {prior}",
        moved_by_authority=hit.rank_without_authority - hit.position,
    )
