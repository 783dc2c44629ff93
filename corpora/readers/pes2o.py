"""peS2o: papers of S2ORC and abstracts of Semantic Scholar as plain text, one paper a line."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpora.document import Block, BlockKind, Document, Rejected, SourceRef
from corpora.json_head import first_object
from corpora.json_values import BadShape, clean, day_of, line_at, object_or_empty, text_at, year_of
from corpora.paper_ids import find_paper_ids
from corpora.papers import Facts, paper_document, read_papers
from corpora.plain_text import paragraph_blocks
from corpora.reader import Head, Progress, Reader

_SOURCE = re.compile(r'"(?:s2orc|s2ag|pes2o)\b', re.IGNORECASE)
_TITLE_CHARS = 300
_HEADING_CHARS = 120
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*|[IVX]+)\.?\s+\S")
_SENTENCE_END = (".", "!", "?", ";", ",", ":")
_ID_FIELDS = {
    "acl": ("ACL", "acl"),
    "arxiv": ("ArXiv", "arxiv", "arXiv", "arxiv_id"),
    "doi": ("DOI", "doi"),
    "pmc": ("PubMedCentral", "pmc", "pmcid"),
    "pubmed": ("PubMed", "pubmed", "pmid"),
}


def read_pes2o(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The papers of a file.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_papers(path, _paper, progress)


def _paper(source: SourceRef, value: Mapping[str, object]) -> Document | Rejected:
    text = value.get("text")
    if not isinstance(text, str | None):
        raise BadShape(f"text is {type(text).__name__}")
    paper_id = line_at(value, "id")
    if not paper_id:
        return Rejected(source, "no id", damaged=True)
    metadata = object_or_empty(value.get("metadata"))
    external = object_or_empty(metadata.get("external_ids") or metadata.get("externalids"))
    stated: dict[str, object] = {"corpus": paper_id}
    for scheme, fields in _ID_FIELDS.items():
        stated[scheme] = text_at(external, *fields) or text_at(metadata, *fields)
    title, blocks = _title_and_text(line_at(metadata, "title"), clean(text or ""))
    # `created` is the publication's date where Semantic Scholar knows it; January 1 stands for
    # "some day of that year".
    when = line_at(value, "created")
    day = day_of(when)
    facts = Facts(
        title=title,
        venue=line_at(metadata, "venue", "journal"),
        year=year_of(when),
        published=None if day and (day.month, day.day) == (1, 1) else day,
    )
    return paper_document(source, find_paper_ids(paper_id, "", stated), facts, blocks)


def _title_and_text(known: str, text: str) -> tuple[str, list[Block]]:
    """The title, which is the first line, and the rest as blocks under their headings."""
    first, _, rest = text.partition("\n")
    first = " ".join(first.split())
    if first and (first == known or (not known and len(first) <= _TITLE_CHARS)):
        return first, _sections(rest)  # a title alone is no text
    return known, _sections(text)


def _sections(text: str) -> list[Block]:
    """Paragraphs; a short line without a full stop that stands alone is a heading."""
    paragraphs = [block.text for block in paragraph_blocks(text)]
    blocks: list[Block] = []
    path: tuple[str, ...] = ()
    for at, paragraph in enumerate(paragraphs):
        heading, body = _heading(paragraph, is_last=at + 1 == len(paragraphs))
        if heading:
            blocks.append(Block(heading, BlockKind.HEADING))
            path = (heading,)
        if body:
            blocks.append(Block(body, BlockKind.PARAGRAPH, path))
    return blocks


def _heading(paragraph: str, *, is_last: bool) -> tuple[str, str]:
    """A paragraph's first line where that is a heading, and the rest."""
    line, _, rest = paragraph.partition("\n")
    line = line.strip()
    is_heading = (
        len(line) <= _HEADING_CHARS
        and not line.endswith(_SENTENCE_END)
        and (line[:1].isupper() or _NUMBERED.match(line) is not None)
        and not (is_last and not rest)
    )
    return (line, rest.strip()) if is_heading else ("", paragraph)


def _recognise(head: Head) -> bool:
    fields = first_object(head.start)
    if not {"id", "text"} <= fields.keys():
        return False
    if "source" in fields:
        return _SOURCE.match(fields["source"]) is not None
    # Behind a long text, out of sight.
    return {"added", "created"} <= fields.keys() and "pes2o" in head.name


READER = Reader("pes2o", _recognise, read_pes2o)
