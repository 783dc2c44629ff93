"""The forward index gives back what was put in."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexer.tokens
from indexer.tokens import Tokens, TokensWriter

TERM = st.one_of(st.sampled_from(["a", "aa", "b", "水在", "c++", "ß"]), st.text(min_size=1))
PASSAGES = st.lists(st.lists(TERM, max_size=12), max_size=8)


def write(folder: Path, passages: list[list[str]]) -> Tokens:
    folder.mkdir(parents=True, exist_ok=True)
    writer = TokensWriter(folder)
    for passage in passages:
        writer.add(passage)
    assert writer.total == sum(map(len, passages))
    writer.finish()
    writer.close()
    return Tokens(folder)


@given(PASSAGES, st.sampled_from([1, 3, 1 << 22]))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexer.tokens, "_REMAP_CHUNK", chunk)
        tokens = write(tmp_path_factory.mktemp("tokens"), passages)
    assert tokens.passages == len(passages)
    assert tokens.total == sum(map(len, passages))
    assert [tokens.row(number) for number in range(len(passages))] == passages
    frequency = Counter(term for passage in passages for term in set(passage))
    ids = {}
    for term, df in frequency.items():
        found = tokens.find(term)
        assert found is not None
        ids[term] = found[0]
        assert found[1] == df
    # Ids are positions in the order of the bytes.
    assert sorted(ids, key=lambda term: ids[term]) == sorted(ids, key=str.encode)
    for absent in ("", "absent\x00", "zzzz"):
        assert (tokens.find(absent) is None) == (absent not in frequency)
    order = list(reversed(range(len(passages))))
    stream, lengths = tokens.gather(order)
    assert lengths.tolist() == [len(passages[number]) for number in order]
    assert stream.tolist() == [ids[term] for number in order for term in passages[number]]
    assert stream.dtype == np.uint32


@pytest.mark.parametrize("passages", [[], [[]], [[], []]])
def test_a_shard_without_a_single_term(tmp_path: Path, passages: list[list[str]]) -> None:
    tokens = write(tmp_path / "x", passages)
    assert (tokens.passages, tokens.total) == (len(passages), 0)
    assert tokens.find("a") is None
    assert tokens.gather([])[0].tolist() == []


@pytest.mark.parametrize("name", ["terms.bin", "terms.npy", "df.npy", "tokens.npy", "starts.npy"])
@pytest.mark.parametrize("damage", ["missing", "empty", "of another shard", "garbage"])
def test_broken_files(tmp_path: Path, name: str, damage: str) -> None:
    write(tmp_path / "x", [["one", "two"], ["two"]])
    write(tmp_path / "other", [["one", "two", "three", "four"], ["seven"], ["two"]])
    path = tmp_path / "x" / name
    if damage == "missing":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "garbage":
        path.write_bytes(b"\x93NUMPY garbage" * 3)
    else:
        path.write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises((OSError, ValueError)):
        Tokens(tmp_path / "x")
