"""PubMed records: baseline and update files, efetch answers, books of the NCBI shelf.

A record without an abstract is its title. What PubMed deletes arrives as a rejected record that
says that the page is gone.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from corpora.document import Block, BlockKind, Document, Rejected, normalise_text
from corpora.jats_front import line
from corpora.jats_inline import inline_text
from corpora.paper_ids import PaperIds, find_paper_ids
from corpora.papers import Facts, paper_document
from corpora.reader import Head, Progress, Reader
from corpora.urls import normalise_url
from corpora.xml_records import (
    Element,
    XmlRecord,
    find_root,
    parse_record,
    read_root,
    read_xml_records,
)

_DELETED = ("DeleteCitation", "DeleteDocument")
_NAMES = frozenset(("PubmedArticle", "PubmedBookArticle", *_DELETED))
_OLD_NAMES = frozenset(("MedlineCitation", *_DELETED))
_OLD_ROOT = "MedlineCitationSet"
_ROOTS = frozenset(("PubmedArticleSet", "PubmedBookArticleSet", "pubmed", _OLD_ROOT, *_NAMES))
_SCHEMES = {"doi": "doi", "pmc": "pmc", "pubmed": "pubmed", "arxiv": "arxiv"}
_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_TRANSLATED = re.compile(r"\[(.*)\]\.?", re.DOTALL)
_AMENDING = re.compile(r"Retract|Erratum|ExpressionOfConcern|Corrected|Update|Republished")
_CITATIONS = ("MedlineCitation", "BookDocument")
_PAGE = "https://pubmed.ncbi.nlm.nih.gov/{}/"


def read_pubmed(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The records of a file.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    root = read_root(path)
    names = _OLD_NAMES if root is not None and root.name == _OLD_ROOT else _NAMES
    for record in read_xml_records(path, names, progress):
        if isinstance(record, Rejected):
            yield record
        elif record.name in _DELETED:
            yield from _deleted(record)
        else:
            yield _paper(record)


def _paper(record: XmlRecord) -> Document | Rejected:
    root = parse_record(record)
    if isinstance(root, Rejected):
        return root
    citation = root if root.tag == "MedlineCitation" else _first(root, _CITATIONS)
    if citation is None:
        return Rejected(record.source, "not a pubmed record", "it has no citation")
    article = citation.find("Article")
    article = citation if article is None else article
    return paper_document(
        record.source,
        _ids(root, citation),
        _facts(citation, article),
        _blocks(citation, article),
    )


def _deleted(record: XmlRecord) -> Iterator[Rejected]:
    root = parse_record(record)
    if isinstance(root, Rejected):
        yield root
        return
    for element in root.iter("PMID"):
        url = normalise_url(_PAGE.format(line(element)))
        yield Rejected(record.source, "deleted", f"PMID {line(element)}", url, gone=True)


def _ids(root: Element, citation: Element) -> PaperIds:
    stated: dict[str, object] = {}
    for element in citation.iterfind("Article/ELocationID"):
        if element.get("EIdType") == "doi" and element.get("ValidYN") != "N":
            stated["doi"] = line(element)
    # Only the record's own list: each reference has one, too.
    for path in ("PubmedData/ArticleIdList", "PubmedBookData/ArticleIdList", "ArticleIdList"):
        for place in (root, citation):
            for element in place.iterfind(f"{path}/ArticleId"):
                scheme = _SCHEMES.get(element.get("IdType") or "")
                if scheme:
                    stated.setdefault(scheme, line(element))
    number = line(citation.find("PMID"))
    return find_paper_ids(number, "", {**stated, "pubmed": number})


def _facts(citation: Element, article: Element) -> Facts:
    journal = article.find("Journal")
    published, year = _published(article)
    return Facts(
        title=_title(article),
        authors=tuple(filter(None, map(_name, article.iterfind("AuthorList/Author")))),
        venue=_venue(article),
        year=year,
        published=published,
        # The abstract of an article in another language is in English, most often.
        language="en" if line(article.find("Language")) == "eng" else None,
        notes=(
            *(("issn", line(each)) for each in _all(journal, "ISSN")),
            *_amendments(citation, article),
        ),
    )


def _title(article: Element) -> str:
    """The title without the brackets that mark a translated one."""
    found = article.find("ArticleTitle")
    title = _text(found)
    match = _TRANSLATED.fullmatch(title)
    return (
        (match[1] if match else title)
        or _text(article.find("VernacularTitle"))
        or _text(article.find("Book/BookTitle"))
    )


def _venue(article: Element) -> str:
    for path in ("Journal/Title", "Journal/ISOAbbreviation", "Book/BookTitle"):
        if found := _text(article.find(path)):
            return found
    return ""


def _name(author: Element) -> str:
    parts = [line(author.find(part)) for part in ("ForeName", "LastName", "Suffix")]
    if not parts[0]:
        parts[0] = line(author.find("Initials"))
    return " ".join(filter(None, parts)) or line(author.find("CollectiveName"))


def _published(article: Element) -> tuple[date | None, int | None]:
    """The first full date, and the first year, of the electronic or printed publication."""
    year = None
    for path in ("ArticleDate", "Journal/JournalIssue/PubDate", "Book/PubDate"):
        for element in article.iterfind(path):
            found = _YEAR.search(line(element.find("Year")) or line(element.find("MedlineDate")))
            if found is None:
                continue
            year = year or int(found[0])
            full = _full_date(int(found[0]), line(element.find("Month")), line(element.find("Day")))
            if full is not None:
                return full, year
    return None, year


def _full_date(year: int, month: str, day: str) -> date | None:
    number = _MONTHS.get(month[:3].lower()) or (int(month) if _is_number(month) else 0)
    try:
        return date(year, number, int(day)) if _is_number(day) else None
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2


def _amendments(citation: Element, article: Element) -> Iterator[tuple[str, str]]:
    """Whether the paper is retracted, and the papers that retract or correct it, or it them."""
    for element in article.iterfind("PublicationTypeList/PublicationType"):
        if "Retract" in line(element) or "Erratum" in line(element):
            yield "publication-type", line(element)
    for element in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        kind, number = element.get("RefType") or "", line(element.find("PMID"))
        if number and _AMENDING.search(kind):
            yield kind, number


def _blocks(citation: Element, article: Element) -> Iterator[Block]:
    vernacular = _text(article.find("VernacularTitle"))
    if vernacular and vernacular != _title(article):
        yield Block(vernacular, BlockKind.PARAGRAPH)
    has_abstract = False
    for abstract in (
        *article.iterfind("Abstract"),
        *citation.iterfind("OtherAbstract"),
    ):
        blocks = list(_abstract(abstract))
        has_abstract = has_abstract or bool(blocks)
        yield from blocks
    title = _title(article)
    if not has_abstract and title:
        yield Block(title, BlockKind.PARAGRAPH)


def _abstract(abstract: Element) -> Iterator[Block]:
    """An abstract under its heading, each labelled part under its label."""
    language = abstract.get("Language")
    top = f"Abstract ({language})" if language and language != "eng" else "Abstract"
    parts: list[Block] = []
    for element in abstract.iterchildren("AbstractText"):
        text = _text(element)
        label = " ".join(normalise_text(element.get("Label") or "").split())
        path: tuple[str, ...] = (top,)
        if label and label.upper() != "UNLABELLED" and text:
            parts.append(Block(label, BlockKind.HEADING, path))
            path = (top, label)
        if text:
            parts.append(Block(text, BlockKind.PARAGRAPH, path))
    if not parts and (text := _text(abstract)):
        parts.append(Block(text, BlockKind.PARAGRAPH, (top,)))
    if parts:
        yield Block(top, BlockKind.HEADING)
        yield from parts


def _text(element: Element | None) -> str:
    return "" if element is None else inline_text(element, {})[0]


def _first(root: Element, tags: tuple[str, ...]) -> Element | None:
    return next((each for tag in tags for each in root.iterchildren(tag)), None)


def _all(parent: Element | None, tag: str) -> Iterator[Element]:
    return iter(()) if parent is None else parent.iterchildren(tag)


def _recognise(head: Head) -> bool:
    root = find_root(head.start)
    return root is not None and root.name in _ROOTS


READER = Reader("pubmed", _recognise, read_pubmed)
