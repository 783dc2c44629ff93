"""From an address to what the registry says about it.

The host is read as browsers read it and matched label by label, never as a substring. The longest
registered host suffix wins, and under it the longest path prefix; a host without a record falls to
its class of suffix; the rest is unknown. A match then grants its trust only to pages that speak
for the matched host: see `Withheld`. Distrust is never withheld.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from authority.domain import find_domain, is_registrable
from authority.page import (
    Page,
    is_ambiguous,
    lenient_segments,
    literal_segments,
    names_user,
    points_elsewhere,
    read_page,
    split_page,
)
from authority.record import (
    AuthorityRecord,
    Category,
    Evidence,
    EvidenceKind,
    Place,
    Stance,
    SuffixClass,
    Topic,
)
from authority.registry import Registry

_CACHED_HOSTS = 65_536


class Withheld(StrEnum):
    """Why the trust of a host does not flow to a page."""

    OTHER_OWNER = "the host is rented out under a private suffix, whose owner does not vouch for it"
    USER_PAGE = "the page is written by a user of the site, not by the site"
    REDIRECT = "the address carries another site's address and may show that site's content"
    AMBIGUOUS_PATH = "servers disagree on which page this path names"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known about an address.

    Attributes:
        input: what was asked, unchanged.
        host: lowercase A-label host or IP address; None when the input names none.
        registrable_domain: the part of the host someone registered, by the Public Suffix List
            with its private part; None for IP addresses, public suffixes and unreadable input.
        record: the curated record with the longest matching key; None when no key matches.
        suffix_class: the class of the host's suffix; None when it has none, or when the record
            says that the class does not speak for this host (distrust, user content).
        withheld: why no trust flows from the match to this page; None when it does, and where
            there is no trust to withhold.
    """

    input: str
    host: str | None
    registrable_domain: str | None
    record: AuthorityRecord | None
    suffix_class: SuffixClass | None
    withheld: Withheld | None

    @property
    def basis(self) -> AuthorityRecord | SuffixClass | None:
        """What decides: the record, else the class of suffix; None when nothing is known."""
        return self.record or self.suffix_class

    @property
    def matched(self) -> str | None:
        """The key or suffix that decides; None when nothing matches."""
        if self.record is not None:
            return str(self.record.key)
        return None if self.suffix_class is None else self.suffix_class.suffix

    @property
    def tier(self) -> int | None:
        """1 to 4; None for unknown, distrusted and withheld."""
        basis = self.basis
        return None if basis is None or self.withheld is not None else basis.tier

    @property
    def category(self) -> Category | None:
        """What kind of source it is; None when unknown, or when the page is not the host's."""
        basis = self.basis
        return None if basis is None or self._is_silent else basis.category

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its authority is about; empty where no record says, or says it of other pages."""
        return () if self.record is None or self._is_silent else self.record.topics

    @property
    def stance(self) -> Stance | None:
        """What a curator says of the page; None where no record does, or does of other pages."""
        return None if self.record is None or self._is_silent else self.record.stance

    @property
    def distrusted(self) -> bool:
        """Whether a curator distrusts it explicitly."""
        return self.record is not None and self.record.distrusted

    @property
    def user_content(self) -> bool:
        """Whether the page is written by someone other than the owner of the matched host."""
        return self.withheld in (Withheld.OTHER_OWNER, Withheld.USER_PAGE)

    @property
    def _is_silent(self) -> bool:
        # A trusted host's record and class say nothing of pages from which trust is withheld.
        basis = self.basis
        return self.withheld is not None and basis is not None and basis.tier is not None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The reasons, strongest first, at least one."""
        found: list[Evidence] = []
        if self.record is not None:
            found += self.record.evidence
        if self.suffix_class is not None:
            found.append(
                Evidence(
                    EvidenceKind.SUFFIX_CLASS,
                    f".{self.suffix_class.suffix}: {self.suffix_class.reason}",
                    source="authority/data/suffixes.csv",
                )
            )
        if self.withheld is not None:
            found.append(Evidence(EvidenceKind.PAGE_RULE, self.withheld.value))
        if self.host is None:
            found.append(
                Evidence(EvidenceKind.UNREADABLE_INPUT, "neither a web address nor a host name")
            )
        return tuple(found) or (
            Evidence(EvidenceKind.NOTHING_KNOWN, "no record and no class of suffix covers it"),
        )


@dataclass(frozen=True, slots=True)
class _Match:
    """One thing that may decide about a host's pages.

    Attributes:
        record: None where only the class of suffix speaks.
        has_user_host: whether a label of the host marks it as written by users.
    """

    record: AuthorityRecord | None
    has_user_host: bool


