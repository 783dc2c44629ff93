"""The ledger: what is noted is found again, twice noted is there once, and errors are one line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from corpora.document import OffsetBase, Rejected, SourceRef
from corpora.errors import IndexFolderError
from indexer.inputs import Input
from indexer.ledger import DATABASE_VARIABLE, LEDGER, METADATA, VERSION_TABLE, Ledger
from indexer.work import Unit

GIVEN = Input("a.warc", "/x/a.warc", "sha256:00", 9, 1, "warc", "default", "e", "c")
INDEX = "0" * 32


def rejected(number: int, reason: str = "no text") -> Rejected:
    source = SourceRef(
        "a.warc", number, None, OffsetBase.FILE, "", datetime(2024, 1, 1, tzinfo=UTC)
    )
    return Rejected(source, reason, "nul \0 and \ud800", "https://e.org/", damaged=True)


def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, INDEX):
        pass
    engine = sa.create_engine(f"sqlite:///{tmp_path / LEDGER}")
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_run_that_was_killed_is_told_and_its_units_stay_once(tmp_path: Path) -> None:
    unit = Unit(3, (), (rejected(0), rejected(1)))
    with Ledger.open(tmp_path, INDEX) as ledger:
        run = ledger.begin("build", {"sources": ["a.warc"]})
        number = ledger.begin_input(run, GIVEN)
        ledger.add_unit(run, number, 0, unit)
    with Ledger.open(tmp_path, INDEX) as ledger:
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
        ledger.publish("g", [GIVEN])
        ledger.finish(run, "published", "g", {"read": 3})
        found = list(ledger.rejections())
        assert [each["reason"] for each in found] == ["no text", "no text", "unrecognised file"]
        assert found[0]["detail"] == "nul \ufffd and \\ud800"
        ledger.forget(number, ["no text"])
        assert len(list(ledger.rejections())) == 1
        ledger.publish("h", [])
        assert [each["state"] for each in ledger.inputs("sha256:00")] == ["dropped"]


def test_indexes_in_one_database_do_not_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path / 'shared.sqlite'}")
    with Ledger.open(tmp_path, INDEX) as one, Ledger.open(tmp_path, "1" * 32) as two:
        run = one.begin("build", {})
        two.begin("build", {})
        one.begin_input(run, GIVEN)
        assert [len(each.runs()) for each in (one, two)] == [1, 1]
        assert [each["state"] for each in one.runs()] == ["running"]
        assert [len(each.inputs()) for each in (one, two)] == [1, 0]
    assert not (tmp_path / LEDGER).exists()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "Could not parse"),
        ("sqlite:////no/such/folder/x", "unable to open"),
        ("oracle://u:secret@h/d", "oracledb"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    with pytest.raises(IndexFolderError, match=why) as caught, Ledger.open(tmp_path, INDEX):
        pass
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_errors_inside_are_not_the_ledgers(tmp_path: Path) -> None:
    with pytest.raises(ModuleNotFoundError), Ledger.open(tmp_path, INDEX):
        raise ModuleNotFoundError("another")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b"words " * 99)
    with pytest.raises(IndexFolderError, match="not a database"), Ledger.open(tmp_path, INDEX):
        pass
