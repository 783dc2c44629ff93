"""Who wrote a page, and when, as its metadata says; only user of htmldate."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from htmldate import find_date

from corpora.document import normalise_text
from indexer.runs import Element

MAX_AUTHORS = 50
_MAX_NAME_CHARS = 120
_MAX_JSON_CHARS = 1_000_000
_MAX_JSON_NODES = 5_000
_AUTHOR_NAMES = ("citation_author", "author", "article:author", "dc.creator", "dcterms.creator",
                 "parsely-author", "sailthru.author", "byl")  # fmt: skip
_DATE_NAMES = ("article:published_time", "citation_publication_date", "citation_date",
               "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "datepublished",
               "parsely-pub-date", "og:article:published_time", "pubdate")  # fmt: skip
_DAY = re.compile(r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_EARLIEST_YEAR = 1990
"""There was no web before; an older date is that of something the page is about."""
_BY = re.compile(r"^\s*(?:by|von|par|por|di|door|av|от|автор)\b[\s:]+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:;|\s&\s|\s(?:and|und|et|y)\s)\s*")
_PAGE_TYPES = re.compile(r"Article|Posting|Report|WebPage|Book|Dataset|Review|Recipe|Thesis|Work")
_STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def byline(
    tree: Element,
    url: str | None,
    fetched_at: datetime | None,
) -> tuple[tuple[str, ...], date | None]:
    """Authors and date of publication; metadata and mark-up only.

    Dates guessed from running text are wrong too often.

    Args:
        tree: the page.
        url: its address, which may have the date in it.
        fetched_at: no page was published after it was fetched.
    """
    metas = _metas(tree)
    works = list(_works(tree))
    authors = _authors(metas, works)
    for value in _date_claims(metas, works):
        published = _day(value)
        if published is not None:
            return authors, _plausible(published, fetched_at)
    try:
        found = find_date(tree, extensive_search=False, original_date=True, url=url)
        published = date.fromisoformat(found) if found else None
    except _STUMBLES:
        published = None  # a date it stumbles over is a date we do not know
    return authors, _plausible(published, fetched_at)


def _plausible(published: date | None, fetched_at: datetime | None) -> date | None:
    if published is None or fetched_at is None:
        return published
    # Somewhere on earth it is tomorrow already; later than that, it is no date of publication.
    fetched = fetched_at.date()
    return min(published, fetched) if (published - fetched).days <= 1 else None


def _day(value: str) -> date | None:
    match = _DAY.match(value)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day if day.year >= _EARLIEST_YEAR else None


def _metas(tree: Element) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        name = element.get("name") or element.get("property") or element.get("itemprop")
        if name and content:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _works(tree: Element) -> Iterator[dict[str, Any]]:
    """What the page's JSON-LD describes that may be the page itself."""
    for script in tree.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json":
            continue
        text = script.text or ""
        if len(text) > _MAX_JSON_CHARS:
            continue
        try:
            waiting = [json.loads(text, strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(_MAX_JSON_NODES):
            if not waiting:
                break
            node = waiting.pop()
            if isinstance(node, list):
                waiting += reversed(node[:_MAX_JSON_NODES])
            elif isinstance(node, dict):
                if _PAGE_TYPES.search(str(node.get("@type", ""))[:200]):
                    yield node
                waiting += [node[key] for key in ("mainEntity", "@graph") if key in node]


def _date_claims(metas: dict[str, list[str]], works: list[dict[str, Any]]) -> Iterator[str]:
    for work in works:
        if isinstance(work.get("datePublished"), str):
            yield work["datePublished"]
    for name in _DATE_NAMES:
        yield from metas.get(name, ())


def _authors(metas: dict[str, list[str]], works: list[dict[str, Any]]) -> tuple[str, ...]:
    for work in works:
        names = _clean_names(_names(work.get("author")))
        if names:
            return names
    for name in _AUTHOR_NAMES:
        names = _clean_names(metas.get(name, ()))
        if names:
            return names
    return ()


def _names(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        name = each.get("name") if isinstance(each, dict) else each
        if isinstance(name, list):
            name = name[0] if name else None
        if isinstance(name, str):
            yield name


def _clean_names(claims: Iterable[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for claim in claims:
        for part in _BETWEEN.split(_BY.sub("", claim[: 20 * _MAX_NAME_CHARS])):
            name = " ".join(normalise_text(part).split())
            is_address = "://" in name or "@" in name or name.startswith("/")
            if name and not is_address and len(name) <= _MAX_NAME_CHARS:
                names[name] = None
    return tuple(names)[:MAX_AUTHORS]
