"""The ledger: what is noted is found again, twice noted is there once, in either database."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.document import Document, OffsetBase, Rejected, SourceRef
from corpora.errors import IndexFolderError
from indexer.database import DATABASE_VARIABLE, VERSION_TABLE
from indexer.inputs import Input
from indexer.ledger import LEDGER, METADATA, Ledger
from indexer.work import IN_PART, Unit

GIVEN = Input("a.warc", "/x/a.warc", "sha256:00", 9, 1, "warc", "default", "e", "c")
INDEX = "0" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
def index(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an index whose ledger is in each of the databases, which are empty."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").make_database()
        monkeypatch.setenv(DATABASE_VARIABLE, url)
    return tmp_path


def rejected(number: int, reason: str = "no text") -> Rejected:
    source = SourceRef(
        "a.warc", number, None, OffsetBase.FILE, "", datetime(2024, 1, 1, tzinfo=UTC)
    )
    return Rejected(source, reason, "nul \0 and \ud800", "https://e.org/", damaged=True)


def test_the_migrations_make_the_tables_of_the_code(index: Path) -> None:
    for _ in range(2):  # from nothing, and where they are
        with Ledger.open(index, INDEX):
            pass
    url = os.environ.get(DATABASE_VARIABLE, f"sqlite:///{index / LEDGER}")
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_run_that_was_killed_is_told_and_its_units_stay_once(index: Path) -> None:
    unit = Unit(3, (), (rejected(0), rejected(1)))
    with Ledger.open(index, INDEX) as ledger:
        run = ledger.begin("build", {"sources": ["a.warc"]})
        number = ledger.begin_input(run, GIVEN)
        ledger.add_unit(run, number, 0, unit)
    with Ledger.open(index, INDEX) as ledger:
        run = ledger.begin("build", {})
        assert [each["state"] for each in ledger.runs()] == ["running", "interrupted"]
        assert ledger.begin_input(run, GIVEN) == number
        assert ledger.units(number) == {0}
        ledger.restart_input(number)
        assert (ledger.units(number), list(ledger.rejections([number]))) == (set(), [])
        ledger.add_unit(run, number, 0, unit)
        assert list(ledger.rejections()) == []  # nothing is live yet
        assert [each["offset"] for each in ledger.rejections([number])] == [0, 1]
        ledger.add_rejections(run, [rejected(7, "unrecognised file")])
        ledger.finish_input(number, GIVEN)
        ledger.publish("g", [GIVEN])
        ledger.finish(run, "published", "g", {"read": 3})
        found = list(ledger.rejections())
        assert [each["reason"] for each in found] == ["no text", "no text", "unrecognised file"]
        assert found[0]["detail"] == "nul \ufffd and \\ud800"
        ledger.forget(number, ["no text"])
        assert len(list(ledger.rejections())) == 1
        ledger.publish("h", [])
        assert [each["state"] for each in ledger.inputs("sha256:00")] == ["dropped"]


def test_moments_are_in_utc(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGTZ", "America/Lima")
    with Ledger.open(index, INDEX) as ledger:
        run = ledger.begin("build", {})
        ledger.finish(run, "published", "g", {})
        (found,) = ledger.runs()
    for name in ("started_at", "finished_at"):
        assert found[name].utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - found[name]) < timedelta(minutes=5)


def test_indexes_in_one_database_do_not_meet(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if DATABASE_VARIABLE not in os.environ:
        monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{index / 'shared.sqlite'}")
    with Ledger.open(index, INDEX) as one, Ledger.open(index, "1" * 32) as two:
        run = one.begin("build", {})
        two.begin("build", {})
        one.begin_input(run, GIVEN)
        assert [len(each.runs()) for each in (one, two)] == [1, 1]
        assert [each["state"] for each in one.runs()] == ["running"]
        assert [len(each.inputs()) for each in (one, two)] == [1, 0]
        one.publish("g", [GIVEN])
        two.publish("h", [])
        assert [each["state"] for each in one.inputs()] == ["published"]
    assert not (index / LEDGER).exists()


def test_more_rejections_than_are_read_at_once(index: Path) -> None:
    with Ledger.open(index, INDEX) as ledger:
        run = ledger.begin("build", {})
        number = ledger.begin_input(run, GIVEN)
        ledger.add_unit(run, number, 0, Unit(2500, (), tuple(rejected(n) for n in range(2500))))
        assert [each["offset"] for each in ledger.rejections([number])] == list(range(2500))


ANY_TEXT = st.text(st.characters(codec=None), max_size=30)


@given(
    st.lists(st.tuples(ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT, st.integers(0, 2**62))),
    ANY_TEXT,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_every_text_is_taken(
    index: Path, drawn: list[tuple[str, str, str | None, int]], name: str
) -> None:
    records = [
        Rejected(SourceRef(name, at, None, OffsetBase.STREAM, "", None), reason, detail, url)
        for reason, detail, url, at in drawn
    ]
    with Ledger.open(index, INDEX) as ledger:
        run = ledger.begin("build", {"sources": [name]})
        number = ledger.begin_input(run, GIVEN)
        ledger.restart_input(number)  # of the examples before
        ledger.add_unit(run, number, 0, Unit(len(records), (), tuple(records)))
        ledger.finish(run, "failed", None, {name: 1}, name)
        found = Counter(each["offset"] for each in ledger.rejections([number]))
    assert found == Counter(at for _, _, _, at in drawn)


def test_other_errors_inside_are_not_the_ledgers(index: Path) -> None:
    with pytest.raises(ModuleNotFoundError), Ledger.open(index, INDEX):
        raise ModuleNotFoundError("another")


def test_what_was_read_in_part_is_told_beside_the_rejected(
    index: Path, make_text: Callable[..., Document]
) -> None:
    document = replace(make_text("Some words."), notes=("gzip body ends early", "9 of 10 pages"))
    with Ledger.open(index, INDEX) as ledger:
        run = ledger.begin("build", {})
        number = ledger.begin_input(run, GIVEN)
        ledger.add_unit(run, number, 0, Unit(2, (document,), (rejected(7),)))
        ledger.publish("g", [GIVEN])
        found = [(each["reason"], each["detail"]) for each in ledger.rejections()]
    assert (IN_PART, "gzip body ends early; 9 of 10 pages") in found
    assert len(found) == 2


def test_a_reader_half_way_keeps_no_builder_from_writing(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `auctor index history --rejected | less` is, while the next build runs."""
    monkeypatch.setattr("indexer.database._PATIENCE", 0.2)
    other = replace(GIVEN, digest="sha256:01")
    with Ledger.open(index, INDEX) as reader, Ledger.open(index, INDEX) as builder:
        run = builder.begin("build", {})
        one, two = (builder.begin_input(run, each) for each in (GIVEN, other))
        for number in (one, two):
            many = tuple(rejected(at) for at in range(1500))
            builder.add_unit(run, number, 0, Unit(1500, (), many))
        builder.add_rejections(run, [rejected(7, "unrecognised file")])
        builder.publish("g", [GIVEN, other])
        found = reader.rejections()
        seen = [next(found) for _ in range(10)]
        again = builder.begin("add", {})
        builder.forget(two, ["no text"])
        builder.add_unit(again, one, 1, Unit(0, (), ()))
        seen += found
    # What was taken back meanwhile is not told, nor are files twice.
    assert [each["offset"] for each in seen] == [*range(1500), 7]


