"""`auctor cite`: a line a check, one object for programs, and what it leaves with."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.shard import ShardReader
from server.cli_cite import cite_command

APP = typer.Typer()
APP.command()(cite_command)

DAY = datetime(2024, 1, 1, tzinfo=UTC)
TEXT = "Water [bold]freezes[/bold] at zero degrees – as everyone who lives by a lake knows. " * 3


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, fake_embedder: Embedder) -> tuple[Path, str]:
    """The folder of an index and its crawl, and the id of the only passage."""
    root = tmp_path_factory.mktemp("cite")
    (root / "crawls").mkdir()
    html = f"<title>Ice</title><article><h1>Ice</h1><p>{TEXT}</p></article>".encode()
    write_warc(root / "crawls" / "[x].warc.gz", [Exchange("https://example.org/ice", DAY, html)])
    sources = find_sources([root / "crawls"])
    build_index(sources, root / "index", fake_embedder, BuildSettings(workers=1))
    (shard,) = open_current(root / "index").shards
    return root, ShardReader.open(root / "index", shard).passages.ids([0])[0]


def run(root: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(APP, [*arguments, "--index", str(root / "index")])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_a_line_for_each_check(built: tuple[Path, str]) -> None:
    root, key = built
    code, out, _ = run(root, key.upper(), "--warc", str(root))
    lines = [line.split(maxsplit=2) for line in out.splitlines()]
    assert code == 0
    assert [line[1] for line in lines[:-1]] == [
        "passage", "file", "digest", "record", "payload", "address", "fetched", "extractor", "text",
    ]  # fmt: skip
    assert {line[0] for line in lines[:-1]} == {"ok"}
    assert lines[-1] == ["proven"]
    assert lines[1][2] == str(root / "crawls" / "[x].warc.gz")
    assert lines[5][2] == "https://example.org/ice"


def test_one_object_for_programs(built: tuple[Path, str]) -> None:
    root, key = built
    code, out, err = run(root, key, "--warc", str(root), "--json", "--record-only")
    value = json.loads(out)
    assert (code, err) == (0, "")
    assert list(value) == [
        "passage_id", "generation", "proven", "record_only", "document_id", "url", "text", "source",
        "path", "spans", "checks",
    ]  # fmt: skip
    assert (value["passage_id"], value["proven"], value["record_only"]) == (key, True, True)
    assert value["text"].startswith("Ice\n\nWater [bold]freezes[/bold] at zero")
    assert value["spans"] == [{"start_char": 0, "end_char": len(value["text"])}]
    assert value["source"]["fetched_at"] == "2024-01-01T00:00:00+00:00"
    checks = {check["check"]: check for check in value["checks"]}
    assert list(checks)[-1] == "text"
    assert checks["digest"]["outcome"] == "skipped"
    assert checks["payload"] == {
        "check": "payload", "outcome": "ok", "detail": value["source"]["digest"],
        "indexed": value["source"]["digest"], "found": value["source"]["digest"],
    }  # fmt: skip


def test_what_is_not_proven_leaves_with_one(built: tuple[Path, str], tmp_path: Path) -> None:
    root, key = built
    code, out, _ = run(root, key, "--warc", str(tmp_path))
    assert code == 1
    assert out.splitlines()[-1] == "not proven"
    assert "there is no [x].warc.gz in" in out
    code, out, _ = run(root, "0" * 32, "--warc", str(root), "--json")
    value = json.loads(out)
    assert (code, value["proven"], value["text"], value["source"]) == (1, False, None, None)


@pytest.mark.parametrize("key", ["", "xyz", "0" * 31, "g" * 32])
def test_wrong_usage_leaves_with_two(built: tuple[Path, str], key: str) -> None:
    root, right = built
    code, out, err = run(root, key, "--warc", str(root))
    assert (code, out) == (2, "")
    assert "hexadecimal" in err
    code, _, err = run(root, right, "--warc", str(root / "nowhere"))
    assert code == 2
    assert "nowhere" in err.replace("\n", "")
    assert run(root, right)[0] == 2
