import csv
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authority.record import TIERS, Category, Stance, Topic, parse_key
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
TRUSTED = [record for record in SHIPPED.records if record.stance is Stance.TRUST]
with REGISTRY_FILE.open(encoding="utf-8", newline="") as shipped_file:
    # Each row of the file with the record made of it, in the order of the file.
    SHIPPED_ROWS = [
        (row, made)
        for row, made in zip(
            csv.DictReader(shipped_file), read_records(REGISTRY_FILE).values(), strict=True
        )
    ]


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


# What data/registry.csv holds. A change of the data shows here, on purpose: correct the table by
# hand and see in the review what was added, dropped or moved.
COUNTS = """
category           tier 1  tier 2  tier 3  tier 4  user_content  distrust
government             43       0       0       0             0         0
intergovernmental      99       0       0       0             0         0
law                   118       8       0       0             0         0
statistics            137       0       0       0             0         0
regulator             228       0       0       0             0         0
standards              71       2       0       1             0         0
health                 48       8       2       2             0         0
academic                0     113       0       0             0         0
research               59      55       6       0             0         0
publisher               0      41       0       3             0         0
journal                 0      29       0       0             0         0
repository              1      67       5       8             0         0
reference              25      36      22      11             0         0
documentation           0     130       1       9             0         0
press                   0       0     243       8             0         0
professional            0       2      36       0             0         0
ngo                     0       0       1      18             0         0
platform                0       0       0       0           105         0
tabloid                 0       0       0       0             0         5
content_farm            0       0       0       0             0         2
predatory               0       0       0       0             0         7
disinformation          0       0       0       0             0        20
propaganda              0       0       0       0             0         9
satire                  0       0       0       0             0         5
all                   829     491     316      60           105        48
"""


def test_shipped_registry_holds_what_the_table_says() -> None:
    counts = Counter((record.category, record.stance, record.tier) for record in SHIPPED.records)
    columns: list[tuple[Stance, int | None]] = [(Stance.TRUST, tier) for tier in TIERS]
    columns += [(Stance.USER_CONTENT, None), (Stance.DISTRUST, None)]
    expected = {
        name: [int(number) for number in numbers]
        for name, *numbers in map(str.split, COUNTS.strip().splitlines()[1:])
    }
    actual = {
        category.value: [counts[category, stance, tier] for stance, tier in columns]
        for category in Category
    }
    actual["all"] = [sum(column) for column in zip(*actual.values(), strict=True)]
    assert actual == expected
    assert sum(actual["all"][:4]) == len(TRUSTED) >= 600
    assert all(sum(numbers) for numbers in actual.values())


def test_shipped_registry_covers_the_world() -> None:
    # Endings of two letters are countries, but these are sold to anyone anywhere.
    endings = {record.key.host.rpartition(".")[2] for record in TRUSTED} - set(
        "ai cc eu io pm tv".split()
    )
    assert sum(len(ending) == 2 for ending in endings) >= 120
    classes = {entry.country for entry in SHIPPED.suffixes} - {None}
    assert len(classes) >= 150
    assert {topic for record in TRUSTED for topic in record.topics} == set(Topic)


def test_every_shipped_key_reads_back() -> None:
    for row, record in SHIPPED_ROWS:
        assert parse_key(row["key"]) == record.key
        assert parse_key(str(record.key)) == record.key
        assert "." in record.key.host
    assert len({record.key for _, record in SHIPPED_ROWS}) == len(SHIPPED_ROWS)


def test_every_shipped_record_is_complete() -> None:
    for row, record in SHIPPED_ROWS:
        assert row["category"] in set(Category)
        assert set(filter(None, row["topics"].split(";"))) <= set(Topic)
        if record.stance is Stance.TRUST:
            assert record.tier in TIERS
            assert record.topics
        [evidence] = record.evidence
        assert evidence.source is not None
        assert evidence.source.startswith("https://")
        assert evidence.dated is not None
        assert evidence.curator


def test_shipped_reasons_are_short_and_of_their_own() -> None:
    categories: dict[str, set[Category]] = {}
    for record in SHIPPED.records:
        assert len(record.reason) <= 100, record.key
        categories.setdefault(record.reason, set()).add(record.category)
    assert all(len(used) == 1 for used in categories.values()), "one reason, two categories"
    [(reason, times)] = Counter(record.reason for record in SHIPPED.records).most_common(1)
    assert times <= 5, reason


def test_shipped_rows_are_sorted() -> None:
    stances = list(Stance)
    order = [
        (stances.index(Stance(row["stance"])), row["tier"], row["category"], row["key"])
        for row, _ in SHIPPED_ROWS
    ]
    for before, after in pairwise(order):
        assert before < after, "rows go by stance, tier, category and key"


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
    *_, record = SHIPPED.records_by_host[key]  # the whole host comes last
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
        (ROW.replace("health,health", "health,general;health"), "topics: 'general' must stand al"),
        (
            ROW.replace("health,health", "health,"),
            "topics: must not be empty where the stance is t",
        ),
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
