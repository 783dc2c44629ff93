import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authority.record import Category, Stance, Topic, parse_key
from authority.registry import (
    RECORD_COLUMNS,
    REGISTRY_FILE,
    SUFFIXES_FILE,
    USER_PAGES_FILE,
    Registry,
    load_registry,
    read_records,
)
from corpora.errors import AuthorityError

HEADER = ",".join(RECORD_COLUMNS)
ROW = "who.int,trust,1,health,health,Agency for health,https://a.example,2026-01-31,ada"
SHIPPED = load_registry()


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_shipped_registry_covers_the_world() -> None:
    tiers = Counter(record.tier for record in SHIPPED.records)
    assert tiers[1] >= 200
    assert tiers[2] >= 150
    assert tiers[3] >= 100
    assert tiers[4] >= 30
    stances = Counter(record.stance for record in SHIPPED.records)
    assert stances[Stance.DISTRUST] >= 40
    assert stances[Stance.USER_CONTENT] >= 80
    assert {record.category for record in SHIPPED.records} == set(Category)
    countries = {entry.country for entry in SHIPPED.suffixes} - {None}
    assert len(countries) >= 150


def test_shipped_registry_is_well_formed() -> None:
    keys = [str(record.key) for record in SHIPPED.records]
    assert len(set(keys)) == len(keys)
    assert all(
        parse_key(key) == record.key for key, record in zip(keys, SHIPPED.records, strict=True)
    )
    assert all("." in record.key.host for record in SHIPPED.records)
    assert all(set(record.topics) <= set(Topic) for record in SHIPPED.records)
    assert all(
        evidence.source and evidence.source.startswith("https://") and evidence.dated
        for record in SHIPPED.records
        for evidence in record.evidence
    )
    longest = max(SHIPPED.records, key=lambda record: len(record.reason))
    assert len(longest.reason) <= 100


@pytest.mark.parametrize("path", [REGISTRY_FILE, SUFFIXES_FILE, USER_PAGES_FILE])
def test_shipped_files_lie_in_the_package(path: Path) -> None:
    assert path.parent.parent.name == "authority"
    assert path.read_bytes().endswith(b"\n")


@pytest.mark.parametrize(
    ("key", "tier", "category"),
    [
        ("who.int", 1, "health"),
        ("docs.python.org", 2, "documentation"),
        ("aclanthology.org", 2, "repository"),
        ("wikipedia.org", 4, "reference"),
        ("bbc.co.uk", 3, "press"),
        ("ietf.org", 1, "standards"),
    ],
)
def test_well_known_records(key: str, tier: int, category: str) -> None:
    (record,) = SHIPPED.records_by_host[key]
    assert (record.tier, record.category.value) == (tier, category)


@pytest.mark.parametrize(
    ("suffix", "tier"),
    [
        *((suffix, 1) for suffix in "gov mil int gouv.fr go.jp gob.mx gc.ca admin.ch".split()),
        *((suffix, 1) for suffix in "bund.de europa.eu nhs.uk xn--mxtq1m.xn--j6w193g".split()),
        *((suffix, 2) for suffix in "edu ac.uk edu.au".split()),
        ("nsw.edu.au", 4),
    ],
)
def test_well_known_suffixes(suffix: str, tier: int) -> None:
    assert SHIPPED.suffix_by_host[suffix].tier == tier


def test_openly_sold_suffixes_have_no_class() -> None:
    assert not {"edu.pl", "com", "org", "co.uk", "eu.org"} & set(SHIPPED.suffix_by_host)


@given(st.randoms())
def test_version_does_not_depend_on_the_order(random_: random.Random) -> None:
    records = list(SHIPPED.records[:20])
    random_.shuffle(records)
    assert Registry(tuple(records), (), ()) == Registry(SHIPPED.records[:20], (), ())


def test_version_changes_with_the_content() -> None:
    fewer = Registry(SHIPPED.records[1:], SHIPPED.suffixes, SHIPPED.user_pages)
    assert fewer.version != SHIPPED.version
    assert load_registry().version == SHIPPED.version
    assert SHIPPED.version.startswith("sha256:")


