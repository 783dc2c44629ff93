"""What the registry says: records, classes of suffix, rules for user pages, and their evidence.

Each record checks itself when it is made and raises `AuthorityError` with a message that starts
with the name of the offending field; the registry adds the file and the line.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from corpora.errors import AuthorityError
from corpora.urls import normalise_url

TIERS = (1, 2, 3, 4)

# A key is written as people write hosts: no scheme, user, port, query, fragment or wildcard.
_KEY = re.compile(r"(?P<host>[^\s/\\?#@:%*\[\]]+)(?P<path>(?:/[^\s/\\?#%]+)*)")


class Category(StrEnum):
    """What kind of source a host is."""

    GOVERNMENT = "government"
    INTERGOVERNMENTAL = "intergovernmental"
    LAW = "law"
    STATISTICS = "statistics"
    REGULATOR = "regulator"
    STANDARDS = "standards"
    HEALTH = "health"
    ACADEMIC = "academic"
    RESEARCH = "research"
    PUBLISHER = "publisher"
    JOURNAL = "journal"
    REPOSITORY = "repository"
    REFERENCE = "reference"
    DOCUMENTATION = "documentation"
    PRESS = "press"
    PROFESSIONAL = "professional"
    NGO = "ngo"
    PLATFORM = "platform"
    TABLOID = "tabloid"
    CONTENT_FARM = "content_farm"
    PREDATORY = "predatory"
    DISINFORMATION = "disinformation"
    PROPAGANDA = "propaganda"
    SATIRE = "satire"


class Topic(StrEnum):
    """What a record's authority is about; `GENERAL` where it is not about something in particular."""

    AGRICULTURE = "agriculture"
    BIOLOGY = "biology"
    CHEMISTRY = "chemistry"
    CLIMATE = "climate"
    COMPUTING = "computing"
    CULTURE = "culture"
    ECONOMICS = "economics"
    EDUCATION = "education"
    ENERGY = "energy"
    ENGINEERING = "engineering"
    ENVIRONMENT = "environment"
    FINANCE = "finance"
    FOOD = "food"
    GENERAL = "general"
    GEOGRAPHY = "geography"
    HEALTH = "health"
    HISTORY = "history"
    HUMAN_RIGHTS = "human_rights"
    LABOUR = "labour"
    LAW = "law"
    MATHEMATICS = "mathematics"
    MIGRATION = "migration"
    NEWS = "news"
    PHYSICS = "physics"
    POLITICS = "politics"
    PROGRAMMING = "programming"
    SCIENCE = "science"
    SECURITY = "security"
    SPACE = "space"
    STANDARDS = "standards"
    STATISTICS = "statistics"
    TRADE = "trade"
    TRANSPORT = "transport"


class Stance(StrEnum):
    """What a curated record says about the pages under its key."""

    TRUST = "trust"
    USER_CONTENT = "user_content"
    DISTRUST = "distrust"


