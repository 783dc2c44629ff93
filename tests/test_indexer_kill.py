"""Killed anywhere, the old generation answers and the next build ends as if nothing had been."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import SUPERSEDED, BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import current_id, open_current
from indexer.maintain import compact, remove, rollback
from indexer.shard import ShardReader
from indexer.verify import verify
from indexer.workspace import STEPS, Hook

ROOT = Path(__file__).parents[1]
KILLS = int(os.environ.get("AUCTOR_KILLS", "10"))
"""Real kills at random moments; 100 with `make kills`."""

TOPICS = "glacier kestrel senate copper violin harbour lichen tariff comet barley".split()


def crawl(path: Path, name: str, pages: int) -> None:
    exchanges = []
    for number in range(pages):
        topic = TOPICS[number % len(TOPICS)]
        text = f"Page {number} of {name} is about {topic} and says so, as pages like it do. "
        box = "<p>Sign up for our weekly letter and hear of every new page before it is there.</p>"
        html = f"<title>{topic}</title><article><h1>{topic}</h1><p>{text * 5}</p>{box}</article>"
        url = f"https://{name}.example/{number}"
        exchanges.append(Exchange(url, datetime(2024, 1, 2, tzinfo=UTC), html.encode()))
    write_warc(path, exchanges)


def revisits(path: Path, name: str, pages: int) -> None:
    """A later crawl of a host that found nothing changed."""
    records = []
    for number in range(pages):
        url = f"https://{name}.example/{number}"
        head = "HTTP/1.1 304 Not Modified\r\n\r\n"
        records.append(
            "WARC/1.1\r\nWARC-Type: revisit\r\n"
            f"WARC-Target-URI: {url}\r\nWARC-Date: 2024-02-02T00:00:00Z\r\n"
            f"WARC-Refers-To-Target-URI: {url}\r\nWARC-Refers-To-Date: 2024-01-02T00:00:00Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(head)}\r\n"
            f"\r\n{head}\r\n\r\n"
        )
    path.write_text("".join(records), encoding="utf-8", newline="")


def contents(index: Path) -> list[tuple[str, bytes, bytes]]:
    """Every live passage: id, text, quantised vector."""
    found: list[tuple[str, bytes, bytes]] = []
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        rows = [
            row
            for row in range(len(reader.passages))
            if reader.passages.live is None or reader.passages.live[row]
        ]
        ids = reader.passages.ids(rows)
        for row, key in zip(rows, ids, strict=True):
            document = int(reader.passages.document[row])
            text = reader.documents.slice(
                document, int(reader.passages.start_char[row]), int(reader.passages.end_char[row])
            )
            vector = reader.vectors.quantised([int(reader.passages.vector[row])])
            found.append((key, text.encode(), vector.codes.tobytes()))
    return found


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("step", STEPS)
def test_killed_between_steps_of_publishing(tmp_path: Path, embedder: Embedder, step: str) -> None:
    crawl(tmp_path / "one.warc.gz", "one", 6)
    crawl(tmp_path / "two.warc.gz", "two", 6)
    both = find_sources([tmp_path / "one.warc.gz", tmp_path / "two.warc.gz"])
    add = BuildSettings(add=True)
    index = tmp_path / "index"
    build_index(find_sources([tmp_path / "one.warc.gz"]), index, embedder)
    old, before = current_id(index), contents(index)
    build_index(both, tmp_path / "undisturbed", embedder)

    def kill(reached: str) -> None:
        if reached == step:
            raise Killed

    with pytest.raises(Killed):
        build_index(both, index, embedder, add, hook=kill)
    if step != STEPS[-1]:
        assert current_id(index) == old
        assert contents(index) == before
    assert list(verify(index, open_current(index))) == []
    report = build_index(both, index, embedder, add)
    assert report.embedded == 0  # what had been embedded was kept
    assert list(verify(index, open_current(index))) == []
    assert sorted(contents(index)) == sorted(contents(tmp_path / "undisturbed"))


ACTS: dict[str, Callable[[Path, Hook], object]] = {
    "remove": lambda index, hook: remove(index, hosts=["two.example"], hook=hook),
    "compact": lambda index, hook: compact(index, hook=hook),
    "rollback": lambda index, hook: rollback(index, hook=hook),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, fake_embedder: Embedder) -> Path:
    """An index of two hosts and a third that was removed."""
    folder = tmp_path_factory.mktemp("kept")
    for name in ("one", "two", "three"):
        crawl(folder / f"{name}.warc.gz", name, 3)
        sources = find_sources([folder / f"{name}.warc.gz"])
        build_index(sources, folder / "index", fake_embedder, BuildSettings(add=name != "one"))
    remove(folder / "index", hosts=["three.example"])
    return folder / "index"


@pytest.mark.parametrize(
    ("act", "step"),
    [(act, step) for act in ACTS for step in (STEPS[-2:] if act == "rollback" else STEPS)],
)
def test_killed_between_steps_of_maintenance(
    tmp_path: Path, kept: Path, act: str, step: str
) -> None:
    index, undisturbed = tmp_path / "index", tmp_path / "undisturbed"
    shutil.copytree(kept, index)
    shutil.copytree(kept, undisturbed)
    old, before = current_id(index), contents(index)
    ACTS[act](undisturbed, lambda _: None)

    def kill(reached: str) -> None:
        if reached == step:
            raise Killed

    with pytest.raises(Killed):
        ACTS[act](index, kill)
    assert list(verify(index, open_current(index))) == []
    if step != STEPS[-1]:
        assert current_id(index) == old
        assert contents(index) == before
        ACTS[act](index, lambda _: None)
    assert list(verify(index, open_current(index))) == []
    assert contents(index) == contents(undisturbed)


SCRIPT = """
import sys
from pathlib import Path
import indexer.assemble, indexer.cut, indexer.intake
from corpora.sources import find_sources
from indexer.build import SUPERSEDED, BuildSettings, build_index
from indexer.embed import Embedder, EmbedderSettings

