"""A shard: its parts belong together, and its vectors are its own."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import (
    Block,
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    SourceRef,
    identify,
)
from corpora.errors import CorruptIndex
from indexer.analyse import terms
from indexer.generation import Shard, ShardId, describe_files
from indexer.passage import ChunkLimits, chunk
from indexer.shard import Embedded, ShardReader, ShardSettings, ShardWriter
from indexer.vectors import Quantised, quantise, text_key

SETTINGS = ShardSettings(1, 100)
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(40, 16)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
QUANTISED = quantise(VECTORS)


def make_document(number: int) -> Document:
    return Document(
        identify(f"paper:{number}"), None, None, None, f"Title {number}", DocumentKind.PAPER,
        SourceRef("f", number, 1, OffsetBase.FILE, "", None),
        tuple(
            Block(f"text{part} " * 150, BlockKind.PARAGRAPH) for part in range(number % 3 + 1)
        ),
    )  # fmt: skip


def write(index: Path, rows: list[int]) -> Shard:
    """A shard whose nth passage has vector rows[n] of the build."""
    folder = index / "shards" / "s"
    folder.mkdir(parents=True)
    wanted = iter(rows)
    with ShardWriter(ShardId("s"), folder, SETTINGS) as writer:
        for number in range(100):
            document = make_document(number)
            passages = chunk(document, ChunkLimits(250), lambda ts: [len(t.split()) for t in ts])
            own = [row for _, row in zip(passages, wanted, strict=False)]
            if len(own) < len(passages):
                break
            keys = [text_key(f"vector {row}") for row in own]
            part = Quantised(QUANTISED.codes[own], QUANTISED.scales[own])
            embedded = Embedded(passages, [None] * len(passages), keys, part)
            writer.add(document, embedded, "default")
        return writer.finish(1)


@given(st.lists(st.integers(0, 39), min_size=1, max_size=12), st.integers(0, 30))
@settings(max_examples=15)  # each writes a shard
def test_passages_keep_terms_and_vectors(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int], first: int
) -> None:
    index = tmp_path_factory.mktemp("index")
    shard = write(index, rows)
    reader = ShardReader.open(index, shard)
    assert shard.files == describe_files(index / "shards" / "s")
    assert not any("spill" in name for name in shard.files)
    used = rows[: shard.passages]
    assert shard.vectors == len(set(used))
    query = VECTORS[first]
    for passage, row in enumerate(used):
        found = reader.vectors.cosine([int(reader.passages.vector[passage])], query)[0]
        assert found == pytest.approx(float(VECTORS[row] @ query), abs=0.02)
        document = int(reader.passages.document[passage])
        text = reader.documents.text(document)
        span = slice(reader.passages.start_char[passage], reader.passages.end_char[passage])
        title = reader.documents.get(document).title
        assert reader.tokens.row(passage) == terms(f"{title}\n{text[span]}")
    nearest = reader.dense.propose(VECTORS[used[0]], 1)
    assert used[0] in {used[passage] for passage in reader.passages.of_vector(nearest[0])}


@pytest.mark.parametrize("part", ["documents", "passages", "vectors", "tokens"])
def test_parts_that_do_not_belong_together(tmp_path: Path, part: str) -> None:
    shard = write(tmp_path, list(range(9)))
    wrong = replace(shard, **{part: getattr(shard, part) + 1})
    with pytest.raises(CorruptIndex, match="differ in length; build the index again"):
        ShardReader.open(tmp_path, wrong)


def test_every_missing_and_every_empty_file_is_one_clear_error(tmp_path: Path) -> None:
    shard = write(tmp_path, list(range(9)))
    for name in shard.files:
        path = tmp_path / "shards" / "s" / name
        content = path.read_bytes()
        if path.suffix not in (".arrow", ".npy", ".faiss", ".json"):
            continue  # the engine's own files; `open_current` compares their sizes
        if path.name == ".managed.json":
            continue  # read by its writer only
        for broken in (None, b""):
            path.unlink()
            if broken is not None:
                path.write_bytes(broken)
            with pytest.raises(CorruptIndex, match="again"):
                ShardReader.open(tmp_path, shard)
            path.write_bytes(content)
    ShardReader.open(tmp_path, shard)


def test_a_writer_given_up_half_way_closes_its_files(tmp_path: Path) -> None:
    def fail() -> None:
        with ShardWriter(ShardId("s"), tmp_path, SETTINGS):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert json.loads((tmp_path / "lexical" / "meta.json").read_text(encoding="utf-8"))