@dataclass(frozen=True, slots=True)
class _HostView:
    """All that depends on the host alone.

    Attributes:
        registrable_domain: as in `Resolution`.
        matches: the applicable ones, most specific first; those with a path prefix apply to
            some pages only.
        suffix_class: None when there is none.
        is_rented: whether the host stands under a private suffix.
    """

    registrable_domain: str | None
    matches: tuple[_Match, ...]
    suffix_class: SuffixClass | None
    is_rented: bool


class Resolver:
    """Answers from one registry; immutable to its callers and safe to share between threads.

    A host is looked up once and remembered (the last 65,536 of them).
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._view = lru_cache(maxsize=_CACHED_HOSTS)(self._look_up)
        names: dict[tuple[Place, str], set[Category | None]] = {}
        for rule in registry.user_pages:
            names.setdefault((rule.place, rule.name), set()).add(rule.category)
        self._user_names = names

    def resolve(self, text: str) -> Resolution:
        """What is known about a URL, or about a bare host with or without port and path."""
        page = read_page(text)
        if page is None:
            return Resolution(text, None, None, None, None, None)
        return self._judge(text, page)

    def resolve_normalised(self, url: str) -> Resolution:
        """The same for a URL that `corpora.urls.normalise_url` returned: no parsing is repeated."""
        return self._judge(url, split_page(url))

    def _judge(self, text: str, page: Page) -> Resolution:
        view = self._view(page.host)
        lenient = lenient_segments(page.path)
        for match in view.matches:
            record = match.record
            if record is None or _covers(record, page.path, lenient):
                break
        else:
            withheld = Withheld.OTHER_OWNER if view.is_rented else None
            return Resolution(text, page.host, view.registrable_domain, None, None, withheld)
        suffix_class = view.suffix_class
        if record is not None and record.stance is not Stance.TRUST:
            suffix_class = None
            withheld = Withheld.USER_PAGE if record.stance is Stance.USER_CONTENT else None
        else:
            withheld = self._withhold(page, lenient, match, view)
        return Resolution(text, page.host, view.registrable_domain, record, suffix_class, withheld)

    def _withhold(
        self, page: Page, lenient: tuple[str, ...], match: _Match, view: _HostView
    ) -> Withheld | None:
        if is_ambiguous(lenient):
            return Withheld.AMBIGUOUS_PATH
        # What a curator put into a key is known to be the owner's: rules look below it.
        below = lenient if match.record is None else lenient[len(match.record.key.segments) :]
        if match.has_user_host or names_user(below):
            return Withheld.USER_PAGE
        basis = match.record or view.suffix_class
        if basis is not None and len(below) > 1:
            if self._is_user_name(Place.PATH_SEGMENT, below[0], basis.category):
                return Withheld.USER_PAGE
        return Withheld.REDIRECT if points_elsewhere(page) else None

    def _look_up(self, host: str) -> _HostView:
        domain = find_domain(host)
        if not is_registrable(host):
            return _HostView(domain.registrable, (), None, is_rented=False)
        labels = host.split(".")
        records: list[AuthorityRecord] = []
        suffix_class: SuffixClass | None = None
        # A key of fewer labels than the private suffix is a judgement of the landlord.
        for start in range(len(labels) - max(domain.owner_depth, 1) + 1):
            suffix = ".".join(labels[start:])
            records += self.registry.records_by_host.get(suffix, ())
            if suffix_class is None and not _is_lookalike(labels[:start], suffix):
                suffix_class = self.registry.suffix_by_host.get(suffix)
        matches = [
            _Match(
                record,
                self._has_user_label(labels, record.key.depth, domain.registrable, record.category),
            )
            for record in records
        ]
        if suffix_class is not None:
            category = suffix_class.category
            matches.append(
                _Match(None, self._has_user_label(labels, 1, domain.registrable, category))
            )
        return _HostView(
            domain.registrable, tuple(matches), suffix_class, is_rented=domain.owner_depth > 0
        )

    def _has_user_label(
        self, labels: list[str], key_depth: int, registrable: str | None, category: Category
    ) -> bool:
        # A registered name is a name, whatever it says: only what stands below it is looked at.
        depth = max(key_depth, registrable.count(".") + 1 if registrable else 0)
        return any(
            self._is_user_name(Place.HOST_LABEL, label, category) for label in labels[:-depth]
        )

    def _is_user_name(self, place: Place, name: str, category: Category) -> bool:
        categories = self._user_names.get((place, name), ())
        return None in categories or category in categories


def _covers(record: AuthorityRecord, path: str, lenient: tuple[str, ...]) -> bool:
    key = record.key.segments
    if not key:
        return True
    if record.stance is Stance.TRUST:
        return literal_segments(path)[: len(key)] == key
    # Distrust and user content must not be dodged by another spelling of the path.
    return lenient[: len(key)] == tuple(segment.casefold() for segment in key)


def _is_lookalike(labels: list[str], suffix: str) -> bool:
    # Registries of restricted ASCII suffixes issue ASCII names: an A-label there is an imitation.
    return "xn--" not in suffix and any(label.startswith("xn--") for label in labels)
