"""What `POST /v1/open` takes and gives."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from server import examples
from server.budget import MIN_TOKENS
from server.open import Opened, Opening
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

MAX_URL_CHARS = 8_192
_MAX_CHARS = 2**31 - 1
_MAX_TOKENS = 10_000_000


def _one_of_both(schema: dict[str, Any]) -> None:
    """Says that a url or an id is needed, and not both."""
    is_null = {"type": "null"}
    schema["oneOf"] = [
        {"required": [one], "properties": {one: {"type": "string"}, other: is_null}}
        for one, other in (("url", "id"), ("id", "url"))
    ]
    schema["examples"] = examples.OPEN_REQUESTS


class OpenRequest(BaseModel):
    """Which document, and how much of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_one_of_both)

    _few = model_validator(mode="before")(refuse_many_fields)

    url: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_URL_CHARS,
            description="address of a page or a paper, as results show it or as a browser would "
            "(http or https, fragments and tracking parameters do not matter), or a DOI; one of "
            "url and id is needed",
        ),
    ] = None
    id: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-fA-F]{32}$",
            description="a document_id or a passage_id of a result; a passage opens its document, "
            "from the passage's beginning unless a range is given",
        ),
    ] = None
    start_char: Annotated[
        int | None,
        Field(
            ge=0,
            le=_MAX_CHARS,
            strict=True,
            description="first code point wanted, as in start_char of a result; it may not lie "
            "beyond the document",
        ),
    ] = None
    end_char: Annotated[
        int | None,
        Field(
            ge=0,
            le=_MAX_CHARS,
            strict=True,
            description="one past the last code point wanted; beyond the document's end it means "
            "that end",
        ),
    ] = None
    max_tokens: Annotated[
        int | None,
        Field(
            ge=MIN_TOKENS,
            le=_MAX_TOKENS,
            strict=True,
            description="most tokens of the text, counted with the tokenizer of the index's "
            "embedding model; never exceeded. The text is then cut after a sentence, or after a "
            "word where no sentence fits, and next_start_char says where to go on",
        ),
    ] = None

    def to_opening(self) -> Opening:
        """The same request as the engine takes it."""
        return Opening(
            url=self.url,
            id=self.id,
            start_char=self.start_char,
            end_char=self.end_char,
            max_tokens=self.max_tokens,
        )


class DocumentCopyReply(Wire):
    """Nearly the same text elsewhere."""

    document_id: str
    """of the copy"""
    url: str | None
    """where it was read; null without an address"""
    prior: float
    """authority of its source, in [0, 1]"""


class OpenReply(Wire):
    """A document, or a stretch of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.OPEN_REPLY]})

    url: str
    """where a person can read the document: its address, or its DOI's; empty with neither"""
    document_id: str
    """the same in every call and rebuild"""
    passage_id: str | None
    """the passage that the id named; null where it named a document, or a url was given"""
    generation: str
    """the generation of the index that the text was read from"""
    title: str
    """of the document; empty where it is not known"""
    time: str
    """date of publication (ISO 8601), or the year of a paper; empty where it is not known"""
    kind: str
    """web or paper"""
    language: str | None
    """ISO 639-1 code; null where it is not known"""
    heading: str | None
    """the headings above the beginning of the text, outermost first, as a line; null without any"""
    text: str
    """the document's text from start_char to end_char, to the character"""
    start_char: int
    """first code point of text in the document's text"""
    end_char: int
    """one past the last code point of text in the document's text"""
    total_chars: int
    """code points of the whole document"""
    truncated: bool
    """whether max_tokens cut off some of what was asked for"""
    next_start_char: int | None
    """start_char of the next request; null where all that was asked for is here"""
    tokens: int
    """of text, for the index's embedding model, special tokens not counted"""
    text_digest: str
    """sha256 of text in UTF-8"""
    authority: AuthorityReply
    """how far the source is trusted, and why"""
    also_at: list[DocumentCopyReply]
    """documents with nearly the same text, by falling authority, at most 20"""
    retracted: bool | None = None
    """null: no list of retractions is loaded"""
    source: SourceReply
    """the record the document was read from"""


def to_open_reply(opened: Opened) -> OpenReply:
    """What was opened, as it goes over the wire."""
    document = opened.document
    return OpenReply(
        url=document.address,
        document_id=document.document_id,
        passage_id=opened.passage_id,
        generation=opened.generation_id,
        title=document.title or "",
        time=time_of(document),
        kind=document.kind.value,
        language=document.language,
        heading=opened.heading,
        text=opened.text,
        start_char=opened.start_char,
        end_char=opened.end_char,
        total_chars=opened.total_chars,
        truncated=opened.next_start_char is not None,
        next_start_char=opened.next_start_char,
        tokens=opened.tokens,
        text_digest=digest_of(opened.text),
        authority=authority_reply(opened.prior),
        also_at=[
            DocumentCopyReply(document_id=copy.document_id, url=copy.url, prior=copy.prior)
            for copy in opened.also_at
        ],
        source=source_reply(document.source),
    )
