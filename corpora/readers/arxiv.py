"""arXiv metadata as JSON, one paper a line: the shape of its OAI export and of Kaggle's copy."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path

from corpora.document import Block, BlockKind, Document, Rejected, SourceRef, normalise_text
from corpora.json_head import first_object
from corpora.json_values import BadShape, day_of, line_at, objects, text_at, year_of
from corpora.paper_ids import PaperIds, find_paper_ids
from corpora.papers import Facts, paper_document, read_papers
from corpora.reader import Head, Progress, Reader
from corpora.tex_text import read_tex

_PARAGRAPH = re.compile(r"\n[ \t]*\n|\n(?=[ \t]{2,}\S)")
_AND = re.compile(r",\s*(?:and\s+)?|\s+and\s+")
_NOTE = re.compile(r"\s*\([^()]*\)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def read_arxiv(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The papers of a file: title and abstract.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_papers(path, _paper, progress)


def arxiv_facts(value: Mapping[str, object]) -> tuple[PaperIds, Facts]:
    """Identifiers and bibliographic facts of a metadata record.

    The address is arXiv's even where a DOI is known: there the text was read.
    """
    ids = find_paper_ids(line_at(value, "id"), "", {"arxiv": value.get("id"), "doi": _doi(value)})
    arxiv = ids.by_scheme.get("arxiv")
    journal = read_tex(line_at(value, "journal-ref", "journal_ref"))
    published = _first_version(value) or day_of(line_at(value, "update_date", "created"))
    facts = Facts(
        title=" ".join(read_tex(line_at(value, "title")).split()),
        authors=_authors(value),
        venue=journal,
        year=_journal_year(journal) or (published.year if published else None),
        published=published,
        url=f"https://arxiv.org/abs/{arxiv}" if arxiv else None,
    )
    return ids, facts


def abstract_blocks(abstract: str) -> list[Block]:
    """An abstract's paragraphs, its hard line breaks undone; an indented line begins a new one."""
    paragraphs = _PARAGRAPH.split(abstract.strip().replace("\r\n", "\n"))
    texts = (normalise_text(read_tex(" ".join(each.split()))).strip() for each in paragraphs)
    return [Block(text, BlockKind.PARAGRAPH) for text in texts if text]


def _paper(source: SourceRef, value: Mapping[str, object]) -> Document | Rejected:
    abstract = value.get("abstract")
    if not isinstance(abstract, str | None):
        raise BadShape(f"abstract is {type(abstract).__name__}")
    if not text_at(value, "id"):
        return Rejected(source, "no id", damaged=True)
    ids, facts = arxiv_facts(value)
    return paper_document(source, ids, facts, abstract_blocks(abstract or ""))


def _doi(value: Mapping[str, object]) -> str:
    """The first of the DOIs that the field may list."""
    return (text_at(value, "doi").split() or [""])[0].rstrip(",;")


def _authors(value: Mapping[str, object]) -> tuple[str, ...]:
    parsed = value.get("authors_parsed")
    names = (
        [_name(each) for each in parsed if isinstance(each, list)]
        if isinstance(parsed, list)
        else []
    )
    if any(names):
        return tuple(name for name in names if name)
    authors = value.get("authors")
    if isinstance(authors, list):
        return tuple(filter(None, (line_at({"name": each}, "name") for each in authors)))
    plain = _NOTE.sub("", read_tex(line_at(value, "authors")))
    return tuple(name for name in (each.strip() for each in _AND.split(plain)) if name)


def _name(parts: list[object]) -> str:
    """A full name from surname, first names and suffix."""
    texts = [part for part in parts[:3] if isinstance(part, str)]
    last, first, suffix = [*texts, "", "", ""][:3]
    return " ".join(normalise_text(read_tex(f"{first} {last} {suffix}")).split()).replace(
        ". -", ".-"
    )


def _first_version(value: Mapping[str, object]) -> date | None:
    for version in objects(value.get("versions"))[:1]:
        try:
            return parsedate_to_datetime(text_at(version, "created")).date()
        except ValueError:
            return None
    return None


def _journal_year(journal: str) -> int | None:
    years = _YEAR.findall(journal)
    return year_of(years[-1]) if years else None


def _recognise(head: Head) -> bool:
    fields = first_object(head.start)
    return {"id", "abstract", "categories"} <= fields.keys() and "paper_id" not in fields


READER = Reader("arxiv", _recognise, read_arxiv)
