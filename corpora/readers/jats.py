"""Papers in JATS or its forerunner NLM: PMC's .nxml, article sets and OAI answers."""

import re
from collections.abc import Iterator
from pathlib import Path

from corpora.document import Block, Document, Rejected
from corpora.jats_blocks import jats_blocks
from corpora.jats_front import article_meta, find_facts, find_ids, find_references
from corpora.papers import paper_document
from corpora.reader import Head, Progress, Reader
from corpora.xml_records import (
    Element,
    XmlRecord,
    attribute,
    find_root,
    parse_record,
    read_xml_records,
)

_NAMES = frozenset(("article",))
_ROOTS = frozenset(("article", "pmc-articleset", "OAI-PMH", "articles"))
_FRONT = re.compile(rb"<(?:[\w.-]+:)?(?:article-meta|journal-meta|front-stub)[\s>]")
_DOCTYPE = re.compile(rb"JATS|NLM//DTD|archivearticle|journalpublishing", re.IGNORECASE)
_ENDING = re.compile(r"(?:\.(?:gz|bz2|xz|zst|lz4|xml|nxml|jats))+$", re.IGNORECASE)
_ABSTRACTS = {
    "graphical": "Graphical abstract", "teaser": "Summary", "summary": "Summary",
    "executive-summary": "Summary", "author-summary": "Author summary",
    "plain-language-summary": "Plain language summary", "key-points": "Key points",
    "highlights": "Highlights",
}  # fmt: skip


def read_jats(
    path: Path, progress: Progress | None = None, skip: int = 0
) -> Iterator[Document | Rejected]:
    """The articles of a file.

    Args:
        path: the file, compressed or not.
        progress: as for every reader.
        skip: how many records to leave out at the beginning.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    for record in read_xml_records(path, _NAMES, progress, skip):
        yield record if isinstance(record, Rejected) else _article(record, path)


def _article(record: XmlRecord, path: Path) -> Document | Rejected:
    article = parse_record(record)
    if isinstance(article, Rejected):
        return article
    meta = article_meta(article)
    if meta is None:
        return Rejected(record.source, "not a jats article", "it has no article-meta")
    stem = record.stand_in(_ENDING.sub("", path.name))
    return paper_document(
        record.source,
        find_ids(article, meta, stem),
        find_facts(article, meta),
        _blocks(article, meta),
    )


def _blocks(article: Element, meta: Element) -> Iterator[Block]:
    references = find_references(article)
    for abstract in meta.iterchildren("abstract", "trans-abstract"):
        yield from jats_blocks(abstract, references, _abstract_heading(abstract))
    for name in ("body", "back", "floats-group"):
        for part in article.iterchildren(name):
            yield from jats_blocks(part, references)


def _abstract_heading(abstract: Element) -> str:
    heading = _ABSTRACTS.get(abstract.get("abstract-type") or "", "Abstract")
    language = attribute(abstract, "lang")
    return f"{heading} ({language})" if abstract.tag == "trans-abstract" and language else heading


def _recognise(head: Head) -> bool:
    root = find_root(head.start)
    if root is None:
        return False
    if root.name not in _ROOTS:
        return False
    is_declared = root.name == "article" and _DOCTYPE.search(root.doctype) is not None
    return is_declared or _FRONT.search(root.rest) is not None


READER = Reader("jats", _recognise, read_jats, read_jats)
