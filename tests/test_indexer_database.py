"""The ledger's database: opened or refused in one line, and an index is whole whatever it does."""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from corpora.errors import IndexFolderError
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.database import DATABASE_VARIABLE, VERSION_TABLE, open_database
from indexer.embed import Embedder
from indexer.generation import current_id, open_current
from indexer.ledger import LEDGER, Ledger
from indexer.verify import verify
from indexer.workspace import index_id
from server import cli

if TYPE_CHECKING:
    from tests.conftest import Postgres

DAY = datetime(2024, 1, 1, tzinfo=UTC)


def message(index: Path) -> str:
    """What a user is told who cannot use the ledger: one line without a password."""
    with pytest.raises(IndexFolderError) as caught, Ledger.open(index, "0" * 32):
        pass
    text = str(caught.value)
    assert "\n" not in text
    assert "secret" not in text
    return text


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense:secret@host", "is not the URL of a database; write postgresql://"),
        ("postgresql://user:secret@host:port/name", "is not the URL of a database"),
        ("sqlite:////no/such/folder/x", "unable to open database file"),
        ("oracle://u:secret@h/d", "of kind oracle; the ledger takes PostgreSQL"),
        ("postgresql+nonsense://u:secret@h/d", "postgresql.nonsense"),
        ("postgresql://u:secret@/d?host=/no/such/folder", "No such file or directory"),
        ("postgres://u:secret@127.0.0.1:1/d", "Connection refused"),
        ("postgresql://u:secret@127.0.0.1:1,127.0.0.1:2/d", "is not the URL of a database"),
        ("postgresql://u:secret@/d?host=127.0.0.1:1&host=127.0.0.1:2", "port 2 failed"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    text = message(tmp_path)
    assert why in text
    assert DATABASE_VARIABLE in text


def test_without_its_driver_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://u:secret@h/d")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'auctor[postgres]'" in message(tmp_path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b"words " * 99)
    text = message(tmp_path)
    assert "not a database" in text
    assert "move that file away" in text


def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    with open_database(tmp_path / LEDGER) as engine, engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = 'ledger_9999'"))
    assert "a newer version of Auctor" in message(tmp_path)


def test_two_that_find_no_tables(
    postgres: "Postgres", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, postgres.make_database())

    def begin(number: int) -> int:
        with Ledger.open(tmp_path, f"{number:032}") as ledger:
            return ledger.begin("build", {})

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(begin, range(4))) == [1, 2, 3, 4]


def test_what_postgresql_refuses(
    postgres: "Postgres", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, postgres.url(password="another-secret"))
    assert "password authentication failed" in message(tmp_path)
    monkeypatch.setenv(DATABASE_VARIABLE, postgres.url("nowhere"))
    assert 'database "nowhere" does not exist' in message(tmp_path)
    postgres.execute("CREATE ROLE reader LOGIN PASSWORD 'readers-secret'")
    url = postgres.make_database().replace(f"owner:{postgres.password}", "reader:readers-secret")
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    assert "permission denied for schema public" in message(tmp_path)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with two crawls, of two pages and a lost one each."""
    for name in ("one", "two"):
        exchanges = []
        for topic in ("glacier", "kestrel"):
            text = f"This page of {name} is about {topic} and says so, as pages of this kind do. "
            html = f"<title>{topic}</title><article><h1>{topic}</h1><p>{text * 5}</p></article>"
            exchanges.append(Exchange(f"https://{name}.example/{topic}", DAY, html.encode()))
        exchanges.append(Exchange(f"https://{name}.example/x", DAY, b"", status="404 Not Found"))
        write_warc(tmp_path / f"{name}.warc.gz", exchanges)
    return tmp_path


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["auctor", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    output = capsys.readouterr()
    return int(left.value.code or 0), output.out, output.err


def test_builds_of_two_indexes_and_their_history(
    pages: Path,
    postgres: "Postgres",
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, postgres.make_database())
    one, two = find_sources([pages / "one.warc.gz"]), find_sources([pages / "two.warc.gz"])
    first, second = pages / "first", pages / "second"
    build_index(one, first, embedder)
    build_index(two, second, embedder)
    build_index(two, first, embedder, BuildSettings(add=True))
    assert not build_index(two, first, embedder, BuildSettings(add=True)).published
    assert not (first / LEDGER).exists()
    code, out, _ = run(monkeypatch, capsys, "index", "history", "--index", first, "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == 0
    assert [(each["command"], each["state"]) for each in found["runs"]] == [
        ("add", "unchanged"), ("add", "published"), ("build", "published"),
    ]  # fmt: skip
    assert [(each["state"], each["read"], each["kept"]) for each in found["sources"]] == [
        ("published", 3, 2)
    ] * 2
    _, out, _ = run(monkeypatch, capsys, "index", "history", "--index", first)
    assert "unchanged" in out
    code, out, _ = run(monkeypatch, capsys, "index", "history", "--index", second, "--rejected")
    (record,) = [json.loads(line) for line in out.splitlines()]
    assert (record["reason"], record["url"]) == ("status 404", "https://two.example/x")
    one_path = str(pages / "one.warc.gz")
    code, _, err = run(monkeypatch, capsys, "index", "history", one_path, "--index", second)
    assert (code, "is no source that this index ever read" in err) == (1, True)
    code, _, _ = run(monkeypatch, capsys, "index", "remove", "--source", one_path, "--index", first)
    assert code == 0
    with Ledger.open(first, index_id(first)) as ledger:
        assert [each["state"] for each in ledger.inputs()] == ["dropped", "published"]
    assert list(verify(first, open_current(first))) == []


Stop = Callable[["Postgres"], None]


def cut_connections(server: "Postgres") -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'ledger_%'"
    )


def restart(server: "Postgres") -> None:
    server.stop()
    server.start()


@pytest.mark.parametrize("interrupt", [cut_connections, restart])
@pytest.mark.parametrize("stage", ["read", "embed"])
def test_a_server_that_was_away_between_two_steps_is_not_noticed(
    pages: Path,
    postgres: "Postgres",
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    interrupt: Stop,
    stage: str,
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, postgres.make_database())
    told: list[str] = []

    def advance(name: str, *_: object) -> None:
        if name == stage and not told:
            told.append(name)
            interrupt(postgres)

    index = pages / "index"
    assert build_index(find_sources([pages / "one.warc.gz"]), index, embedder, None, advance).kept
    assert told
    with Ledger.open(index, index_id(index)) as ledger:
        assert [each["state"] for each in ledger.runs()] == ["published"]


def test_a_server_that_stays_away_costs_the_run_and_nothing_else(
    pages: Path, postgres: "Postgres", embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, postgres.make_database())
    index = pages / "index"
    one, both = find_sources([pages / "one.warc.gz"]), find_sources([pages / "*.warc.gz"])
    build_index(one, index, embedder)
    before = current_id(index)

    stopped: list[str] = []

    def advance(name: str, *_: object) -> None:
        if name == "read" and not stopped:
            stopped.append(name)
            postgres.stop()

    try:
        with pytest.raises(IndexFolderError, match="what the index serves is whole") as caught:
            build_index(both, index, embedder, None, advance)
        assert postgres.password not in str(caught.value)
        assert current_id(index) == before
        assert list(verify(index, open_current(index))) == []
        with pytest.raises(IndexFolderError, match="cannot be used"):
            build_index(both, index, embedder)
    finally:
        postgres.start()
    assert build_index(both, index, embedder).published
    with Ledger.open(index, index_id(index)) as ledger:
        assert [each["state"] for each in ledger.runs()] == [
            "published",
            "interrupted",
            "published",
        ]
