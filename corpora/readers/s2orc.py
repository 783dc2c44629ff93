"""Papers in S2ORC JSON: the three releases and what s2orc-doc2json writes.

The abstract and the body become blocks. Back matter (acknowledgements, funding, annexes of
tables) is left out: it is rarely evidence for anything.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from corpora.document import (
    Document,
    DocumentKind,
    PaperMetadata,
    Rejected,
    SourceRef,
    identify,
    normalise_text,
)
from corpora.json_records import is_named_lines, read_json_records
from corpora.paper_ids import PaperIds, find_paper_ids
from corpora.reader import Head, Progress, Reader
from corpora.sections import Paragraph, section_blocks
from corpora.urls import host_of

# LaTeX first: where a record carries both, its text is the cleaner.
_PARSES = ("latex_parse", "grobid_parse", "pdf_parse")
_ID_FIELDS = {
    "acl": ("acl_id", "acl", "acl_anthology"),
    "arxiv": ("arxiv_id", "arxiv"),
    "doi": ("doi",),
    "pmc": ("pmc_id", "pmcid", "pmc"),
    "pubmed": ("pubmed_id", "pmid", "pubmed"),
}
_RECOGNISED = re.compile(rb'"paper_id"\s*:')
_YEAR = re.compile(r"(1[5-9]|20)\d\d(?=-|$)")


class _BadShape(Exception):
    """A field does not hold what S2ORC says it holds."""


def read_s2orc(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The papers of a file that holds one, or one a line.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    name = path.name.removesuffix(".gz")
    stem = "" if is_named_lines(path.name) else name.removesuffix(".json")
    for record in read_json_records(path, progress):
        if isinstance(record, Rejected):
            yield record
            continue
        source, value = record
        try:
            yield _paper(source, value, stem)
        except _BadShape as bad:
            yield Rejected(source, "wrong shape", str(bad), damaged=True)


def _paper(source: SourceRef, value: Mapping[str, object], stem: str) -> Document | Rejected:
    metadata = _mapping(value, "metadata")
    parse = _parse(value)
    if not parse and "abstract" not in value and "abstract" not in metadata:
        return Rejected(source, "not an s2orc paper", ", ".join(sorted(value))[:200])
    abstract = _paragraphs(parse, "abstract") or _plain_abstract(value) or _plain_abstract(metadata)
    # Some parses repeat the abstract as the beginning of the body.
    known = {paragraph.text for paragraph in abstract if paragraph.text}
    body = [each for each in _paragraphs(parse, "body_text") if each.text not in known]
    blocks = tuple(section_blocks([*abstract, *body]))
    if not blocks:
        return Rejected(source, "no text", _text(value, "paper_id"))
    ids = _ids(value, metadata, stem)
    title = _text(value, "title") or _text(metadata, "title")
    when = _text(value, "year") or _text(metadata, "year") or _text(metadata, "publish_time")
    return Document(
        document_id=identify(ids.key),
        url=ids.url,
        doi=ids.by_scheme.get("doi"),
        host=host_of(ids.url) if ids.url else None,
        title=title or None,
        kind=DocumentKind.PAPER,
        source=source,
        blocks=blocks,
        published=_full_date(when),
        paper=PaperMetadata(
            paper_id=ids.paper_id,
            authors=_authors(value) or _authors(metadata),
            venue=_venue(value) or _venue(metadata),
            year=_year(when) or ids.acl_year,
            identifiers=tuple(sorted(ids.by_scheme.items())),
        ),
    )


def _parse(value: Mapping[str, object]) -> Mapping[str, object]:
    """The part of the record that holds the text; empty when there is none."""
    parses = [parse for key in _PARSES if (parse := _mapping(value, key))]
    with_body = [parse for parse in parses if parse.get("body_text")]
    if parses:
        return (with_body or parses)[0]
    return value if "body_text" in value else {}


def _paragraphs(parse: Mapping[str, object], field: str) -> list[Paragraph]:
    found = parse.get(field)
    if field == "abstract" and isinstance(found, str):
        return []  # `_plain_abstract` reads it
    if not isinstance(found, list | None):
        raise _BadShape(f"{field} is {type(found).__name__}")
    section = "Abstract" if field == "abstract" else ""
    return [_paragraph(entry, field, section) for entry in found or ()]


def _paragraph(entry: object, field: str, section: str) -> Paragraph:
    if isinstance(entry, str):
        return Paragraph(_clean(entry), section, "")
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise _BadShape(f"{field} holds {type(entry).__name__} without text")
    return Paragraph(
        _clean(entry["text"]), section or _text(entry, "section"), _text(entry, "sec_num")
    )


def _plain_abstract(value: Mapping[str, object]) -> list[Paragraph]:
    abstract = value.get("abstract")
    text = _clean(abstract) if isinstance(abstract, str) else ""
    return [Paragraph(text, "Abstract", "")] if text else []


def _ids(value: Mapping[str, object], metadata: Mapping[str, object], stem: str) -> PaperIds:
    stated: dict[str, object] = {}
    for source in (_mapping(value, "identifiers"), metadata, value):
        for scheme, fields in _ID_FIELDS.items():
            for field in fields:
                if source.get(field):
                    stated.setdefault(scheme, source[field])
    return find_paper_ids(_text(value, "paper_id"), stem, stated)


def _authors(value: Mapping[str, object]) -> tuple[str, ...]:
    entries = value.get("authors")
    names = [_name(entry) for entry in entries] if isinstance(entries, list) else []
    return tuple(name for name in names if name)


def _name(entry: object) -> str:
    if isinstance(entry, str):
        return _clean(entry)
    if not isinstance(entry, dict):
        return ""
    middle = entry.get("middle")
    middles = [part for part in middle if isinstance(part, str)] if isinstance(middle, list) else []
    parts = [_text(entry, "first"), *middles, _text(entry, "last"), _text(entry, "suffix")]
    return " ".join(part for part in map(_clean, parts) if part) or _text(entry, "name")


def _venue(value: Mapping[str, object]) -> str | None:
    return _text(value, "venue") or _text(value, "journal") or None


def _year(when: str) -> int | None:
    match = _YEAR.match(when)
    return int(match[0]) if match else None


def _full_date(when: str) -> date | None:
    try:
        return date.fromisoformat(when) if len(when) == len("2020-01-31") else None
    except ValueError:
        return None


def _mapping(value: Mapping[str, object], field: str) -> Mapping[str, object]:
    found = value.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _BadShape(f"{field} is {type(found).__name__}")
    return found


def _text(value: Mapping[str, object], field: str) -> str:
    found = value.get(field)
    return _clean(str(found)) if isinstance(found, str | int) else ""


def _clean(text: str) -> str:
    return normalise_text(text).strip()


def _recognise(head: Head) -> bool:
    start = head.start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and _RECOGNISED.search(start) is not None


READER = Reader("s2orc", _recognise, read_s2orc)
