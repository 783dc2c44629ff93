"""int8 vectors: near the exact cosine, and the same in any company."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import indexer.arrays
from indexer.vectors import Int8Vectors, VectorsWriter, quantise, text_key

Vectors = NDArray[np.float32]


def unit(seed: int, rows: int, dimension: int, skew: float = 1.0) -> Vectors:
    """Random directions; a larger skew puts their length into few components."""
    drawn = np.random.default_rng(seed).normal(size=(rows, dimension))
    drawn = np.sign(drawn) * np.abs(drawn) ** skew
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def write_vectors(folder: Path, vectors: Vectors) -> None:
    """Each under a key of its own."""
    found = quantise(vectors) if len(vectors) else None
    writer = VectorsWriter(folder)
    for row in range(len(vectors)):
        assert found is not None
        key = text_key(f"text {row}")
        assert writer.add(key, found.codes[row], float(found.scales[row])) == row
        # The first vector of a text stays.
        assert writer.add(key, found.codes[0], 1.0) == writer.row(key) == row
        assert key in writer
    writer.finish()
    writer.close()


@given(st.integers(0, 10**6), st.sampled_from([8, 64, 384]), st.floats(0.2, 4))
def test_cosine_is_near_the_exact_one(seed: int, dimension: int, skew: float) -> None:
    vectors = unit(seed, 20, dimension, skew)
    query = unit(seed + 1, 1, dimension)[0]
    found_codes = quantise(vectors)
    codes, scales = found_codes.codes, found_codes.scales
    found = (codes.astype(np.float64) @ query.astype(np.float64)) * scales
    exact = vectors.astype(np.float64) @ query.astype(np.float64)
    # Each component is off by half a step at most, and the step is at most 1/127.
    bound = np.sqrt(dimension) / 127
    assert np.abs(found - exact).max() <= bound
    assert np.sqrt(np.mean((found - exact) ** 2)) <= 0.01
    # A vector's cosine with itself is 1 but for rounding.
    itself = (codes.astype(np.float64) * vectors).sum(axis=1) * scales
    assert (itself > 1 - bound**2).all()


@given(st.data(), st.integers(0, 10**6))
def test_a_score_does_not_depend_on_the_company(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    write_vectors(folder, unit(seed, 50, 384))
    reader = Int8Vectors(folder)
    query = unit(seed + 1, 1, 384)[0]
    alone = [reader.cosine([row], query)[0] for row in range(50)]
    rows = data.draw(st.lists(st.integers(0, 49), min_size=1, max_size=80))
    assert reader.cosine(rows, query).tolist() == [alone[row] for row in rows]  # bit by bit


def test_written_in_chunks_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(0, 23, 16)
    for name, chunk in (("one", 100), ("many", 5)):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(indexer.arrays, "_SPILL_BYTES", chunk * 16)
        write_vectors(tmp_path / name, vectors)
    for name in ("vectors.npy", "scales.npy", "keys.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()
    reader = Int8Vectors(tmp_path / "one")
    assert (reader.count, reader.dimension) == (23, 16)
    assert reader.cosine([], vectors[0]).shape == (0,)


def test_no_vectors(tmp_path: Path) -> None:
    write_vectors(tmp_path, np.zeros((0, 8), dtype=np.float32))
    assert Int8Vectors(tmp_path).count == 0


@pytest.mark.parametrize("name", ["vectors.npy", "scales.npy", "keys.npy"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", b"longer"])
def test_broken_files(tmp_path: Path, name: str, content: bytes | None) -> None:
    write_vectors(tmp_path, unit(0, 5, 8))
    path = tmp_path / name
    if content is None:
        path.unlink()
    elif content == b"longer":
        np.save(path, np.zeros({"vectors.npy": (6, 8), "scales.npy": 6, "keys.npy": (6, 16)}[name]))
    else:
        path.write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        Int8Vectors(tmp_path)


def test_decoded_vectors_have_length_one_and_the_same_cosines(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).standard_normal((9, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    write_vectors(tmp_path, vectors)
    found = Int8Vectors(tmp_path)
    decoded = found.decode()
    np.testing.assert_allclose(np.linalg.norm(decoded, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(decoded @ vectors[3], found.cosine(range(9), vectors[3]), atol=1e-6)


def test_vectors_are_found_by_text_and_stay_the_same_when_quantised_again(tmp_path: Path) -> None:
    vectors = unit(3, 40, 32)
    write_vectors(tmp_path, vectors)
    found = Int8Vectors(tmp_path)
    assert [found.find(text_key(f"text {row}")) for row in range(40)] == list(range(40))
    assert found.find(text_key("another")) is None
    assert found.key(7) == text_key("text 7")
    again = quantise(found[:])
    kept = found.quantised(range(40))
    np.testing.assert_array_equal(again.codes, kept.codes)
    np.testing.assert_allclose(again.scales, kept.scales, rtol=1e-6)
    assert found.shape == (40, 32)
    np.testing.assert_array_equal(found[np.array([5, 2])], found.decode()[[5, 2]])
