"""OpenAlex works: snapshot files with one work a line, and pages of the API."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

from corpora.document import Block, Document, Rejected, SourceRef
from corpora.json_head import first_object
from corpora.json_values import (
    BadShape,
    clean,
    day_of,
    line_at,
    mapping_at,
    object_or_empty,
    objects,
    text_at,
)
from corpora.paper_ids import find_paper_ids
from corpora.papers import Facts, paper_document, read_papers
from corpora.plain_text import paragraph_blocks
from corpora.reader import Head, Progress, Reader

MAX_ABSTRACT_WORDS = 20_000
"""An inverted index that claims a place behind this is broken; memory stays bounded."""

_WORK = re.compile(rb'"https?://openalex\.org/(?:works/)?W\d')
_WORK_VALUE = re.compile(r'"https?://openalex\.org/(?:works/)?W\d', re.IGNORECASE)
_PREFIX = re.compile(r"https?://openalex\.org/(?:works/)?", re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:i|b|em|sub|sup|strong|jats:\w+|p|scp|mml:\w+)\b[^<>]{0,200}>")
_LEADING = re.compile(r"abstract(?:[:.]\s*|\s+(?=[A-Z]))", re.IGNORECASE)
_NO_ARTICLE = frozenset({"paratext", "erratum", "retraction"})


def read_openalex(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The works of a file: title and abstract.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_papers(path, _work, progress, inside="results")


def _work(source: SourceRef, value: Mapping[str, object]) -> Document | Rejected:
    ids = mapping_at(value, "ids")
    work_id = _PREFIX.sub("", line_at(value, "id") or line_at(ids, "openalex"))
    if not work_id:
        return Rejected(source, "no id", damaged=True)
    stated = {
        "arxiv": text_at(ids, "arxiv") or _arxiv(value),
        "doi": text_at(value, "doi") or text_at(ids, "doi"),
        "pmc": text_at(ids, "pmcid"),
        "pubmed": text_at(ids, "pmid"),
    }
    location = object_or_empty(value.get("primary_location"))
    venue = object_or_empty(location.get("source") or value.get("host_venue"))
    published = day_of(line_at(value, "publication_date"))
    year = value.get("publication_year")
    notes = [("openalex", work_id)]
    notes += [("issn", issn)] if (issn := line_at(venue, "issn_l")) else []
    notes += [("type", kind)] if (kind := line_at(value, "type")) in _NO_ARTICLE else []
    notes += [("retracted", "true")] if value.get("is_retracted") is True else []
    facts = Facts(
        title=_plain(line_at(value, "title", "display_name")),
        authors=_authors(value),
        venue=line_at(venue, "display_name"),
        year=year if type(year) is int else None,
        published=published,
        language=_language(value),
        url=None if any(stated.values()) else line_at(location, "landing_page_url"),
        notes=tuple(notes),
    )
    paper_ids = find_paper_ids(work_id, "", stated)
    return paper_document(source, paper_ids, facts, _abstract(value))


def _abstract(value: Mapping[str, object]) -> tuple[Block, ...]:
    index = value.get("abstract_inverted_index")
    if isinstance(index, dict):
        # Snapshots of some years wrap the index with its length.
        index = index.get("InvertedIndex", index) if "IndexLength" in index else index
        text = _text_of(index if isinstance(index, dict) else {})
    elif index is None:
        text = text_at(value, "abstract")
    else:
        raise BadShape(f"abstract_inverted_index is {type(index).__name__}")
    return paragraph_blocks(_LEADING.sub("", _plain(text), count=1))


def _text_of(index: Mapping[str, object]) -> str:
    """The text of an inverted index: each word with its places."""
    words: dict[int, str] = {}
    for word, places in index.items():
        if not isinstance(places, list):
            raise BadShape("abstract_inverted_index holds no places")
        for place in places:
            if type(place) is not int or not 0 <= place < MAX_ABSTRACT_WORDS:
                raise BadShape(f"abstract_inverted_index holds place {str(place)[:20]}")
            words[place] = word
    return " ".join(words[place] for place in sorted(words))


def _plain(text: str) -> str:
    return clean(" ".join(unescape(_MARKUP.sub("", text)).split()))


def _authors(value: Mapping[str, object]) -> tuple[str, ...]:
    names = (
        line_at(object_or_empty(each.get("author")), "display_name")
        or line_at(each, "raw_author_name")
        for each in objects(value.get("authorships"))
    )
    return tuple(filter(None, names))


def _arxiv(value: Mapping[str, object]) -> str:
    """The arXiv id of a work whose primary location is arXiv."""
    location = object_or_empty(value.get("primary_location"))
    address = text_at(location, "landing_page_url")
    return address if "arxiv.org/abs/" in address else ""


def _language(value: Mapping[str, object]) -> str | None:
    language = line_at(value, "language").lower()[:2]
    return language if language.isalpha() else None


def _recognise(head: Head) -> bool:
    fields = first_object(head.start)
    if "results" in fields and "id" not in fields:
        return _WORK.search(head.start) is not None
    is_work = _WORK_VALUE.match(fields.get("id", "")) is not None
    return is_work or "abstract_inverted_index" in fields


READER = Reader("openalex", _recognise, read_openalex)
