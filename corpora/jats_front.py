"""What a JATS article says of itself and of the papers it cites."""

import re
from collections.abc import Iterator
from datetime import date

from corpora.citations import Reference, reference_of
from corpora.document import normalise_text
from corpora.jats_inline import title_text
from corpora.paper_ids import PaperIds, find_paper_ids
from corpora.papers import Facts
from corpora.xml_records import Element, attribute

_SCHEMES = {"doi": "doi", "pmid": "pubmed", "pmc": "pmc", "pmcid": "pmc", "arxiv": "arxiv",
            "medline": "pubmed"}  # fmt: skip
_CITATIONS = ("element-citation", "mixed-citation", "nlm-citation", "citation", "product")
_NOT_PUBLISHED = re.compile(
    r"pmc|retract|corrected|received|accepted|nihms|preprint", re.IGNORECASE
)
_AMENDING = frozenset(("retraction", "correction", "expression-of-concern", "addendum",
                       "partial-retraction", "retraction-forward"))  # fmt: skip
_DOI_LINK = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_MAX_RAW_CHARS = 4_000


def article_meta(article: Element) -> Element | None:
    """The metadata of the article itself; None where it has none."""
    for path in ("front/article-meta", "front-stub", "article-meta"):
        found = article.find(path)
        if found is not None:
            return found
    return None


def find_ids(article: Element, meta: Element, stem: str) -> PaperIds:
    """Its identifiers; `stem` stands for one that states none."""
    journal = line(article.find("front/journal-meta/journal-id"))
    stated: dict[str, object] = {}
    own = ""
    for element in meta.iterchildren("article-id"):
        kind, value = (element.get("pub-id-type") or "").lower(), line(element)
        if kind in _SCHEMES and value:
            stated.setdefault(_SCHEMES[kind], value)
        elif kind in ("publisher-id", "manuscript") and not own:
            own = value
    # A publisher's own number means nothing outside its journal.
    own = f"{journal}/{own}" if own and journal else stem
    ids = find_paper_ids(own, "", stated)
    known = ids.by_scheme.get("pmc") or ids.by_scheme.get("pubmed")
    return PaperIds(known or ids.paper_id, ids.by_scheme)


def find_facts(article: Element, meta: Element) -> Facts:
    """Title, authors, journal, date and what it corrects or retracts."""
    journal = article.find("front/journal-meta")
    dates = list(_dates(meta))
    full = [date(year, month, day) for year, month, day in dates if month and day]
    return Facts(
        title=_title(meta),
        authors=tuple(_authors(meta)),
        venue=_venue(journal) if journal is not None else "",
        year=min((year for year, _, _ in dates), default=None),
        published=min(full, default=None),
        language=_language(article),
        notes=(*_issns(journal), *_amendments(article, meta)),
    )


def find_references(article: Element) -> dict[str, Reference]:
    """The reference list by the ids that citations name."""
    found: dict[str, Reference] = {}
    for entry in article.iter("ref"):
        if next(entry.iterancestors("ref"), None) is not None:
            continue
        reference = _reference(entry)
        for element in entry.iter("ref", *_CITATIONS):
            if element.get("id"):
                found.setdefault(element.get("id"), reference)
    return found


def line(element: Element | None) -> str:
    """All text of an element on one line."""
    if element is None:
        return ""
    return normalise_text(" ".join("".join(element.itertext()).split()))


def _reference(entry: Element) -> Reference:
    stated: dict[str, object] = {}
    for element in entry.iter("pub-id"):
        scheme = _SCHEMES.get((element.get("pub-id-type") or "").lower())
        if scheme:
            stated.setdefault(scheme, line(element))
    links = [attribute(each, "href") or line(each) for each in entry.iter("ext-link", "uri")]
    titles = (*entry.iter("article-title"), *entry.iter("chapter-title"), *entry.iter("part-title"),
              *entry.iter("source"))  # fmt: skip
    title = next(filter(None, map(title_text, titles)), "")
    raw = " ".join([line(entry)[:_MAX_RAW_CHARS], *links])
    return reference_of(stated, title, "", raw)


def _title(meta: Element) -> str:
    group = meta.find("title-group")
    if group is None:
        return ""
    title = title_text(group.find("article-title"))
    subtitles = [title_text(each) for each in group.iterchildren("subtitle")]
    whole = ": ".join(filter(None, (title, *subtitles)))
    return whole or title_text(group.find("trans-title-group/trans-title"))


def _authors(meta: Element) -> Iterator[str]:
    for contributor in meta.iterfind("contrib-group/contrib"):
        if (contributor.get("contrib-type") or "author") != "author":
            continue
        name = _name(contributor)
        if name:
            yield name


def _name(contributor: Element) -> str:
    for path in ("name", "name-alternatives/name", "string-name", "name-alternatives/string-name"):
        name = contributor.find(path)
        if name is not None:
            given, family = line(name.find("given-names")), line(name.find("surname"))
            suffix = line(name.find("suffix"))
            return " ".join(filter(None, (given, family, suffix))) or line(name)
    collab = contributor.find("collab")
    if collab is None:
        collab = contributor.find("collab-alternatives/collab")
    if collab is None:
        return ""
    # Its members may follow inside, after its own name.
    texts = [collab.text or ""]
    for child in collab:
        texts += ["" if child.tag == "contrib-group" else line(child), child.tail or ""]
    return normalise_text(" ".join("".join(texts).split())).rstrip(",;: ")


def _venue(journal: Element) -> str:
    for path in ("journal-title-group/journal-title", "journal-title"):
        if title := title_text(journal.find(path)):
            return title
    for element in journal.iterchildren("journal-id"):
        if element.get("journal-id-type") in ("nlm-ta", "iso-abbrev"):
            return line(element)
    return ""


def _dates(meta: Element) -> Iterator[tuple[int, int, int]]:
    for element in meta.iterchildren("pub-date"):
        kind = f"{element.get('pub-type') or ''} {element.get('date-type') or ''}"
        if _NOT_PUBLISHED.search(kind):
            continue
        year, month, day = (_number(element, part) for part in ("year", "month", "day"))
        if 1500 <= year <= 2100:
            yield (year, month, day) if _is_date(year, month, day) else (year, 0, 0)


def _number(element: Element, part: str) -> int:
    text = line(element.find(part))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _language(article: Element) -> str | None:
    code = (attribute(article, "lang") or "").partition("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None


def _issns(journal: Element | None) -> Iterator[tuple[str, str]]:
    for element in () if journal is None else journal.iterchildren("issn"):
        if value := line(element):
            yield "issn", value.upper()


def _amendments(article: Element, meta: Element) -> Iterator[tuple[str, str]]:
    """What the article retracts, corrects or comments on, by the DOI it names."""
    kind = article.get("article-type") or ""
    if kind in _AMENDING:
        yield "article-type", kind
    for element in meta.iterchildren("related-article"):
        relation = element.get("related-article-type") or "related-article"
        address = attribute(element, "href") or line(element)
        if match := _DOI_LINK.search(address):
            yield relation, match[1].lower()
