"""Papers and other texts in TEI, as GROBID writes it and as editors do."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from corpora.citations import Reference, reference_of
from corpora.document import Block, Document, Rejected
from corpora.jats_front import line
from corpora.paper_ids import PaperIds, find_paper_ids
from corpora.papers import Facts, paper_document
from corpora.reader import Head, Progress, Reader
from corpora.sections import Paragraph, section_blocks
from corpora.tei_blocks import inline_tei, tei_paragraphs
from corpora.xml_records import (
    Element,
    XmlRecord,
    attribute,
    find_root,
    parse_record,
    read_xml_records,
)

_NAMES = frozenset(("TEI", "TEI.2"))
_ROOTS = frozenset(("TEI", "TEI.2", "teiCorpus", "teiCorpus.2"))
_SCHEMES = {"doi": "doi", "arxiv": "arxiv", "pmid": "pubmed", "pmc": "pmc", "pmcid": "pmc",
            "pubmed": "pubmed"}  # fmt: skip
_ENTRIES = ("biblStruct", "biblFull", "bibl")
_ENDING = re.compile(r"(?:\.(?:gz|bz2|xz|zst|lz4|xml|tei|grobid))+$", re.IGNORECASE)
_YEAR = re.compile(r"(1[5-9]|20)\d\d")


def read_tei(
    path: Path, progress: Progress | None = None, skip: int = 0
) -> Iterator[Document | Rejected]:
    """The documents of a file.

    Args:
        path: the file, compressed or not.
        progress: as for every reader.
        skip: how many records to leave out at the beginning.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    for record in read_xml_records(path, _NAMES, progress, skip):
        yield record if isinstance(record, Rejected) else _document(record, path)


def _document(record: XmlRecord, path: Path) -> Document | Rejected:
    root = parse_record(record)
    if isinstance(root, Rejected):
        return root
    text = root.find("text")
    if text is None:
        return Rejected(record.source, "no text", "it has no text element")
    name = record.stand_in(_ENDING.sub("", path.name))
    header = root.find("teiHeader")
    source = _source(header)
    facts = _facts(header, source, text)
    ids = _ids(source, header, name)
    return paper_document(record.source, ids, facts, _blocks(root, text))


def _source(header: Element | None) -> Element | None:
    """What describes the text itself."""
    if header is None:
        return None
    for path in ("fileDesc/sourceDesc/biblStruct", "fileDesc/sourceDesc//biblStruct"):
        found = header.find(path)
        if found is not None:
            return found
    return None


def _ids(source: Element | None, header: Element | None, name: str) -> PaperIds:
    stated = _stated(source)
    for element in () if header is None else header.iterfind("fileDesc/publicationStmt//idno"):
        if scheme := _SCHEMES.get((element.get("type") or "").lower()):
            stated.setdefault(scheme, line(element))
    return find_paper_ids(name, name, stated)


def _stated(entry: Element | None) -> dict[str, object]:
    stated: dict[str, object] = {}
    for element in () if entry is None else entry.iter("idno"):
        scheme = _SCHEMES.get((element.get("type") or "").lower())
        if scheme:
            stated.setdefault(scheme, re.sub(r"^arXiv:", "", line(element), flags=re.IGNORECASE))
    return stated


def _facts(header: Element | None, source: Element | None, text: Element) -> Facts:
    if header is None:
        return Facts(title="")
    published, year = _published(source if source is not None else header)
    authors = _authors(source) or _authors(header.find("fileDesc/titleStmt"))
    return Facts(
        title=_title(header, source),
        authors=tuple(authors),
        venue=_venue(source),
        year=year,
        published=published,
        language=_language(text) or _language(header),
        notes=tuple(
            ("issn", line(each))
            for each in (() if source is None else source.iterfind("monogr/idno"))
            if (each.get("type") or "").upper() in ("ISSN", "EISSN")
        ),
    )


def _title(header: Element, source: Element | None) -> str:
    titles = list(header.iterfind("fileDesc/titleStmt/title"))
    main = [title for title in titles if title.get("type") in ("main", None)]
    for title in (*main, *titles, *(() if source is None else source.iterfind("analytic/title"))):
        if found := inline_tei(title, {})[0]:
            return found
    return ""


def _authors(place: Element | None) -> list[str]:
    names: list[str] = []
    # GROBID sets affiliations it could not assign as authors without a name.
    for author in () if place is None else place.iter("author"):
        person = author.find("persName")
        if person is None:
            if not len(author):
                names.append(line(author))
            continue
        parts = [line(each) for each in person.iterchildren("forename", "surname", "genName")]
        names.append(" ".join(filter(None, parts)) or line(person))
    return [name for name in names if name]


def _venue(source: Element | None) -> str:
    if source is None or source.find("analytic") is None:
        return ""
    return next((name for each in source.iterfind("monogr/title") if (name := line(each))), "")


def _published(place: Element) -> tuple[date | None, int | None]:
    for path in ("monogr/imprint/date", "fileDesc/publicationStmt/date", ".//imprint/date"):
        for element in place.iterfind(path):
            when = (element.get("when") or line(element)).strip()
            match = _YEAR.match(when) or _YEAR.search(line(element))
            if match:
                return _full_date(when), int(match[0])
    return None, None


def _full_date(when: str) -> date | None:
    try:
        return date.fromisoformat(when) if len(when) == len("2020-01-31") else None
    except ValueError:
        return None


def _language(element: Element) -> str | None:
    code = (attribute(element, "lang") or "").partition("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None


def _references(root: Element) -> dict[str, Reference]:
    found: dict[str, Reference] = {}
    for entry in root.iter(*_ENTRIES):
        if next(entry.iterancestors(*_ENTRIES), None) is not None:
            continue
        name = attribute(entry, "id")
        if name:
            found.setdefault(name, _reference(entry))
    return found


def _reference(entry: Element) -> Reference:
    titles = (*entry.iterfind("analytic/title"), *entry.iterfind("monogr/title"),
              *entry.iterfind("title"))  # fmt: skip
    title = next(filter(None, map(line, titles)), "")
    links = [each.get("target") or "" for each in entry.iter("ptr", "ref")]
    return reference_of(_stated(entry), title, "", " ".join([line(entry), *links]))


def _blocks(root: Element, text: Element) -> Iterator[Block]:
    references = _references(root)
    paragraphs: list[Paragraph] = []
    for abstract in root.iterfind("teiHeader/profileDesc/abstract"):
        paragraphs += tei_paragraphs(abstract, references, "Abstract")
    return section_blocks([*paragraphs, *tei_paragraphs(text, references)])


def _recognise(head: Head) -> bool:
    root = find_root(head.start)
    return root is not None and root.name in _ROOTS


READER = Reader("tei", _recognise, read_tei, read_tei)