def test_a_ledger_that_stays_locked_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.database._PATIENCE", 0.1)
    with Ledger.open(tmp_path, INDEX):
        pass
    other = sqlite3.connect(tmp_path / LEDGER, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(IndexFolderError, match=r"locked.*close what keeps it open, then run the"):
        with Ledger.open(tmp_path, INDEX) as ledger:
            ledger.begin("build", {})
    other.close()
    with Ledger.open(tmp_path, INDEX) as ledger:
        assert ledger.begin("build", {})


@given(st.lists(st.sampled_from([0, 1, 2, None]), max_size=12), st.sets(st.integers(0, 2)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_pages_tell_each_rejection_of_live_inputs_once(
    index: Path, owners: list[int | None], live: set[int]
) -> None:
    inputs = [replace(GIVEN, digest=f"sha256:0{number}") for number in range(3)]
    with pytest.MonkeyPatch.context() as patch, Ledger.open(index, INDEX) as ledger:
        patch.setattr("indexer.ledger._ROWS", 2)
        run = ledger.begin("build", {})
        numbers = [ledger.begin_input(run, each) for each in inputs]
        for number in numbers:
            ledger.restart_input(number)  # of the examples before
        for at, owner in enumerate(owners):
            of = None if owner is None else numbers[owner]
            ledger.add_rejections(run, [rejected(at)], of)
        ledger.publish("g", [inputs[each] for each in live])
        found = [each["offset"] for each in ledger.rejections()]
    order = [*sorted(live), None]
    assert found == [at for each in order for at, owner in enumerate(owners) if owner == each]
