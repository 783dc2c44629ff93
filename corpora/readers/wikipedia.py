"""MediaWiki dumps: each page of the main namespace as a web page with its links.

The newest revision in the dump is read. Redirects, talk, files, templates and the like are
rejected with the reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from corpora.document import Document, DocumentKind, Rejected, SourceRef, identify, normalise_text
from corpora.reader import Head, Progress, Reader
from corpora.urls import host_of, identity_key
from corpora.wiki_site import Site, make_site
from corpora.wikitext import MAX_WIKITEXT_CHARS, read_wikitext
from corpora.xml_records import (
    Element,
    XmlRecord,
    find_root,
    parse_fragment,
    parse_record,
    read_xml_records,
)

_NAMES = frozenset(("page",))
_SITEINFO = re.compile(rb"<siteinfo\b.*?</siteinfo\s*>", re.DOTALL)
_LANGUAGE = re.compile(rb"""<mediawiki\b[^>]*\sxml:lang\s*=\s*["']([A-Za-z-]{1,20})["']""")
_PAGE = re.compile(rb"<page[\s>].{0,4000}?<(?:revision|redirect|title)\b", re.DOTALL)
_REDIRECT = re.compile(r"\s*#\s*[^\W\d]{2,30}\s*:?\s*\[\[([^\]|\n]{1,300})", re.IGNORECASE)
_DATABASE = re.compile(r"([a-z_]+wiki)(?=[-_.])")
_WIKITEXT = frozenset(("", "wikitext"))


def read_wikipedia(
    path: Path, progress: Progress | None = None, skip: int = 0
) -> Iterator[Document | Rejected]:
    """The pages of a dump.

    Args:
        path: the file, compressed or not.
        progress: as for every reader.
        skip: how many records to leave out at the beginning.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    site: Site | None = None
    for record in read_xml_records(path, _NAMES, progress, skip):
        if isinstance(record, Rejected):
            yield record
            continue
        site = site or _site(record.prolog, path.name)
        yield _page(record, site)


@dataclass(frozen=True, slots=True)
class _Revision:
    """What a page holds.

    Attributes:
        text: wikitext; empty where it was deleted.
        model: content model; empty in old dumps.
        source: of the page, with the time of the revision.
    """

    text: str
    model: str
    source: SourceRef


def _page(record: XmlRecord, site: Site) -> Document | Rejected:
    page = parse_record(record)
    if isinstance(page, Rejected):
        return page
    title = site.clean_title(normalise_text(_text(page, "title")))
    url = site.url_of(title) if title else None
    revision = _newest(page, record.source)
    if not title or revision is None:
        return Rejected(record.source, "not a wiki page", "it has no title or revision", url)
    reason, detail = _why_not(page, title, revision, site)
    if reason:
        return Rejected(revision.source, reason, detail, url)
    read = read_wikitext(revision.text, site)
    if not read.blocks:
        return Rejected(revision.source, "no text", title, url)
    return Document(
        document_id=identify(identity_key(url) if url else f"wiki:{title}"),
        url=url,
        doi=None,
        host=host_of(url) if url else None,
        title=title,
        kind=DocumentKind.WEB,
        source=revision.source,
        blocks=tuple(read.blocks),
        language=site.language,
        links=tuple(read.links),
    )


def _why_not(page: Element, title: str, revision: _Revision, site: Site) -> tuple[str, str]:
    """(reason, detail) against a page; empty for one that is read."""
    namespace = _text(page, "ns")
    prefix, colon, _ = title.partition(":")
    if namespace not in ("", "0") or (not namespace and colon and site.is_namespace(prefix)):
        return "namespace not read", title
    redirect = page.find("redirect")
    target = redirect.get("title") or "" if redirect is not None else ""
    if not target and (match := _REDIRECT.match(revision.text)):
        target = match[1].strip()
    if redirect is not None or target:
        return "redirect", target
    if revision.model not in _WIKITEXT:
        return "not wikitext", revision.model
    if len(revision.text) > MAX_WIKITEXT_CHARS:
        return "record too large", f"{len(revision.text)} characters of wikitext"
    return "", ""


def _newest(page: Element, source: SourceRef) -> _Revision | None:
    newest: tuple[datetime, Element] | None = None
    for revision in page.iterchildren("revision"):
        when = _time(_text(revision, "timestamp"))
        if newest is None or when >= newest[0]:
            newest = (when, revision)
    if newest is None:
        return None
    when, revision = newest
    text = revision.find("text")
    return _Revision(
        text="" if text is None else "".join(text.itertext()),
        model=_text(revision, "model"),
        source=replace(source, fetched_at=None if when == _NO_TIME else when),
    )


_NO_TIME = datetime.min.replace(tzinfo=UTC)


def _time(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return _NO_TIME
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _site(prolog: bytes, name: str) -> Site:
    database = _DATABASE.search(name.lower())
    language = _LANGUAGE.search(prolog)
    found = _SITEINFO.search(prolog)
    info = parse_fragment(found[0]) if found else None
    if info is None:
        return make_site("", (), "", "", database[1] if database else "")
    namespaces = [
        (each.get("key") or "", "".join(each.itertext())) for each in info.iter("namespace")
    ]
    return make_site(
        _text(info, "base"),
        namespaces,
        _text(info, "case"),
        language[1].decode() if language else "",
        _text(info, "dbname") or (database[1] if database else ""),
    )


def _text(element: Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else "".join(found.itertext()).strip()


def _recognise(head: Head) -> bool:
    root = find_root(head.start)
    if root is None:
        return False
    return root.name == "mediawiki" or (root.name == "page" and _PAGE.match(root.rest) is not None)


READER = Reader("wikipedia", _recognise, read_wikipedia, read_wikipedia)
