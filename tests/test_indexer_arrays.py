"""Arrays written in parts and mapped again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.arrays import map_array, write_array


@given(
    rows=st.integers(0, 40),
    columns=st.sampled_from([(), (1,), (7,)]),
    kind=st.sampled_from(["f4", "i1", "u4", "u8"]),
    cuts=st.lists(st.integers(0, 40)),
)
def test_parts_become_one_array(
    tmp_path_factory: pytest.TempPathFactory,
    rows: int,
    columns: tuple[int, ...],
    kind: str,
    cuts: list[int],
) -> None:
    path = tmp_path_factory.mktemp("arrays") / "x.npy"
    array = np.random.default_rng(rows).integers(0, 100, (rows, *columns)).astype(kind)
    write_array(
        path, array.shape, kind, np.split(array, sorted(cut for cut in cuts if cut <= rows))
    )
    for found in (map_array(path), np.load(path)):
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("part", [np.zeros((2, 3)), np.zeros((4, 3)), np.zeros((3, 2))])
def test_parts_that_do_not_fill_the_shape_are_refused(tmp_path: Path, part: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"x\.npy"):
        write_array(tmp_path / "x.npy", (3, 3), "f4", [part])


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x93NUMPY\x01\x00\xff\xff{", None])
def test_broken_files(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.npy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        map_array(path)


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(1_000))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"greater than|size"):
        map_array(path)
