"""The registry: curated records, classes of suffix and user-page rules, read from CSV files.

Nothing is taken from a file unless all of it is valid; the first fault is reported with its file,
line, field and reason. A registry never changes: a curator's edit makes a new one with another
version.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from authority.record import (
    TIERS,
    AuthorityRecord,
    Category,
    Evidence,
    EvidenceKind,
    Key,
    Place,
    Stance,
    SuffixClass,
    Topic,
    UserPageRule,
    parse_key,
)
from corpora.errors import AuthorityError

REGISTRY_FILE = Path(__file__).parent / "data" / "registry.csv"
SUFFIXES_FILE = Path(__file__).parent / "data" / "suffixes.csv"
USER_PAGES_FILE = Path(__file__).parent / "data" / "user_pages.csv"

RECORD_COLUMNS = (
    "key",
    "stance",
    "tier",
    "category",
    "topics",
    "reason",
    "source",
    "added",
    "curator",
)
SUFFIX_COLUMNS = ("suffix", "tier", "category", "country", "reason")
USER_PAGE_COLUMNS = ("place", "name", "category", "reason")

_Row = Mapping[str, str]
_Made = TypeVar("_Made")
_Word = TypeVar("_Word", bound=StrEnum)
_Identity = TypeVar("_Identity")


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything curators have said, at one version.

    Attributes:
        records: curated records, sorted by key, no key twice.
        suffixes: classes of suffix, sorted by suffix, none twice.
        user_pages: rules for user pages, sorted, none twice.
        version: "sha256:<hex>" of the content; the order of rows does not matter.
        records_by_host: the records of each key host, longest path first.
        suffix_by_host: the class of each suffix.
    """

    records: tuple[AuthorityRecord, ...]
    suffixes: tuple[SuffixClass, ...]
    user_pages: tuple[UserPageRule, ...]
    version: str = field(init=False)
    records_by_host: Mapping[str, tuple[AuthorityRecord, ...]] = field(
        init=False, repr=False, compare=False
    )
    suffix_by_host: Mapping[str, SuffixClass] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sorts, refuses duplicates and derives the look-up tables and the version.

        Raises:
            AuthorityError: a key, suffix or rule occurs twice.
        """
        records = _unique(self.records, lambda record: record.key, "key")
        suffixes = _unique(self.suffixes, lambda entry: entry.suffix, "suffix")
        rules = _unique(
            self.user_pages, lambda rule: (rule.place, rule.name, rule.category or ""), "name"
        )
        by_host: dict[str, list[AuthorityRecord]] = {}
        for record in sorted(records, key=lambda record: -len(record.key.segments)):
            by_host.setdefault(record.key.host, []).append(record)
        derived = {
            "records": records,
            "suffixes": suffixes,
            "user_pages": rules,
            "version": _digest(records, suffixes, rules),
            "records_by_host": MappingProxyType({k: tuple(v) for k, v in by_host.items()}),
            "suffix_by_host": MappingProxyType({entry.suffix: entry for entry in suffixes}),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


def load_registry(files: Sequence[Path] = ()) -> Registry:
    """The shipped registry, overlaid by the user's own files.

    Args:
        files: registry CSV files of the user, with the columns of the shipped one; where a key
            is known already, the later file's record replaces the earlier one.

    Raises:
        AuthorityError: a file cannot be read or is malformed; names the file, line and field.
    """
    records: dict[Key, AuthorityRecord] = {}
    for path in (REGISTRY_FILE, *files):
        records |= read_records(path)
    return Registry(
        tuple(records.values()),
        tuple(_read(SUFFIXES_FILE, SUFFIX_COLUMNS, _suffix_class, lambda made: made.suffix)),
        tuple(_read(USER_PAGES_FILE, USER_PAGE_COLUMNS, _user_page_rule, lambda made: made)),
    )


def read_records(path: Path) -> dict[Key, AuthorityRecord]:
    """The curated records of one CSV file, by key.

    Raises:
        AuthorityError: as `load_registry`; a key that stands twice in one file is refused.
    """
    made = _read(path, RECORD_COLUMNS, _record, lambda record: record.key)
    return {record.key: record for record in made}


def _read(
    path: Path,
    columns: tuple[str, ...],
    make: Callable[[_Row], _Made],
    identify: Callable[[_Made], _Identity],
) -> list[_Made]:
    made: list[_Made] = []
    lines: dict[_Identity, int] = {}
    for line, row in _rows(path, columns):
        try:
            entry = make(row)
        except AuthorityError as error:
            raise AuthorityError(f"{path}, line {line}, {error}") from None
        first = lines.setdefault(identify(entry), line)
        if first != line:
            raise AuthorityError(f"{path}, line {line}, {columns[0]}: repeats line {first}")
        made.append(entry)
    return made


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, _Row]]:
    try:
        # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restkey=None)
            if tuple(reader.fieldnames or ()) != columns:
                raise AuthorityError(f"{path}, line 1, header: must be {','.join(columns)}")
            for row in reader:
                if None in row or None in row.values():
                    raise AuthorityError(
                        f"{path}, line {reader.line_num}, row: must have {len(columns)} fields"
                    )
                yield reader.line_num, row
    except OSError as error:
        raise AuthorityError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise AuthorityError(f"{path}: is not UTF-8 at byte {error.start}") from None
    except csv.Error as error:
        # The reader still stands at the last good row.
        raise AuthorityError(f"{path}, line {reader.line_num + 1}, row: {error}") from None


def _record(row: _Row) -> AuthorityRecord:
    return AuthorityRecord(
        key=parse_key(row["key"]),
        stance=_word(Stance, "stance", row["stance"]),
        tier=_tier(row["tier"]),
        category=_word(Category, "category", row["category"]),
        topics=tuple(
            _word(Topic, "topics", topic) for topic in row["topics"].split(";") if row["topics"]
        ),
        reason=row["reason"],
        evidence=(
            Evidence(
                EvidenceKind.CURATED,
                statement=row["reason"],
                source=row["source"],
                dated=_date(row["added"]),
                curator=row["curator"],
            ),
        ),
    )


def _suffix_class(row: _Row) -> SuffixClass:
    tier = _tier(row["tier"])
    try:
        suffix = parse_key(row["suffix"])
    except AuthorityError as error:
        raise AuthorityError(f"suffix: {error}") from None
    if tier is None or suffix.segments:
        raise AuthorityError("suffix: needs a tier, and takes no path")
    return SuffixClass(
        suffix=suffix.host,
        tier=tier,
        category=_word(Category, "category", row["category"]),
        country=row["country"] or None,
        reason=row["reason"],
    )


def _user_page_rule(row: _Row) -> UserPageRule:
    return UserPageRule(
        place=_word(Place, "place", row["place"]),
        name=row["name"],
        category=_word(Category, "category", row["category"]) if row["category"] else None,
        reason=row["reason"],
    )


def _word(vocabulary: type[_Word], name: str, text: str) -> _Word:
    try:
        return vocabulary(text)
    except ValueError:
        allowed = ", ".join(vocabulary)
        raise AuthorityError(f"{name}: {text!r} is not one of {allowed}") from None


def _tier(text: str) -> int | None:
    if not text:
        return None
    if text not in map(str, TIERS):
        raise AuthorityError(f"tier: {text!r} is not one of 1, 2, 3, 4")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AuthorityError(f"added: {text!r} is not a date such as 2026-01-31") from None


def _unique(
    entries: Sequence[_Made], identify: Callable[[_Made], Key | str | tuple[str, ...]], name: str
) -> tuple[_Made, ...]:
    by_identity = {identify(entry): entry for entry in entries}
    if len(by_identity) != len(entries):
        raise AuthorityError(f"{name}: an entry occurs twice")
    return tuple(by_identity[identity] for identity in sorted(by_identity, key=str))


def _digest(*entries: tuple[object, ...]) -> str:
    # A dataclass's repr names every field and its value, in the order of the class.
    text = "\n".join(repr(entry) for kind in entries for entry in kind)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
