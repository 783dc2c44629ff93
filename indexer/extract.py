"""What waits for extraction, whatever its media, to a document with blocks."""

from dataclasses import replace
from importlib.metadata import version

from corpora.charset import decode
from corpora.document import Document, Payload, Rejected
from corpora.media import Media
from corpora.plain_text import paragraph_blocks
from indexer.choice import TRAFILATURA_VERSION
from indexer.html_page import read_html
from indexer.language import identify_language
from indexer.parsed import Parsed, Unreadable

EXTRACTOR_VERSION = f"auctor-7/trafilatura-{TRAFILATURA_VERSION}/pypdfium2-{version('pypdfium2')}"

_DETAIL_CHARS = 200


def extract(document: Document) -> Document | Rejected:
    """Fills blocks, title, language, authors, date and links; identifies a text's language.

    Args:
        document: as a reader yields it, with a payload or with blocks.

    Returns:
        The document with blocks and without payload, or why it has no text.
    """
    claimed = None
    if document.payload is not None:
        try:
            parsed = _parse(document.payload, document)
        except Unreadable as error:
            return Rejected(
                document.source, error.reason, error.detail, document.url, damaged=error.damaged
            )
        except Exception as error:  # noqa: BLE001 - hostile input may raise anything in there
            detail = f"{type(error).__name__}: {error}"[:_DETAIL_CHARS]
            return Rejected(document.source, "extraction failed", detail, document.url)
        claimed = parsed.language
        document = _filled(document, parsed)
    if not document.blocks:
        return Rejected(document.source, "no text", "nothing left after extraction", document.url)
    language = document.language or identify_language(document.text, claimed)
    return replace(document, language=language)


def _parse(payload: Payload, document: Document) -> Parsed:
    match payload.media:
        case Media.PDF:
            from indexer.pdf import read_pdf  # loaded where a crawl has any

            return read_pdf(payload.content)
        case Media.OFFICE:
            from indexer.office import read_office

            return read_office(payload.content)
        case Media.TEXT:
            return Parsed(paragraph_blocks(decode(payload.content, payload.charset)))
        case Media.HTML:
            html = decode(payload.content, payload.charset)
            return read_html(html, document.url, document.source.fetched_at)


def _filled(document: Document, parsed: Parsed) -> Document:
    paper, authors = document.paper, document.authors or parsed.authors
    if paper is not None:  # a paper's authors are with what else is known of it as a paper
        paper, authors = replace(paper, authors=paper.authors or authors), ()
    return replace(
        document,
        payload=None,
        blocks=parsed.blocks,
        title=document.title or parsed.title,
        published=document.published or parsed.published,
        authors=authors,
        paper=paper,
        canonical_url=parsed.canonical_url,
        links=parsed.links,
        notes=(*document.notes, *parsed.notes),
    )
