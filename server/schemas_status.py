"""What the routes about the server itself give, and what every refusal looks like."""

from typing import Literal

from pydantic import ConfigDict

from authority.prior import describe, weigh
from authority.resolve import Resolution
from indexer.generation import Generation, GenerationId
from server import examples
from server.wire import Wire


class FieldError(Wire):
    """One thing that is wrong."""

    field: str | None
    """the field of the request, with a dot before what is inside it; "body" for the body as a
    whole; null where no field is at fault"""
    message: str
    """what is wrong with it, and what is allowed"""


class ErrorBody(FieldError):
    """The first thing that is wrong, and everything that is."""

    details: list[FieldError]
    """all that is wrong, the first included; at most 20"""


class ErrorReply(Wire):
    """What every refusal and failure looks like."""

    error: ErrorBody
    """what happened"""


class EvidenceReply(Wire):
    """One reason behind a judgement."""

    kind: str
    """where the statement comes from: curated, suffix_class, page_rule, nothing_known or
    unreadable_input"""
    statement: str
    """a line for a person"""
    source: str | None
    """where the claim can be checked; null where nothing is claimed"""
    date: str | None
    """the day a curator added it (ISO 8601); null for what no curator added"""
    curator: str | None
    """who added it; null for what no curator added"""


class AuthorityDescription(Wire):
    """How far an address is trusted, and on what evidence."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.AUTHORITY]})

    input: str
    """what was asked"""
    host: str | None
    """as read from it, in lowercase A-labels; null where there is none"""
    registrable_domain: str | None
    """the part of the host that someone registered; null where there is none"""
    prior: float
    """in [0, 1], higher is better"""
    tier: int | None
    """1 (primary and official) to 4 (known and accountable); null for unlisted, distrusted and
    withheld"""
    category: str | None
    """what kind of source it is; null where that is not known"""
    topics: list[str]
    """what its authority is about; general where it is about everything, empty where no curator
    said"""
    stance: str | None
    """what a curator said: trust, user_content or distrust; null where none did, or not about this
    page"""
    matched: str | None
    """the key of the registry, or the suffix, that decides; null where none does"""
    evidence: list[EvidenceReply]
    """the reasons, strongest first, at least one"""


class GenerationReply(Wire):
    """A generation on disk."""

    generation: str
    """its id"""
    live: bool
    """whether this server answers from it"""
    created_at: str | None = None
    """ISO 8601, UTC; like all that follows null where the generation cannot be read"""
    parent: str | None = None
    """the generation it replaced; null for the first"""
    documents: int | None = None
    """pages and papers"""
    passages: int | None = None
    """paragraphs that can be found"""
    shards: int | None = None
    """parts on disk"""
    model: str | None = None
    """the embedding model it was built with"""
    error: str | None = None
    """why it cannot be read; null where it can"""


class GenerationsReply(Wire):
    """All generations on disk."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.GENERATIONS]})

    generations: list[GenerationReply]
    """newest first"""


class HealthReply(Wire):
    """That the server answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.HEALTH]})

    status: Literal["ok"]
    """always ok"""
    generation: str
    """the generation it answers from"""


class ReadyReply(Wire):
    """Whether answers come from what is published."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.READY]})

    status: Literal["ready", "behind"]
    """behind: answers go on, but from a generation that is no longer the published one"""
    generation: str
    """the generation that answers"""
    swaps: int
    """generations taken over since the start"""
    failure: str | None
    """why the published generation cannot be taken over; null when ready"""


def to_description(resolution: Resolution) -> AuthorityDescription:
    """What is known about an address, as it goes over the wire."""
    return AuthorityDescription.model_validate(describe(resolution, weigh(resolution)))


def to_generations(
    found: list[tuple[GenerationId, Generation | str]], live: Generation
) -> GenerationsReply:
    """The generations as they go over the wire; the one that answers also where it is deleted."""
    answering = live.generation_id
    if answering not in {name for name, _ in found}:
        found = [(answering, live), *found]
    return GenerationsReply(
        generations=[_generation(name, item, answering) for name, item in found]
    )


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
