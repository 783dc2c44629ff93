"""What several replies have in common: how a source, its authority and its time are told."""

import hashlib

from pydantic import BaseModel, ConfigDict

from authority.prior import Prior
from corpora.document import SourceRef
from indexer.records import StoredDocument

MAX_FIELDS = 100


def refuse_many_fields(data: object) -> object:
    """To run before validation: each unknown field would become an error, while others wait."""
    if isinstance(data, dict) and len(data) > MAX_FIELDS:
        raise ValueError(f"has more than {MAX_FIELDS} fields")
    return data


class Wire(BaseModel):
    """What all replies share: the text below a field describes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class AuthorityReply(Wire):
    """How far the source is trusted, and why."""

    prior: float
    """in [0, 1], higher is better"""
    tier: int | None
    """1 (primary and official) to 4 (known and accountable); null for unlisted sources"""
    reasons: list[str]
    """a line each, strongest first"""


class SourceReply(Wire):
    """The record the text was read from: enough to check it against the bytes."""

    file: str
    """as it was given to the build"""
    offset: int
    """byte at which the record starts"""
    length: int | None
    """bytes of the record; null where it was cut off"""
    base: str
    """what offset and length count: bytes of the file, or of the decompressed stream"""
    digest: str
    """sha256 of the payload, after transfer decoding; may be empty"""


def authority_reply(prior: Prior) -> AuthorityReply:
    """A prior as it goes over the wire."""
    return AuthorityReply(prior=prior.value, tier=prior.tier, reasons=list(prior.reasons))


def source_reply(source: SourceRef) -> SourceReply:
    """A place in a file as it goes over the wire."""
    return SourceReply(
        file=source.file,
        offset=source.offset,
        length=source.length,
        base=source.base.value,
        digest=source.digest,
    )


def time_of(document: StoredDocument) -> str:
    """ISO 8601: the date of publication, a paper's year, or nothing."""
    if document.published is not None:
        return document.published.isoformat()
    if document.paper is not None and document.paper.year is not None:
        return f"{document.paper.year:04d}"
    return ""


def digest_of(text: str) -> str:
    """What a reader can check a text with."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