class EvidenceKind(StrEnum):
    """Where a statement about a page's authority comes from."""

    CURATED = "curated"
    SUFFIX_CLASS = "suffix_class"
    PAGE_RULE = "page_rule"
    NOTHING_KNOWN = "nothing_known"
    UNREADABLE_INPUT = "unreadable_input"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason behind a judgement.

    Attributes:
        kind: where the statement comes from.
        statement: one line for a person.
        source: where the claim can be checked: a URL for curated records, the data file for
            classes and rules; None when nothing is claimed.
        dated: the day a curator added it; None for all that no curator dated.
        curator: who added it; None for all that no curator added.
    """

    kind: EvidenceKind
    statement: str
    source: str | None = None
    dated: date | None = None
    curator: str | None = None

    def __post_init__(self) -> None:
        _require_line("reason", self.statement)
        for name, text in (("source", self.source), ("curator", self.curator)):
            if text is not None:
                _require_line(name, text)

    def as_json(self) -> dict[str, str | None]:
        """The fields in their order, the date as ISO 8601."""
        return {
            "kind": self.kind.value,
            "statement": self.statement,
            "source": self.source,
            "date": None if self.dated is None else self.dated.isoformat(),
            "curator": self.curator,
        }


@dataclass(frozen=True, slots=True)
class Key:
    """What a record is about: a host suffix, optionally with a path prefix under it.

    Attributes:
        host: lowercase A-label host; covers itself and every host below it.
        segments: path segments as they stand in the URL's path after percent-decoding, matched
            from the root; empty when the key covers every path.
    """

    host: str
    segments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join((self.host, *self.segments))

    @property
    def depth(self) -> int:
        """Number of labels of the host, at least 1."""
        return self.host.count(".") + 1


def parse_key(text: str) -> Key:
    """The key written as `host` or `host/path`, host in Unicode or A-label form.

    Raises:
        AuthorityError: `text` is no such key (scheme, port, wildcard, IP address, dot segment,
            trailing slash or dot ...).
    """
    found = _KEY.fullmatch(text) if text.isprintable() else None
    url = normalise_url(f"https://{found['host']}/") if found else None
    if found is None or url is None or found["host"].startswith(".") or found["host"].endswith("."):
        raise AuthorityError(f"key: {text!r} is not of the form host or host/path")
    host = url.removeprefix("https://").removesuffix("/")
    segments = tuple(found["path"].split("/")[1:])
    if host.rpartition(".")[2].isdigit() or "" in host.split("."):
        raise AuthorityError(f"key: {text!r} does not name a host of the domain name system")
    if {".", ".."} & set(segments):
        raise AuthorityError(f"key: {text!r} holds a dot segment")
    return Key(host, segments)


@dataclass(frozen=True, slots=True)
class AuthorityRecord:
    """A curator's judgement of everything under one key.

    Attributes:
        key: the host suffix and path prefix it covers.
        stance: trust, distrust, or a host whose users write the pages.
        tier: 1 (primary and official) to 4 (accountable, lightly reviewed); None unless the
            stance is trust.
        category: what kind of source it is.
        topics: what its authority is about, at least one where the stance is trust; general
            authority is the topic `GENERAL`, which stands alone.
        reason: one line, facts only.
        evidence: where the judgement can be checked, at least one.
    """

    key: Key
    stance: Stance
    tier: int | None
    category: Category
    topics: tuple[Topic, ...]
    reason: str
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if self.stance is Stance.TRUST:
            _require_tier(self.tier)
        elif self.tier is not None:
            raise AuthorityError(f"tier: must be empty where the stance is {self.stance}")
        _require_line("reason", self.reason)
        if not self.evidence:
            raise AuthorityError("source: a judgement needs at least one source")
        self._require_topics()

    @property
    def distrusted(self) -> bool:
        """Whether the record is explicit distrust."""
        return self.stance is Stance.DISTRUST

    def _require_topics(self) -> None:
        if len(set(self.topics)) != len(self.topics):
            raise AuthorityError("topics: a topic is named twice")
        if Topic.GENERAL in self.topics and len(self.topics) > 1:
            raise AuthorityError("topics: 'general' must stand alone; leave it out or the others")
        if self.stance is Stance.TRUST and not self.topics:
            named = ", ".join(topic for topic in Topic if topic is not Topic.GENERAL)
            raise AuthorityError(
                "topics: must not be empty where the stance is trust; write general, or what it is "
                f"trusted for, joined by semicolons: {named}"
            )


@dataclass(frozen=True, slots=True)
class SuffixClass:
    """What may be assumed of every host under a suffix whose registration is restricted.

    Attributes:
        suffix: lowercase A-label host suffix, one label or more.
        tier: 1 to 4.
        category: what kind of source registers there.
        country: ISO 3166-1 alpha-2 code; None where the suffix belongs to no single country.
        reason: who may register there, one line.
    """

    suffix: str
    tier: int
    category: Category
    country: str | None
    reason: str

    def __post_init__(self) -> None:
        _require_tier(self.tier)
        _require_line("reason", self.reason)
        if self.country is not None and not re.fullmatch(r"[A-Z]{2}", self.country):
            raise AuthorityError(f"country: {self.country!r} is not two capital letters")


class Place(StrEnum):
    """Where in an address a user-page rule looks."""

    HOST_LABEL = "host_label"
    """A label of the host below the matched key: `forum` in forum.example.org."""
    PATH_SEGMENT = "path_segment"
    """The first path segment below the matched key, with something after it: `/users/x`."""


@dataclass(frozen=True, slots=True)
class UserPageRule:
    """A name that marks pages which a site's users write.

    Attributes:
        place: where the name stands.
        name: lowercase.
        category: the category of site it applies to; None for every site.
        reason: who writes such pages, one line.
    """

    place: Place
    name: str
    category: Category | None
    reason: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_-]+", self.name):
            raise AuthorityError(f"name: {self.name!r} is not lowercase letters, digits, - or _")
        _require_line("reason", self.reason)


def _require_tier(tier: int | None) -> None:
    if tier not in TIERS:
        raise AuthorityError(f"tier: {tier!r} is not one of 1, 2, 3, 4")


def _require_line(field: str, text: str) -> None:
    if not text or text != text.strip() or not text.isprintable():
        raise AuthorityError(f"{field}: must be one line of text without surrounding spaces")