indexer.assemble.BATCH_TEXTS = 8
indexer.intake.UNIT_DOCUMENTS = 8
indexer.cut.FEW_DOCUMENTS = 8
embedder = Embedder(EmbedderSettings(device="cpu", dtype="float32"))
print("ready", flush=True)
sources = find_sources(sys.argv[2:])
build_index(sources, Path(sys.argv[1]), embedder, BuildSettings(shard_passages=16))
"""


def test_killed_at_random_moments(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.assemble.BATCH_TEXTS", 8)
    monkeypatch.setattr("indexer.intake.UNIT_DOCUMENTS", 8)
    crawl(tmp_path / "old.warc.gz", "old", 3)
    crawl(tmp_path / "new.warc.gz", "new", 60)
    revisits(tmp_path / "again.warc", "old", 3)
    sources = [str(tmp_path / name) for name in ("old.warc.gz", "new.warc.gz", "again.warc")]
    shards = BuildSettings(shard_passages=16)
    start = time.monotonic()
    report = build_index(find_sources(sources), tmp_path / "undisturbed", embedder, shards)
    usual = time.monotonic() - start
    assert report.furniture_blocks
    assert report.rejected == {SUPERSEDED: 3}  # by what the revisits say
    assert len(report.generation.shards) > 3
    index = tmp_path / "index"
    build_index(find_sources(sources[:1]), index, embedder)
    old, before = current_id(index), contents(index)
    dice = random.Random(4)
    killed = 0
    for _ in range(KILLS):
        command = [sys.executable, "-c", SCRIPT, str(index), *sources]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as builder:
            assert builder.stdout is not None
            assert builder.stdout.readline() == "ready\n"
            try:
                builder.wait(dice.uniform(0, usual))
            except subprocess.TimeoutExpired:
                builder.send_signal(signal.SIGKILL)
                killed += 1
        generation = open_current(index)
        assert list(verify(index, generation)) == []
        if generation.generation_id == old:
            assert contents(index) == before
        else:
            # Published: the same again from the start, or the rest would kill nothing.
            assert sorted(contents(index)) == sorted(contents(tmp_path / "undisturbed"))
            (index / "CURRENT").write_text(f"{old}\n", encoding="utf-8")
    assert killed
    build_index(find_sources(sources), index, embedder, shards)
    assert list(verify(index, open_current(index))) == []
    assert sorted(contents(index)) == sorted(contents(tmp_path / "undisturbed"))
    json.loads((index / "generations" / str(current_id(index)) / "sources.json").read_text())
