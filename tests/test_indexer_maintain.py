"""Garbage collection that is killed, and hosts that are none."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpora.errors import IndexFolderError
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import (
    current_id,
    list_generations,
    open_current,
    open_generation,
)
from indexer.maintain import collect, compact, remove
from indexer.manifest import Generation

HOST = "fields.example"
DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, fake_embedder: Embedder) -> Path:
    """Three generations with a shard each that no other has."""
    folder = tmp_path_factory.mktemp("built")
    index = folder / "index"
    for number in range(2):
        path = folder / f"{number}.warc.gz"
        text = f"<article><p>{f'Field {number} lies fallow, as fields do now and then. ' * 9}"
        write_warc(path, [Exchange(f"https://{HOST}/old/{number}", DAY, text.encode())])
        build_index(find_sources([path]), index, fake_embedder, BuildSettings(add=number > 0))
    compact(index)
    return index


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(built, tmp_path / "index"))


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def kill_at(patch: pytest.MonkeyPatch, stop_at: int, *, after: bool) -> Callable[[], int]:
    """Makes the nth change of a folder fail; returns how many there were."""
    done = 0
    for name in ("rename", "unlink", "rmdir"):
        real = getattr(os, name)

        def step(*args: object, _real: Callable[..., object] = real, **kwargs: object) -> object:
            nonlocal done
            done += 1
            if done == stop_at and not after:
                raise Killed
            result = _real(*args, **kwargs)
            if done == stop_at:
                raise Killed
            return result

        patch.setattr(os, name, step)
    return lambda: done


def whole(index: Path) -> Iterator[str]:
    """The generations that are there, all of which can be opened."""
    for name, found in list_generations(index):
        assert isinstance(found, Generation)
        yield open_generation(index, name).generation_id


def names(index: Path) -> list[str]:
    """What lies in the index, but for the work of builders."""
    return sorted(
        path.name for place in (".", "generations", "shards") for path in (index / place).iterdir()
    )


@pytest.mark.parametrize("after", [False, True])
def test_gc_killed_anywhere_goes_on_where_it_was(index: Path, tmp_path: Path, after: bool) -> None:
    live, before = current_id(index), set(whole(index))
    done = Path(shutil.copytree(index, tmp_path / "done"))
    assert len(collect(done, keep=1).generations) == 2
    steps, ends = 0, set()
    for stop_at in range(1, 500):
        copy = Path(shutil.copytree(index, tmp_path / "copy"))
        with pytest.MonkeyPatch.context() as patch:
            count = kill_at(patch, stop_at, after=after)
            try:
                collect(copy, keep=1)
            except Killed:
                steps = count()
            else:
                break
        assert open_current(copy).generation_id == live
        left = set(whole(copy))
        assert left <= before
        ends.add(len(left))
        collect(copy, keep=1)
        assert names(copy) == names(done)
        shutil.rmtree(copy)
    assert steps > 20
    assert ends >= {1, 2}


def test_a_generation_that_lost_its_manifest_is_cleared_away(index: Path) -> None:
    """What gc of an earlier version left where it was killed."""
    oldest = list_generations(index)[-1][0]
    (index / "generations" / oldest / "manifest.json").unlink()
    (index / "generations" / ".DS_Store").write_text("none of ours", encoding="utf-8")
    (index / "shards" / "20200101-rubbish").mkdir()
    assert len(collect(index, keep=1).generations) == 1
    assert [name for name, _ in list_generations(index)] == [current_id(index)]
    assert len(list((index / "shards").iterdir())) == 1


@pytest.mark.parametrize("damage", ["garbled", "live one missing"])
def test_where_a_manifest_is_needed_nothing_is_cleared_away(index: Path, damage: str) -> None:
    name = current_id(index) if damage == "live one missing" else list_generations(index)[-1][0]
    manifest = index / "generations" / str(name) / "manifest.json"
    manifest.write_text("{", encoding="utf-8")
    if damage == "live one missing":
        manifest.unlink()
    before = sorted(path for path in (index / "shards").rglob("*"))
    if damage == "garbled":
        assert collect(index, keep=2).generations == ()
    else:
        with pytest.raises(IndexFolderError, match=r"manifest\.json is missing"):
            collect(index, keep=1)
    assert sorted(path for path in (index / "shards").rglob("*")) == before


@pytest.mark.parametrize(
    "host",
    [
        f"{HOST}/docs/old", f"user@{HOST}", f"{HOST}:80", f"https://{HOST}/", f"{HOST}?x",
        f"{HOST}#x", f"{HOST}\\x", f"bücher.example/{HOST}", f"bücher@{HOST}", "f%69elds.example",
        "fields\t.example", "", ".", "a b",
    ],
)  # fmt: skip
def test_more_than_a_host_is_refused(index: Path, host: str) -> None:
    live = current_id(index)
    with pytest.raises(IndexFolderError, match=r"is no host; give a name alone.*nothing was"):
        remove(index, hosts=[host])
    assert current_id(index) == live


def test_a_host_may_be_spelled_in_capitals_and_with_a_final_dot(index: Path) -> None:
    assert remove(index, hosts=[" Fields.EXAMPLE. "]).documents == (2, 0)
    with pytest.raises(IndexFolderError, match="no document of the index is from there"):
        remove(index, hosts=["bücher.example"])
