"""Passages of real crawls and papers are proven, whatever their files are like."""

import os
from pathlib import Path

import pytest

from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.cite import cite
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.shard import ShardReader

DATA = os.environ.get("AUCTOR_DATA")
FOLDERS = ("warc/warcio", "warc/resiliparse", "warc/whirlwind", "papers")


@pytest.mark.skipif(not DATA, reason="AUCTOR_DATA names no folder of real samples")
def test_a_passage_of_each_file(tmp_path: Path, fake_embedder: Embedder) -> None:
    assert DATA is not None
    folders = [Path(DATA, name) for name in FOLDERS]
    index = tmp_path / "index"
    build_index(find_sources(folders), index, fake_embedder, BuildSettings(workers=2))
    last = {}
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        for row, key in enumerate(reader.passages.ids(range(len(reader.passages)))):
            about = reader.documents.get(int(reader.passages.document[row]))
            last[about.source.file] = key
    assert len(last) > 15
    for key in last.values():
        found = cite(index, key, Path(DATA))
        assert found.is_proven, found.checks
