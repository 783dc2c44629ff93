"""What a caller wants to see at all, and which rows of a snapshot that leaves.

A filter only removes: no score depends on it (`server.retrieve` anchors scores before filtering).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from corpora.errors import QueryError
from corpora.urls import normalise_url
from indexer.records import UNDATED
from indexer.shard import ShardReader
from server.snapshot import Mask, Selection, Snapshot
from server.trust import Trust

MAX_DOMAINS = 1_000
MAX_PATHS = 50
"""Domains with a path are compared with every address on their host."""
_REMEMBERED = 8
"""Filters whose rows are kept: a byte a passage each."""
_EPOCH = date(1970, 1, 1)


class Undated(StrEnum):
    """What a filter by date does with documents that have none."""

    STRICT = "strict"
    KEEP = "keep_undated"
    DECAY = "decay"


@dataclass(frozen=True, slots=True)
class Domain:
    """A host with everything below it, or only a path on it.

    Attributes:
        host: lowercase A-labels, without a leading dot; may be a suffix such as "gov".
        path: "" for all of the host, else "/a/b" without a trailing slash.
    """

    host: str
    path: str = ""

    @classmethod
    def parse(cls, text: str, field: str) -> "Domain":
        """Reads "example.org", ".gov", "*.example.org", "example.org/docs" or a whole URL.

        Raises:
            QueryError: it is none of these.
        """
        bare = re.sub(r"^https?://", "", text.strip(), flags=re.IGNORECASE)
        host, slash, path = bare.removeprefix("*").removeprefix(".").partition("/")
        host = re.sub(r":(?:80|443)$", "", host)
        # The path as the build normalised it; a query or fragment names no other page here.
        url = normalise_url(f"http://{host}{slash}{path}") if host else None
        if url is None or any(character in host for character in "@?#: \\"):
            raise QueryError(
                field,
                f"{text[:100]!r} is no domain; give one like example.org, gov or who.int/news",
            )
        parsed, _, rest = url.removeprefix("http://").partition("/")
        place = f"/{rest}".partition("?")[0].rstrip("/")
        return cls(parsed, place)

    def has_url(self, url: str) -> bool:
        """Whether the path of a normalised URL is this one or below it, segment by segment."""
        path = "/" + url.partition("://")[2].partition("/")[2]
        path = path.partition("?")[0]
        return path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for. Empty means everything.

    Attributes:
        include_domains: only these; a document without a URL has no domain.
        exclude_domains: none of these, also where they are included.
        kinds: "web", "paper".
        languages: ISO 639-1 codes; a document of unknown language has none of them.
        collections: names given at build time.
        published_after, published_before: first and last day, both included; a paper of which only
            the year is known passes if any day of it does.
        undated: what becomes of documents without a date when a day is given.
        min_tier: 1 to 4: sources of this tier or a better one.
    """

    include_domains: tuple[Domain, ...] = ()
    exclude_domains: tuple[Domain, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    published_after: date | None = None
    published_before: date | None = None
    undated: Undated = Undated.KEEP
    min_tier: int | None = None

    @property
    def dated(self) -> bool:
        """Whether a day is given."""
        return self.published_after is not None or self.published_before is not None

    def without_dates(self) -> "Filters":
        """The same, at any time."""
        return replace(self, published_after=None, published_before=None, undated=Undated.KEEP)

    def check(self) -> None:
        """Refuses what nothing could pass.

        Raises:
            QueryError: names the field.
        """
        after, before = self.published_after, self.published_before
        if after is not None and before is not None and after > before:
            raise QueryError("published_after", f"{after} is later than published_before, {before}")
        if self.min_tier is not None and not 1 <= self.min_tier <= 4:
            raise QueryError("min_tier", f"is {self.min_tier}; 1 to 4 are allowed")
        for field in ("include_domains", "exclude_domains"):
            domains: tuple[Domain, ...] = getattr(self, field)
            if len(domains) > MAX_DOMAINS:
                raise QueryError(field, f"has more than {MAX_DOMAINS:,} entries")
            if sum(bool(domain.path) for domain in domains) > MAX_PATHS:
                raise QueryError(field, f"has more than {MAX_PATHS} entries with a path")


class Facets:
    """The columns of a shard's documents that filters ask for, as numbers."""

    def __init__(self, shard: ShardReader) -> None:
        """Reads the columns; about 30 bytes a document."""
        self._documents = shard.documents
        self._columns = {
            name: shard.documents.codes(name) for name in ("host", "kind", "language", "collection")
        }
        self.first_day, self.last_day = shard.documents.periods()

    def values(self, column: str) -> list[str]:
        """The distinct words of a column."""
        return [value for value in self._columns[column][1] if value is not None]

    def is_one_of(self, column: str, wanted: Sequence[str]) -> Mask:
        """Bool [documents], whether a column has one of the words."""
        codes, values = self._columns[column]
        mask: Mask = np.asarray([value in wanted for value in values], dtype=bool)[codes]
        return mask

    def hosts_of(self, domains: Sequence[Domain]) -> list[str]:
        """The hosts of some domains, in order."""
        wanted = {domain.host for domain in domains}
        return sorted(h for h in self.values("host") if not wanted.isdisjoint(_suffixes(h)))

    def knows(self, domain: Domain) -> bool:
        """Whether any host is of the domain."""
        return domain.host in self._known

    @cached_property
    def _known(self) -> set[str]:
        return {suffix for host in self.values("host") for suffix in _suffixes(host)}

    def is_in(self, domains: Sequence[Domain]) -> Mask:
        """Bool [documents], whether the address is in one of the domains."""
        codes, values = self._columns["host"]
        whole = {domain.host for domain in domains if not domain.path}
        paths: defaultdict[str, list[Domain]] = defaultdict(list)
        for domain in domains:
            if domain.path:
                paths[domain.host].append(domain)
        suffixes = [_suffixes(value) for value in values]
        mask: Mask = np.asarray([not whole.isdisjoint(own) for own in suffixes], dtype=bool)[codes]
        wanted = [
            [domain for suffix in own for domain in paths.get(suffix, ())] for own in suffixes
        ]
        partly = np.asarray([bool(some) for some in wanted], dtype=bool)[codes] & ~mask
        for row in np.flatnonzero(partly).tolist():
            url = self._documents.url(row) or ""
            mask[row] = any(domain.has_url(url) for domain in wanted[codes[row]])
        return mask

    def is_published(self, filters: Filters) -> Mask:
        """Bool [documents], whether dates pass."""
        known = self.last_day != UNDATED
        passes: Mask = known.copy()
        if filters.published_after is not None:
            passes &= self.last_day >= _day(filters.published_after)
        if filters.published_before is not None:
            passes &= self.first_day <= _day(filters.published_before)
        if filters.undated is not Undated.STRICT:
            passes |= ~known
        return passes


class Selector:
    """Applies filters to all shards of a snapshot; remembers the last few."""

    def __init__(self, snapshot: Snapshot, trust: Trust) -> None:
        """Reads nothing yet: most queries have no filter."""
        self._shards = snapshot.shards
        # Nothing here refers to the selector itself: a cycle would keep the files of an old
        # generation open until the garbage collector comes by.
        self._facets = lru_cache(maxsize=None)(partial(_facets, snapshot.shards))
        self.select = lru_cache(maxsize=_REMEMBERED)(
            partial(_select, snapshot.shards, trust, self._facets)
        )

    def unknown_domains(self, domains: Sequence[Domain]) -> list[str]:
        """Those of which the index has no page."""
        shards = range(len(self._shards))
        return [
            domain.host
            for domain in domains
            if not any(self._facets(number).knows(domain) for number in shards)
        ]

    def unknown_words(self, column: str, wanted: Sequence[str]) -> list[str]:
        """Those that no document of the index has in a column."""
        shards = range(len(self._shards))
        known = {word for number in shards for word in self._facets(number).values(column)}
        return [word for word in wanted if word not in known]


def _facets(shards: Sequence[ShardReader], number: int) -> Facets:
    return Facets(shards[number])


def _select(
    shards: Sequence[ShardReader],
    trust: Trust,
    facets: Callable[[int], Facets],
    filters: Filters,
) -> tuple[Selection, ...]:
    return tuple(
        select(
            filters,
            shard,
            facets(number),
            None if filters.min_tier is None else trust.tiers(number),
        )
        for number, shard in enumerate(shards)
    )


def select(
    filters: Filters, shard: ShardReader, facets: Facets, tiers: NDArray[np.int8] | None
) -> Selection:
    """Applies filters to a shard.

    Args:
        filters: checked.
        shard: to be filtered.
        facets: the shard's.
        tiers: int8 [documents], 0 for none; may be None where no tier is asked for.
    """
    live = shard.documents.live
    documents = np.ones(len(shard.documents), dtype=bool) if live is None else live.copy()
    where: dict[str, Sequence[str]] = {}
    for column, wanted in (
        ("kind", filters.kinds),
        ("language", filters.languages),
        ("collection", filters.collections),
    ):
        if wanted:
            documents &= facets.is_one_of(column, wanted)
            where[column] = wanted
    if filters.include_domains:
        documents &= facets.is_in(filters.include_domains)
        where["host"] = facets.hosts_of(filters.include_domains)
    if filters.exclude_domains:
        documents &= ~facets.is_in(filters.exclude_domains)
    if filters.dated:
        documents &= facets.is_published(filters)
    if filters.min_tier is not None:
        assert tiers is not None
        documents &= (tiers > 0) & (tiers <= filters.min_tier)
    return Selection(documents[shard.passages.document], where, shard)


def _suffixes(host: str | None) -> list[str]:
    """The host and what it stands below: a.b.c, b.c, c."""
    labels = host.split(".") if host else []
    return [".".join(labels[start:]) for start in range(len(labels))]


def _day(day: date) -> int:
    return (day - _EPOCH).days
