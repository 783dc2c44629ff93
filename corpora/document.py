"""The records every stage hands to the next.

A reader yields `Document | Rejected`. A web page arrives with its `payload` and no blocks;
extraction fills the blocks and drops the payload. A paper arrives with its blocks, unless it is
a PDF.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from corpora.media import Media

DocumentId = NewType("DocumentId", str)
PassageId = NewType("PassageId", str)

BLOCK_SEPARATOR = "\n\n"


class DocumentKind(StrEnum):
    """What a document is; decides which evidence of authority applies to it."""

    WEB = "web"
    PAPER = "paper"


class BlockKind(StrEnum):
    """What a block of text is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    CAPTION = "caption"
    FOOTNOTE = "footnote"


class LinkRegion(StrEnum):
    """Where on a page a link stands."""

    CONTENT = "content"
    NAVIGATION = "navigation"
    HEADER = "header"
    FOOTER = "footer"
    ASIDE = "aside"


class OffsetBase(StrEnum):
    """What a `SourceRef` offset counts."""

    FILE = "file"
    """Bytes of the file as stored: seek there and read `length` bytes (one gzip member, or
    plain bytes when the file is not compressed)."""
    STREAM = "stream"
    """Bytes of the decompressed stream, where records are not separate gzip members."""


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a document was read: enough to check a citation against the bytes.

    Attributes:
        file: path of the file as it was given to the build; of a member of a container (WACZ, zip)
            that path, "!/" and the member's name, and the offset is then one in the member.
        offset: byte at which the record starts, counted as `base` says.
        length: bytes the record takes, counted as `base` says; None where the reader cannot
            know it (the record was cut off or broken).
        base: what `offset` and `length` count.
        digest: "sha256:<hex>" of the payload (after transfer decoding); empty when the payload
            could not be read.
        fetched_at: when the crawler fetched it (aware, UTC); None when the source does not say.
        via: the file of the revisit that gave the document its address and date, where that is
            another one; None for all else.
    """

    file: str
    offset: int
    length: int | None
    base: OffsetBase
    digest: str
    fetched_at: datetime | None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """What a server sent or a file holds, waiting for extraction.

    Attributes:
        content: the bytes, transfer and content encodings undone.
        media: what they are.
        charset: as the server or the archive declared it; None without a claim.
    """

    content: bytes
    media: Media
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a block that cites another paper.

    Attributes:
        start, end: code points in the block's text; `text[start:end]` is the marker ("[3]",
            "Smith (2020)").
        cited: the cited paper's document id, as `identify` would make it; None when unknown.
        title: the cited paper's title; None when unknown.
    """

    start: int
    end: int
    cited: DocumentId | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list, table, code sample, caption or footnote of a document.

    Attributes:
        text: Unicode NFC, stripped, never empty.
        kind: what it is.
        heading_path: the headings above it, outermost first; a heading's own path ends
            before itself.
        citations: where it cites papers, in order.
    """

    text: str
    kind: BlockKind
    heading_path: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink out of a page.

    Attributes:
        url: absolute, normalised.
        anchor: the visible text, may be empty.
        nofollow: whether the page marked it nofollow, ugc or sponsored.
        rel: all words of its rel attribute, lowercase, sorted.
        region: where on the page it stands.
        context: the sentence around it, anchor included; empty outside running text.
    """

    url: str
    anchor: str
    nofollow: bool
    rel: tuple[str, ...] = ()
    region: LinkRegion = LinkRegion.CONTENT
    context: str = ""


