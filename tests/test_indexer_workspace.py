"""What names an index is on the disk before it counts, and is never made up twice."""

import os
from pathlib import Path

import pytest

from corpora.errors import CorruptIndex
from indexer.workspace import index_id, workspace


def test_the_name_of_an_index_is_made_once_and_synced_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for owner, name in ((os, "fsync"), (Path, "replace")):
        real = getattr(owner, name)

        def step(*args: object, _name: str = name, _real: object = real) -> object:
            done.append(_name)
            return _real(*args)  # type: ignore[operator]

        monkeypatch.setattr(owner, name, step)
    name = index_id(tmp_path)
    assert done == ["fsync", "replace", "fsync"]  # the file, its name, the folder
    assert len(bytes.fromhex(name)) == 16
    assert index_id(tmp_path) == name
    assert len(done) == 3


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"0" * 31, b"0" * 33, b"G" * 32, b"\xff" * 32, b"\0" * 33]
)
def test_a_broken_name_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "INDEX").write_bytes(content)
    with pytest.raises(CorruptIndex, match=r"INDEX does not hold the 32 hex digits.*remove it"):
        index_id(tmp_path)
    assert (tmp_path / "INDEX").read_bytes() == content
    (tmp_path / "INDEX").unlink()
    assert index_id(tmp_path)


def test_no_build_begins_under_a_broken_name(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    (tmp_path / "INDEX").write_bytes(b"")
    with pytest.raises(CorruptIndex, match="its history begins anew"), workspace(tmp_path):
        pass
    assert not list(tmp_path.glob(".staging-*"))