def test_registry_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SHIPPED.version = "sha256:0"  # type: ignore[misc]
    with pytest.raises(TypeError):
        SHIPPED.records_by_host["who.int"] = ()  # type: ignore[index]


def test_duplicates_are_refused_in_code_as_well() -> None:
    with pytest.raises(AuthorityError, match="key: an entry occurs twice"):
        Registry(SHIPPED.records[:1] * 2, (), ())


def test_longest_path_comes_first() -> None:
    hosts = [records for records in SHIPPED.records_by_host.values() if len(records) > 1]
    assert hosts
    for records in hosts:
        lengths = [len(record.key.segments) for record in records]
        assert lengths == sorted(lengths, reverse=True)


def test_own_file_adds_and_replaces(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.csv",
        ROW.replace("who.int", "intranet.example"),
        ROW.replace("trust,1", "distrust,"),
    )
    registry = load_registry([own])
    assert len(registry.records) == len(SHIPPED.records) + 1
    assert registry.records_by_host["who.int"][0].distrusted
    assert registry.records_by_host["intranet.example"][0].tier == 1
    assert registry.version != SHIPPED.version


def test_spreadsheet_exports_are_read(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{ROW}\r\n\r\n".encode())
    assert [str(key) for key in read_records(path)] == ["who.int"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (ROW.replace("who.int", "https://who.int"), "key: 'https://who.int' is not of the form"),
        (ROW.replace("trust", "loved"), "stance: 'loved' is not one of trust, user_content, dis"),
        (ROW.replace(",1,", ",5,"), "tier: '5' is not one of 1, 2, 3, 4"),
        (ROW.replace(",1,", ",one,"), "tier: 'one' is not one of"),
        (ROW.replace(",1,", ",,"), "tier: None is not one of"),
        (ROW.replace(",1,", ",²,"), "tier: '²' is not one of"),
        (ROW.replace("trust,1", "distrust,1"), "tier: must be empty where the stance is distrust"),
        (ROW.replace("health,health", "hospital,health"), "category: 'hospital' is not one of"),
        (ROW.replace("health,health", "health,wellness"), "topics: 'wellness' is not one of"),
        (ROW.replace("health,health", "health,health;"), "topics: '' is not one of"),
        (ROW.replace("health,health", "health,health;health"), "topics: a topic is named twice"),
        (ROW.replace("Agency for health", ""), "reason: must be one line"),
        (ROW.replace("https://a.example", ""), "source: must be one line"),
        (ROW.replace("2026-01-31", "31.1.2026"), "added: '31.1.2026' is not a date"),
        (ROW.replace(",ada", ","), "curator: must be one line"),
        (ROW + ",more", "row: must have 9 fields"),
        ("who.int,trust,1", "row: must have 9 fields"),
        (ROW.replace("Agency for health", '"open'), "row: unexpected end of data"),
    ],
)
def test_broken_row_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    path = write(tmp_path / "own.csv", ROW.replace("who.int", "a.example"), row)
    with pytest.raises(AuthorityError) as caught:
        load_registry([path])
    assert str(caught.value).startswith(f"{path}, line 3, {complaint}")


def test_key_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", ROW, ROW.replace("who.int", "WHO.INT"))
    with pytest.raises(AuthorityError, match=r"line 3, key: repeats line 2"):
        load_registry([path])


def test_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    with pytest.raises(AuthorityError, match=r"own\.csv: cannot be read"):
        load_registry([path])
    with pytest.raises(AuthorityError, match="cannot be read"):
        load_registry([tmp_path])
    path.write_bytes(b"")
    with pytest.raises(AuthorityError, match="line 1, header: must be key,stance"):
        load_registry([path])
    write(path, ROW, header="key,tier")
    with pytest.raises(AuthorityError, match="line 1, header"):
        load_registry([path])
    path.write_bytes(f"{HEADER}\n".encode() + b"\xff\xfe")
    with pytest.raises(AuthorityError, match="is not UTF-8"):
        load_registry([path])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_registry_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "own.csv"
    path.write_bytes(f"{HEADER}\n{ROW}\n".encode() + data)
    try:
        records = read_records(path)
    except AuthorityError as error:
        complaint = str(error)
    else:
        assert parse_key("who.int") in records
        return
    assert complaint.startswith(str(path))