@dataclass(frozen=True, slots=True)
class PaperMetadata:
    """Bibliographic facts of a paper.

    Attributes:
        paper_id: the id in its source.
        authors: full names in order.
        venue: journal or conference; None when unknown.
        year: year of publication; None when unknown.
        identifiers: (scheme, value) pairs such as ("doi", "10.1/x"), sorted by scheme.
    """

    paper_id: str
    authors: tuple[str, ...]
    venue: str | None
    year: int | None
    identifiers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One page or paper.

    Attributes:
        document_id: hash of the normalised URL, the DOI or the paper id.
        url: address a person can open; None for a paper or test document without one.
        doi: lowercase, without resolver prefix; None when unknown.
        host: lowercase A-label host of `url`; None without a URL.
        title: None until known.
        kind: web or paper.
        source: where it was read.
        blocks: the text; empty while `payload` waits for extraction.
        payload: what waits for extraction; None otherwise.
        published: date of publication; None when unknown.
        language: ISO 639-1 code; None until identified.
        canonical_url: what the page claims as its canonical address; None without a claim.
        links: links out of the page.
        paper: bibliographic facts; None for web pages.
        authors: who wrote a page, as it says; a paper's are in `paper`.
        notes: what extraction left out and why, such as pages of a PDF over its limit.
    """

    document_id: DocumentId
    url: str | None
    doi: str | None
    host: str | None
    title: str | None
    kind: DocumentKind
    source: SourceRef
    blocks: tuple[Block, ...] = ()
    payload: Payload | None = None
    published: date | None = None
    language: str | None = None
    canonical_url: str | None = None
    links: tuple[Link, ...] = ()
    paper: PaperMetadata | None = None
    authors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All blocks joined by one blank line; passages are slices of exactly this string."""
        return BLOCK_SEPARATOR.join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Capture:
    """A record as other records name it: an address, and when it was fetched.

    Attributes:
        url: normalised.
        fetched_at: aware; None for the last time before.
    """

    url: str
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that did not become a document, and why.

    Attributes:
        source: where the record stands.
        reason: short and countable, from a small vocabulary ("status 404", "media type that is not read").
        detail: what exactly was found; may be empty.
        url: the record's address where it has one.
        damaged: whether the input is broken here (cut off, unreadable), rather than merely
            not of the kind that becomes a document.
        gone: whether the server said that there is no such page any more (404, 410): a newer
            answer of that kind takes an indexed page out.
        original: what a revisit refers to that is not in its own file; None for all else.
    """

    source: SourceRef
    reason: str
    detail: str = ""
    url: str | None = None
    damaged: bool = False
    gone: bool = False
    original: Capture | None = None


def identify(key: str) -> DocumentId:
    """The document id of a normalised URL, "doi:..." or "paper:..." key: 128-bit hex."""
    return DocumentId(hashlib.blake2b(key.encode(), digest_size=16).hexdigest())


# What must not reach a terminal, a file or a matcher: control characters but tab and line feed
# (some of them white space), and marks that split words invisibly.
_INVISIBLE: dict[int, str | None] = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x2060, 0xFEFF)),
    **dict.fromkeys((0x0B, 0x0C, 0x85), " "),
    0x00: "\ufffd",
    0x09: "\t",
    0x0A: "\n",
}


# Combining marks are put in order before they are composed, in time that grows with the square of
# their number; no language piles up more than a handful on a letter.
_PILED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed"
    "\u0730-\u074a\u0816-\u082d\u08ca-\u08ff\u093c\u094d\u0e38-\u0e3a\u0e48-\u0e4b"
    "\u0eb8-\u0ecb\u0f71-\u0f87\u135d-\u135f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
    "\u302a-\u302f\u3099\u309a\ua66f-\ua67d\ufe20-\ufe2f\U0001d165-\U0001d1ad]{30})"
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed"
    "\u0730-\u074a\u0816-\u082d\u08ca-\u08ff\u093c\u094d\u0e38-\u0e3a\u0e48-\u0e4b"
    "\u0eb8-\u0ecb\u0f71-\u0f87\u135d-\u135f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
    "\u302a-\u302f\u3099\u309a\ua66f-\ua67d\ufe20-\ufe2f\U0001d165-\U0001d1ad]+"
)


def normalise_text(text: str) -> str:
    """NFC without what would break storage, terminals or matching.

    Of marks piled on one letter the first thirty stay.

    NUL becomes a replacement character, a lone surrogate a question mark; other control
    characters, soft hyphens, zero-width spaces, word joiners and byte order marks are dropped.
    """
    clean = text.encode("utf-8", "replace").decode("utf-8").translate(_INVISIBLE)
    if not clean.isascii():
        clean = _PILED_MARKS.sub(r"\1", clean)
    return unicodedata.normalize("NFC", clean)
