"""The dense engine proposes what an exact search finds."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpora.errors import CorruptIndex, InstallationError
from indexer.dense import Dense, load_faiss, write_dense

Vectors = NDArray[np.float32]


def unit(seed: int, rows: int, dimension: int = 32) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(rows, dimension))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def clustered(rows: int, dimension: int = 32) -> Vectors:
    """Vectors around some topics, as those of texts are."""
    drawn = unit(1, 40, dimension)[np.arange(rows) % 40] + 0.6 * unit(2, rows, dimension)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


@given(st.integers(1, 200), st.integers(0, 250), st.integers(0, 100))
def test_flat_is_an_exact_search(
    tmp_path_factory: pytest.TempPathFactory, rows: int, depth: int, seed: int
) -> None:
    vectors, query = unit(seed, rows), unit(seed + 1, 1)[0]
    path = tmp_path_factory.mktemp("dense") / "x.faiss"
    assert write_dense(path, vectors) == "Flat"
    dense = Dense(path)
    assert dense.count == rows
    exact = np.argsort(-(vectors @ query), kind="stable")[:depth]
    assert dense.propose(query, depth) == exact.tolist()


def test_inverted_lists_find_nearly_all(tmp_path: Path) -> None:
    vectors = clustered(6_000)
    name = write_dense(tmp_path / "x", vectors, flat_max=1_000)
    assert name == "IVF128,SQ8"
    dense = Dense(tmp_path / "x")
    assert dense.count == 6_000
    found = 0
    for query in clustered(6_050)[-50:]:
        exact = np.argsort(-(vectors @ query))[:10]
        found += len(set(exact.tolist()) & set(dense.propose(query, 10)))
    assert found / 500 > 0.9


@pytest.mark.parametrize("rows", [2, 11, 40, 100, 500])
def test_few_vectors_make_few_lists(
    tmp_path: Path, rows: int, capfd: pytest.CaptureFixture[str]
) -> None:
    vectors = unit(0, rows)
    name = write_dense(tmp_path / "x", vectors, flat_max=1)
    assert name == {2: "Flat", 11: "Flat", 40: "IVF1,SQ8", 100: "IVF2,SQ8", 500: "IVF8,SQ8"}[rows]
    dense = Dense(tmp_path / "x")
    assert sorted(dense.propose(vectors[0], rows)) == list(range(rows))
    assert capfd.readouterr() == ("", "")  # FAISS warns on the terminal


def test_no_vectors(tmp_path: Path) -> None:
    write_dense(tmp_path / "x", np.zeros((0, 8), dtype=np.float32))
    assert Dense(tmp_path / "x").propose(unit(0, 1, 8)[0], 10) == []


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "cut"])
def test_broken_files(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.faiss"
    write_dense(path, unit(0, 100))
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes({"empty": b"", "garbage": b"x" * 999, "cut": content[:-50]}[damage])
    with pytest.raises(CorruptIndex, match=r"x\.faiss"):
        Dense(path).load()
    if damage in ("missing", "empty"):  # seen without reading it all
        with pytest.raises(CorruptIndex, match=r"x\.faiss"):
            Dense(path)


def test_two_builds_of_faiss_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.dense.version", lambda _: "1.0")
    with pytest.raises(InstallationError, match=r"faiss-cpu and faiss-gpu .* uninstall both"):
        load_faiss()


def test_no_faiss_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("indexer.dense.version", missing)
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(InstallationError, match="pip install"):
        load_faiss()
