import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from authority.registry import REGISTRY_FILE
from corpora.readers.warc import Exchange, write_warc
from indexer.embed import Embedder
from indexer.generation import open_current
from server import cli

Run = Callable[..., tuple[int, str, str]]

FETCHED_AT = datetime(2026, 3, 14, tzinfo=UTC)
PARAGRAPH = (
    "The kestrel hovers over open ground with its head quite still, watching for voles in the "
    "grass below, and drops on them feet first when one of them moves."
)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], embedder: Embedder
) -> Run:
    """Runs the command line in process, on the model that is loaded already."""
    monkeypatch.setattr("indexer.embed.Embedder", _Loaded(embedder))

    def run_(*arguments: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["auctor", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            cli.main()
        output = capsys.readouterr()
        return int(left.value.code or 0), output.out, output.err

    return run_


class _Loaded:
    """Stands where a model would be loaded."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def __call__(self, _: object) -> Embedder:
        return self._embedder

    def for_index(self, *_: object) -> Embedder:
        return self._embedder


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    path = tmp_path / "crawl.warc.gz"
    page = f"<html><title>Kestrels</title><main><h1>Kestrels</h1><p>{PARAGRAPH}</p></main></html>"
    write_warc(
        path,
        [
            Exchange("https://birds.example/kestrel", FETCHED_AT, page.encode()),
            Exchange("https://birds.example/gone", FETCHED_AT, b"", status="404 Not Found"),
        ],
    )
    return path


def test_build_then_search_then_info(run: Run, crawl: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    code, out, _ = run("index", "build", crawl, "--index", index, "--json")
    assert code == 0
    summary = json.loads(out)
    assert summary["read"] == summary["kept"] + sum(summary["rejected"].values())
    assert summary["kept"] == 1
    assert summary["rejected"]["status 404"] == 1

    code, out, _ = run("search", "how do kestrels hunt", "--index", index, "-n", 3, "--json")
    assert code == 0
    result = json.loads(out)["results"][0]
    assert PARAGRAPH in result["content"]
    assert result["url"] == "https://birds.example/kestrel"

    code, out, _ = run("index", "info", "--index", index, "--json")
    info = json.loads(out)
    assert (
        list(info)
        == (
            "generation documents passages shards dead model dimension hosts sources rejected bytes"
        ).split()
    )
    assert (info["documents"], info["passages"], info["shards"]) == (1, 1, 1)
    assert (info["hosts"], info["sources"], info["dimension"]) == (1, 1, 384)
    assert info["rejected"] == summary["rejected"]
    parts = {"lexical", "tokens", "dense", "documents", "passages", "signatures"}
    assert set(info["bytes"]) == parts
    assert all(size > 0 for size in info["bytes"].values())

    _, out, _ = run("index", "info", "--index", index, "--rejected")
    left_out = [json.loads(line) for line in out.splitlines()]
    assert len(left_out) == sum(summary["rejected"].values())
    assert {"file", "offset", "reason"} <= set(left_out[0])


def test_people_get_words(run: Run, crawl: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    code, out, _ = run("index", "build", crawl, "--index", index)
    assert code == 0
    assert "kept 1 documents" in out
    assert "status 404" in out
    code, out, _ = run("search", "kestrels", "--index", index, "--explain")
    assert "1. Kestrels" in out
    assert "https://birds.example/kestrel" in out
    assert "no tier" in out
    assert "relevance" in out
    _, out, _ = run("index", "info", "--index", index)
    assert "all-MiniLM-L6-v2" in out


def test_authority_show_reads_arguments_and_standard_input(run: Run) -> None:
    code, out, _ = run(
        "authority", "show", "docs.python.org", "-", "--json", stdin="who.int\n\nnot a host\n"
    )
    assert code == 0
    described = [json.loads(line) for line in out.splitlines()]
    assert [one["input"] for one in described] == ["docs.python.org", "who.int", "not a host"]
    assert (
        list(described[0])
        == (
            "input host registrable_domain prior tier category topics stance matched evidence"
        ).split()
    )
    assert [one["tier"] for one in described] == [2, 1, None]
    _, out, _ = run("authority", "show", "who.int")
    assert "tier 1" in out


def test_bench_prints_one_json_object(run: Run, tmp_path: Path) -> None:
    collection = tmp_path / "birds"
    (collection / "qrels").mkdir(parents=True)
    texts = {"k": PARAGRAPH, "o": "The owl hunts at night by ear.", "e": "Eagles soar high."}
    lines = [json.dumps({"_id": i, "title": "", "text": text}) for i, text in texts.items()]
    (collection / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (collection / "queries.jsonl").write_text(
        json.dumps({"_id": "1", "text": "who hovers over voles"}), encoding="utf-8"
    )
    (collection / "qrels" / "dev.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\tk\t1\n", encoding="utf-8"
    )
    arguments = ("bench", "beir", collection, "--split", "dev", "--cache", tmp_path / "c")
    code, out, _ = run(*arguments, "--json")
    assert code == 0
    result = json.loads(out)
    assert list(result) == "dataset documents queries modes latency_ms index_s embed_s".split()
    assert (result["dataset"], result["documents"], result["queries"]) == ("birds", 3, 1)
    assert list(result["modes"]) == ["lexical", "dense", "hybrid", "hybrid+authority"]
    for measures in result["modes"].values():
        assert measures == {"nDCG@10": 1.0, "R@10": 1.0, "R@100": 1.0, "RR@10": 1.0}
    assert set(result["latency_ms"]) == {"p50", "p99"}
    assert result["index_s"] is not None
    code, out, _ = run(*arguments)
    assert "hybrid+authority" in out
    again = json.loads(run(*arguments, "--json")[1])
    assert again["index_s"] is None  # reused
    assert again["modes"] == result["modes"]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda folder: folder / "missing.warc.gz", "no such file or folder"),
        (lambda folder: folder / "*.nothing", "no file matches"),
        (lambda folder: _folder(folder), "the folder is empty"),
        (lambda folder: _file(folder, "notes.txt", b"just words"), "is none of"),
        (lambda folder: _file(folder, "empty.warc", b""), "the file is empty"),
        (lambda folder: _file(folder, "c.jsonl", b'{"_id": "1", "text": '), "broken json"),
        (lambda folder: _file(folder, "x.warc.gz", b"\x1f\x8b\x08\x00oops"), "x.warc.gz"),
    ],
)
def test_unreadable_sources_publish_nothing_and_lose_nothing(
    run: Run, crawl: Path, tmp_path: Path, make: Callable[[Path], Path], complaint: str
) -> None:
    index = tmp_path / "index"
    run("index", "build", crawl, "--index", index)
    before = open_current(index)
    source = make(tmp_path)
    code, _, err = run("index", "build", source, "--index", index)
    assert code == 1
    assert complaint in " ".join(err.split())
    assert "Traceback" not in err
    assert open_current(index) == before

    # Beside a readable source, what is readable is kept, and the exit status tells.
    code, out, err = run("index", "build", source, crawl, "--index", index)
    assert code == 3
    assert "1 sources are in the index already" in out
    assert complaint in " ".join((out + err).split())
    assert open_current(index).documents == 1


def test_a_truncated_file_is_kept_as_far_as_it_goes(run: Run, crawl: Path, tmp_path: Path) -> None:
    cut = _file(tmp_path, "cut.warc.gz", crawl.read_bytes()[:-40])
    code, out, _ = run("index", "build", cut, "--index", tmp_path / "index")
    assert code == 3
    assert "kept 1 documents" in out
    assert "could not be read" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("search", "", "--index", "INDEX"), "query: is empty"),
        (("search", "a" * 100_000, "--index", "INDEX"), "at most 8,192 are allowed"),
        (("search", "x", "--index", "INDEX", "-n", "0"), "1 to 100 are allowed"),
        (("search", "x", "--index", "INDEX", "--model", "other"), "built with the model"),
        (("search", "x", "--index", "missing"), "no such folder"),
        (("search", "x", "--index", "."), "no published index"),
        (("index", "info", "--index", "missing"), "no such folder"),
        (("serve", "--index", "missing"), "no such folder"),
        (("bench", "beir", "missing"), "no such folder"),
        (("bench", "beir", "."), "has neither"),
        (("index", "build", "x", "--index", "i", "--kind", "tape"), "unknown kind 'tape'"),
    ],
)
def test_each_mistake_is_one_line(
    run: Run,
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*(str(index) if part == "INDEX" else part for part in arguments))
    assert code == 1
    assert out == ""
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1
    assert complaint in err


def test_wrong_choices_are_explained(run: Run, index: Path) -> None:
    code, _, err = run("search", "x", "--index", index, "--authority", "always")
    assert code == 2
    assert "tiebreak" in err


def test_a_ledger_that_is_not_the_index_s_own_is_told(
    run: Run, crawl: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    run("index", "build", crawl, "--index", index)
    assert run("index", "history", "--index", index)[2] == ""
    (index / "ledger.sqlite").unlink()
    code, _, err = run("index", "history", "--index", index)
    assert code == 0
    assert err.startswith("this ledger knows nothing of 1 of 1 sources of the index")


def test_another_format_version_is_refused(run: Run, crawl: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    run("index", "build", crawl, "--index", index)
    manifest = next(index.glob("generations/*/manifest.json"))
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"format_version": 3', '"format_version": 9'), "utf-8")
    code, _, err = run("search", "x", "--index", index)
    assert code == 1
    assert "format version 9" in err


def test_ctrl_c_leaves_no_half_published_index(crawl: Path, tmp_path: Path) -> None:
    """A real process, a real signal."""
    index = tmp_path / "index"
    arguments = ("index", "build", str(crawl), "--index", str(index))
    with subprocess.Popen(
        [sys.executable, "-c", "from server.cli import main; main()", *arguments],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        for _ in range(600):
            if any(index.glob(".staging-*")):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    assert not any(index.glob(".staging-*"))
    if process.returncode == 130:
        assert b"Traceback" not in err
        assert b"interrupted" in err
        assert not (index / "CURRENT").exists()


def test_every_command_has_help() -> None:
    command = typer.main.get_command(cli.app)
    for path, one in _commands(command, ()):
        assert one.help or one.callback is None, path
        for parameter in one.params:
            if parameter.name != "help":
                assert getattr(parameter, "help", None), (path, parameter.name)


def _commands(command: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    children = getattr(command, "commands", {})
    if not children:
        return [(path, command)]
    return [pair for name, child in children.items() for pair in _commands(child, (*path, name))]


def _folder(parent: Path) -> Path:
    folder = parent / "empty"
    folder.mkdir()
    return folder


def _file(parent: Path, name: str, content: bytes) -> Path:
    path = parent / name
    path.write_bytes(content)
    return path


def test_a_port_in_use_is_one_line(run: Run, index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = run("serve", "--index", index, "--port", taken.getsockname()[1])
    assert code == 1
    assert err.startswith("error: --host/--port: 127.0.0.1:")
    assert "serving" not in err


def test_bytes_that_are_no_text_can_be_printed_again(run: Run) -> None:
    _, out, _ = run("authority", "show", "-", "--json", stdin="a\udcff\udcfe.example\n")
    assert json.loads(out)["input"] == "a\ufffd\ufffd.example"


def test_own_records_are_laid_over_the_registry(run: Run, tmp_path: Path) -> None:
    header, *rows = REGISTRY_FILE.read_text(encoding="utf-8").splitlines()
    who = next(row for row in rows if row.startswith("who.int,"))
    own = tmp_path / "own.csv"
    own.write_text(f"{header}\n{who.replace('who.int', 'my-lab.example', 1)}\n", encoding="utf-8")
    _, out, _ = run("authority", "show", "my-lab.example", "--json", "--registry", own)
    assert json.loads(out)["tier"] == 1
    code, _, err = run("authority", "show", "who.int", "--registry", tmp_path / "none.csv")
    assert code == 1
    assert err.startswith("error: ")
