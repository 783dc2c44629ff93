"""Families: which passages and documents are copies, as a generation keeps it."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorruptIndex
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from indexer.families import _of_documents, find_families, read_families
from indexer.generation import GENERATIONS, open_current
from indexer.maintain import compact, remove
from indexer.shard import ShardReader
from indexer.verify import verify

DAY = datetime(2024, 1, 1, tzinfo=UTC)
REPORT = (
    "The harbour authority said on Tuesday that the breakwater had withstood the storm, although "
    "waves of 6 metres went over it for most of the night and two fishing boats were lost. Divers "
    "began to look at the foundations as soon as the wind had dropped, and they found no damage "
    "below the water line that would keep the ferries away for longer than a few days."
)
REWORDED = REPORT.replace("although", "though").replace("began to look", "started to look")
OTHER_NUMBER = REPORT.replace("6 metres", "9 metres")
UNLIKE = (
    "Lichens grow slowly on bare rock, a millimetre or so in a year, and the widest of them have "
    "been there since the glacier left the valley. Their age can be read from their diameter, and "
    "with it the age of the surface that they cover, which is how the moraines were dated."
)


def page(host: str, text: str) -> Exchange:
    html = f"<html><title>News</title><article><p>{text}</p></article></html>"
    return Exchange(f"https://{host}/", DAY, html.encode())


PAGES = {
    "original.example": REPORT,
    "mirror.example": REPORT,
    "reworded.example": REWORDED,
    "number.example": OTHER_NUMBER,
    "lichens.example": UNLIKE,
}


def of_host(index: Path) -> dict[str, tuple[int, int]]:
    """Host -> family of its document and of its only passage, as the generation keeps them."""
    generation = open_current(index)
    shards = [ShardReader.open(index, shard) for shard in generation.shards]
    found = {}
    families = read_families(index / GENERATIONS / generation.generation_id, shards)
    for shard, numbers in zip(shards, families, strict=True):
        for row in range(len(shard.documents)):
            if shard.dead is None or not shard.dead.documents[row]:
                host = shard.documents.get(row).host
                (passage,) = shard.passages.of_document(row)
                pair = int(numbers.documents[row]), int(numbers.passages[passage])
                found[str(host)] = pair
            else:
                assert numbers.documents[row] == 0
    return found


def built(tmp_path: Path, embedder: Embedder, shard_passages: int) -> Path:
    write_warc(tmp_path / "news.warc.gz", [page(*each) for each in PAGES.items()])
    index = tmp_path / "index"
    settings = BuildSettings(shard_passages=shard_passages)
    build_index(find_sources([tmp_path / "news.warc.gz"]), index, embedder, settings)
    return index


@pytest.mark.parametrize("shard_passages", [1, 100])
def test_copies_and_near_copies_are_one_family_in_any_shards(
    tmp_path: Path, embedder: Embedder, shard_passages: int
) -> None:
    index = built(tmp_path, embedder, shard_passages)
    assert len(open_current(index).shards) == (5 if shard_passages == 1 else 1)
    found = of_host(index)
    same = {found[host] for host in ("original.example", "mirror.example", "reworded.example")}
    assert same == {(1, 1)}
    assert found["number.example"] == found["lichens.example"] == (0, 0)
    assert list(verify(index, open_current(index))) == []


def test_families_follow_what_is_live(tmp_path: Path, embedder: Embedder) -> None:
    index = built(tmp_path, embedder, 2)
    before = of_host(index)
    compact(index)
    assert of_host(index) == before
    remove(index, hosts=["reworded.example"])
    found = of_host(index)
    assert found["original.example"] == found["mirror.example"] == (1, 1)
    remove(index, hosts=["mirror.example"])
    assert set(of_host(index).values()) == {(0, 0)}
    assert list(verify(index, open_current(index))) == []


def test_families_that_do_not_follow_from_the_texts_are_told(
    tmp_path: Path, embedder: Embedder
) -> None:
    index = built(tmp_path, embedder, 100)
    generation = open_current(index)
    folder = index / GENERATIONS / generation.generation_id
    (shard,) = (ShardReader.open(index, shard) for shard in generation.shards)
    (path,) = folder.glob("families-*.npy")
    kept = path.read_bytes()
    path.write_bytes(kept[:-4] + b"\1\0\0\0")
    assert "content has changed" in next(verify(index, generation)).detail
    for content in (b"", kept[:-4], kept[:40]):
        path.write_bytes(content)
        with pytest.raises(CorruptIndex, match="build the index again"):
            read_families(folder, [shard])
    path.unlink()
    with pytest.raises(CorruptIndex, match="build the index again"):
        open_current(index)


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), max_size=12),
    st.integers(0, 5),
)
def test_documents_are_copies_where_all_their_passages_are(
    documents: list[list[int]], gap: int
) -> None:
    numbers = np.asarray([n for each in documents for n in each], dtype=np.uint32)
    of = [place * (gap + 1) for place, each in enumerate(documents) for _ in each]
    rows, found = _of_documents(numbers, np.asarray(of, dtype=np.int64))
    groups = defaultdict(set)
    for place, each in enumerate(documents):
        if all(each):
            groups[tuple(each)].add(place * (gap + 1))
    expected = {frozenset(group) for group in groups.values() if len(group) > 1}
    by_number = defaultdict(set)
    for row, number in zip(rows.tolist(), found.tolist(), strict=True):
        by_number[number].add(row)
    alone = by_number.pop(0, set())
    assert {frozenset(group) for group in by_number.values()} == expected
    assert alone == {row for group in groups.values() if len(group) == 1 for row in group}


def test_nothing_is_live() -> None:
    assert find_families([], []) == []


def test_an_index_made_by_other_rules_is_not_broken(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = built(tmp_path, embedder, 100)
    monkeypatch.setattr("indexer.twins.are_alike", lambda *_: False)
    problems = [each.detail for each in verify(index, open_current(index))]
    assert any("do not follow from its texts" in detail for detail in problems)
    monkeypatch.setattr("indexer.verify.SIGNATURE_VERSION", "of later rules")
    assert list(verify(index, open_current(index))) == []
