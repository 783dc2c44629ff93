"""The ledger: every run, input and rejected record, in the SQL database of `indexer.database`.

It says what came from where; no reader of an index needs it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from corpora.document import Rejected
from indexer.database import open_database
from indexer.inputs import Input
from indexer.work import Unit

LEDGER = "ledger.sqlite"
METADATA = sa.MetaData()

RUNS = sa.Table(
    "ledger_runs",
    METADATA,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("index_id", sa.String(32), nullable=False, index=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("generation", sa.String(64)),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("error", sa.Text),
)
"""State: running, published, unchanged, failed, interrupted."""

INPUTS = sa.Table(
    "ledger_inputs",
    METADATA,
    sa.Column("input_id", sa.Integer, primary_key=True),
    sa.Column("index_id", sa.String(32), nullable=False),
    sa.Column("key", sa.String(32), nullable=False),
    sa.Column(
        "run_id", sa.Integer, sa.ForeignKey("ledger_runs.run_id"), nullable=False, index=True
    ),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("collection", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("read", sa.BigInteger, nullable=False),
    sa.Column("kept", sa.BigInteger, nullable=False),
    sa.Column("rejected", sa.JSON, nullable=False),
    sa.Column("damaged", sa.BigInteger, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("generation", sa.String(64)),
    sa.UniqueConstraint("index_id", "key"),
)
"""State: reading, read, published, dropped."""

UNITS = sa.Table(
    "ledger_units",
    METADATA,
    sa.Column("input_id", sa.Integer, sa.ForeignKey("ledger_inputs.input_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
)

REJECTIONS = sa.Table(
    "ledger_rejections",
    METADATA,
    sa.Column("rejection_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("input_id", sa.Integer, sa.ForeignKey("ledger_inputs.input_id"), index=True),
    sa.Column("run_id", sa.Integer, sa.ForeignKey("ledger_runs.run_id"), index=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("length", sa.BigInteger),
    sa.Column("base", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("damaged", sa.Boolean, nullable=False),
)

_REJECTION = ("file", "offset", "length", "base", "reason", "detail", "url", "damaged")
"""What is told of a rejected record."""

_ROWS = 1_000
"""Rows read or written at once."""


class Ledger:
    """The ledger of one index. Use it as a context manager."""

    def __init__(self, engine: sa.Engine, index_id: str) -> None:
        self._engine = engine
        self._index_id = index_id

    @classmethod
    @contextmanager
    def open(cls, index: Path, index_id: str) -> Iterator["Ledger"]:
        """Opens or makes it, and brings its tables up to date.

        Args:
            index: the index folder.
            index_id: names the index among others in the same database.

        Raises:
            IndexFolderError: the database cannot be used; says which and why.
        """
        with open_database(index / LEDGER) as engine:
            yield cls(engine, index_id)

    def begin(self, command_name: str, arguments: Mapping[str, Any]) -> int:
        """Notes that a run begins; what was still running is not any more: we hold the lock."""
        with self._engine.begin() as connection:
            connection.execute(
                RUNS.update()
                .where(RUNS.c.index_id == self._index_id, RUNS.c.state == "running")
                .values(state="interrupted")
            )
            result = connection.execute(
                RUNS.insert().values(
                    index_id=self._index_id,
                    command=command_name,
                    arguments=dict(arguments),
                    started_at=datetime.now(UTC),
                    state="running",
                    counts={},
                )
            )
            return _new_key(result)

    def finish(
        self,
        run: int,
        state: str,
        generation: str | None,
        counts: Mapping[str, Any],
        error: str | None = None,
    ) -> None:
        """Notes how a run ended."""
        with self._engine.begin() as connection:
            connection.execute(
                RUNS.update()
                .where(RUNS.c.run_id == run)
                .values(
                    state=state,
                    finished_at=datetime.now(UTC),
                    generation=generation,
                    counts=dict(counts),
                    error=_storable_or_none(error),
                )
            )

    def begin_input(self, run: int, given: Input) -> int:
        """Notes that an input is read; the number it goes by, the same as in an earlier run."""
        with self._engine.begin() as connection:
            known = connection.execute(
                sa.select(INPUTS.c.input_id).where(
                    INPUTS.c.index_id == self._index_id, INPUTS.c.key == given.ledger_key
                )
            ).scalar()
            values = _input_row(given) | {"run_id": run, "state": "reading", "generation": None}
            if known is not None:
                connection.execute(
                    INPUTS.update().where(INPUTS.c.input_id == known).values(**values)
                )
                return int(known)
            result = connection.execute(
                INPUTS.insert().values(index_id=self._index_id, key=given.ledger_key, **values)
            )
            return _new_key(result)

    def restart_input(self, input_id: int) -> None:
        """Forgets what was noted of an input's records: it is read from its beginning."""
        with self._engine.begin() as connection:
            for table in (UNITS, REJECTIONS):
                connection.execute(table.delete().where(table.c.input_id == input_id))

    def units(self, input_id: int) -> set[int]:
        """The units of an input that are in the ledger already."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(UNITS.c.number).where(UNITS.c.input_id == input_id))
            return {int(number) for (number,) in rows}

    def add_unit(self, run: int, input_id: int, number: int, unit: Unit) -> None:
        """Notes a unit with all its rejected records and those read in part, at once."""
        with self._engine.begin() as connection:
            connection.execute(
                UNITS.insert().values(
                    input_id=input_id,
                    number=number,
                    records=unit.records,
                    documents=len(unit.documents),
                )
            )
            _insert_rejections(connection, run, input_id, (*unit.rejected, *unit.in_part()))

    def add_rejections(
        self, run: int, rejected: Iterable[Rejected], input_id: int | None = None
    ) -> None:
        """Notes rejected records that belong to no unit."""
        with self._engine.begin() as connection:
            _insert_rejections(connection, run, input_id, rejected)

    def forget(self, input_id: int, reasons: Sequence[str]) -> None:
        """Takes back rejections that an earlier run of a build noted, and this one notes again."""
        with self._engine.begin() as connection:
            connection.execute(
                REJECTIONS.delete().where(
                    REJECTIONS.c.input_id == input_id, REJECTIONS.c.reason.in_(reasons)
                )
            )

    def forget_records(
        self, input_id: int, records: Iterable[Rejected], reasons: Sequence[str]
    ) -> None:
        """Takes back the rejections of some records, whichever of the reasons they have now."""
        wanted = {(_storable(each.source.file), each.source.offset) for each in records}
        table = REJECTIONS.c
        query = sa.select(table.rejection_id, table.file, table.offset).where(
            table.input_id == input_id, table.reason.in_(reasons)
        )
        with self._engine.begin() as connection:
            found = [
                {"taken_back": key}
                for key, file, offset in connection.execute(query)
                if (file, offset) in wanted
            ]
            if found:
                one = REJECTIONS.delete().where(table.rejection_id == sa.bindparam("taken_back"))
                connection.execute(one, found)

    def finish_input(self, input_id: int, given: Input) -> None:
        """Notes what an input held."""
        with self._engine.begin() as connection:
            connection.execute(
                INPUTS.update()
                .where(INPUTS.c.input_id == input_id)
                .values(**_input_row(given), state="read")
            )

    def publish(self, generation: str, inputs: Iterable[Input]) -> None:
        """Notes which inputs the live generation is made of."""
        current = {each.ledger_key: each for each in inputs}
        with self._engine.begin() as connection:
            rows = connection.execute(
                sa.select(INPUTS.c.input_id, INPUTS.c.key, INPUTS.c.state).where(
                    INPUTS.c.index_id == self._index_id
                )
            ).all()
            for input_id, key, state in rows:
                values: dict[str, Any] = {}
                if key in current and state != "published":
                    values = _input_row(current[key]) | {
                        "state": "published",
                        "generation": generation,
                    }
                elif key not in current and state == "published":
                    values = {"state": "dropped"}
                if values:
                    connection.execute(
                        INPUTS.update().where(INPUTS.c.input_id == input_id).values(**values)
                    )

    def runs(self) -> list[dict[str, Any]]:
        """All runs, latest first."""
        query = sa.select(RUNS).where(RUNS.c.index_id == self._index_id)
        return self._rows(query.order_by(RUNS.c.run_id.desc()))

    def inputs(self, name: str | None = None) -> list[dict[str, Any]]:
        """All inputs, or those of a file name, path or digest."""
        query = sa.select(INPUTS).where(INPUTS.c.index_id == self._index_id)
        if name is not None:
            columns = (INPUTS.c.file, INPUTS.c.path, INPUTS.c.digest)
            is_end = INPUTS.c.path.endswith(f"/{name}", autoescape=True)
            query = query.where(sa.or_(is_end, *(column == name for column in columns)))
        return self._rows(query.order_by(INPUTS.c.input_id))

    def rejections(self, input_ids: Iterable[int] | None = None) -> Iterator[dict[str, Any]]:
        """Rejected records of the inputs that are live, or of some inputs, input by input.

        Files that no reader knew come last: those of the last run. Whoever reads slowly keeps
        no builder from writing: nothing is open while a record is looked at.
        """
        table = REJECTIONS.c
        if input_ids is not None:
            groups = [table.input_id == each for each in input_ids]
        else:
            groups = self._live_groups()
        for group in groups:
            last = -1
            while page := self._page(group, last):
                last = page[-1][0]
                yield from (dict(zip(_REJECTION, row[1:], strict=True)) for row in page)

    def _live_groups(self) -> list[sa.ColumnElement[bool]]:
        table = REJECTIONS.c
        inputs = sa.select(INPUTS.c.input_id).where(
            INPUTS.c.index_id == self._index_id,
            INPUTS.c.state == "published",
            sa.exists().where(table.input_id == INPUTS.c.input_id),
        )
        last = sa.select(sa.func.max(RUNS.c.run_id)).where(
            RUNS.c.index_id == self._index_id, RUNS.c.command.in_(("build", "add"))
        )
        with self._engine.connect() as connection:
            run = connection.execute(last).scalar()
            numbers = connection.execute(inputs.order_by(INPUTS.c.input_id)).scalars()
            groups = [table.input_id == number for number in numbers]
        return [*groups, sa.and_(table.input_id.is_(None), table.run_id == run)]

    def _page(self, where: sa.ColumnElement[bool], last: int) -> list[tuple[Any, ...]]:
        """The rejections behind one, as many as are read at once: number, then _REJECTION."""
        key = REJECTIONS.c.rejection_id
        query = sa.select(key, *(REJECTIONS.c[name] for name in _REJECTION))
        with self._engine.connect() as connection:
            page = query.where(where, key > last).order_by(key).limit(_ROWS)
            return [tuple(row) for row in connection.execute(page)]

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [_in_utc(dict(row._mapping)) for row in connection.execute(query)]


def _in_utc(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its moments in UTC: SQLite tells no zone, PostgreSQL that of the session."""
    return {
        name: _moment(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _moment(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _new_key(result: sa.CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def _input_row(given: Input) -> dict[str, Any]:
    return {
        "file": _storable(given.file),
        "path": _storable(given.path),
        "digest": given.digest,
        "size_bytes": given.size_bytes,
        "kind": given.kind,
        "collection": _storable(given.collection),
        "read": given.read,
        "kept": given.kept,
        "rejected": dict(given.rejected),
        "damaged": given.damaged,
        "failure": _storable_or_none(given.failure),
    }


def _insert_rejections(
    connection: sa.Connection, run: int, input_id: int | None, rejected: Iterable[Rejected]
) -> None:
    rows = [
        {
            "run_id": run,
            "input_id": input_id,
            "file": _storable(each.source.file),
            "offset": each.source.offset,
            "length": each.source.length,
            "base": each.source.base.value,
            "reason": _storable(each.reason),
            "detail": _storable(each.detail),
            "url": _storable_or_none(each.url),
            "damaged": each.damaged,
        }
        for each in rejected
    ]
    for start in range(0, len(rows), _ROWS):
        connection.execute(REJECTIONS.insert(), rows[start : start + _ROWS])


def _storable(text: str) -> str:
    """Text that every database takes: no NUL, no lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode("utf-8")


def _storable_or_none(text: str | None) -> str | None:
    return None if text is None else _storable(text)
