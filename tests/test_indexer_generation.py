"""Publishing: the old generation or the new one, never half of either."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexer.workspace
from corpora.errors import (
    CorruptIndex,
    IncompatibleIndex,
    IndexFolderError,
    IndexLocked,
    NotAnIndex,
)
from indexer.generation import (
    FORMAT_VERSION,
    FileRecord,
    Generation,
    GenerationId,
    ModelRecord,
    Shard,
    ShardId,
    bytes_of_parts,
    current_id,
    describe_files,
    list_generations,
    open_current,
)
from indexer.manifest import Removal, Tombstones
from indexer.workspace import LOCK, Workspace, new_generation_id, new_name, workspace

MODEL = ModelRecord("m", 384, 256, "", "")
NAMES = st.text("abcDEF019-", min_size=1, max_size=64)
COUNTS = st.integers(0, 2**50)
FILES = st.dictionaries(st.text(), st.builds(FileRecord, COUNTS, st.text()))
SHARDS = st.builds(
    Shard,
    shard_id=NAMES.map(ShardId),
    sequence=COUNTS,
    documents=COUNTS,
    passages=COUNTS,
    vectors=COUNTS,
    tokens=COUNTS,
    dense=st.text(),
    files=FILES,
    tombstones=st.one_of(
        st.none(), st.builds(Tombstones, NAMES.map(GenerationId), COUNTS, COUNTS, COUNTS, FILES)
    ),
)
GENERATIONS = st.builds(
    Generation,
    generation_id=NAMES.map(GenerationId),
    parent=st.one_of(st.none(), NAMES.map(GenerationId)),
    created_at=st.text(),
    format_version=st.integers(),
    model=st.builds(ModelRecord, st.text(), COUNTS, COUNTS, st.text(), st.text()),
    typical_cosine=st.one_of(st.floats(-1, 1), st.integers(0, 1)),
    analyser=st.text(),
    extractor=st.text(),
    chunker=st.text(),
    signature=st.text(),
    shards=st.lists(SHARDS, max_size=3).map(tuple),
    read=COUNTS,
    rejected=st.dictionaries(st.text(), COUNTS),
    hosts=COUNTS,
    sources=COUNTS,
    removals=st.lists(st.builds(Removal, st.text(), st.text(), COUNTS), max_size=2).map(tuple),
    files=FILES,
)


def publish(index: Path, content: str) -> Generation:
    """A generation of one shard with one file."""
    with workspace(index) as work:
        shard_id = ShardId(new_name())
        folder = work.work.shards("plan") / shard_id
        (folder / "tokens").mkdir(parents=True)
        (folder / "tokens" / "x").write_text(content, encoding="utf-8")
        (work.staging / "sources.json").write_text(content, encoding="utf-8")
        shard = Shard(shard_id, 1, 1, 2, 2, 9, "Flat", describe_files(folder), None)
        parent = current_id(index)
        generation = Generation(
            new_generation_id(parent), parent, "2026-01-01T00:00:00+00:00", FORMAT_VERSION,
            MODEL, 0.6, "a", "e", "c", "s", (shard,), 1, {}, 1, 1, (), work.describe_files(),
        )  # fmt: skip
        work.publish(generation, {shard_id: folder})
    return generation


def served(index: Path) -> str:
    """What the live generation holds, after checking that it is whole."""
    generation = open_current(index)
    (shard,) = generation.shards
    folder = index / "shards" / shard.shard_id
    assert describe_files(folder) == shard.files
    return (folder / "tokens" / "x").read_text(encoding="utf-8")


def test_publish_and_open(tmp_path: Path) -> None:
    index = tmp_path / "new" / "index"
    first = publish(index, "one")
    assert open_current(index) == first
    assert bytes_of_parts(first) == {"tokens": 3}
    second = publish(index, "two")
    assert open_current(index) == second
    assert second.parent == first.generation_id < second.generation_id
    assert served(index) == "two"
    assert sorted(path.name for path in index.iterdir()) == [
        LOCK, "CURRENT", "INDEX", "generations", "shards", "work",
    ]  # fmt: skip


@given(GENERATIONS)
def test_manifests_round_trip(generation: Generation) -> None:
    assert Generation.from_json(generation.to_json()) == generation


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=4,
)


@given(GENERATIONS, st.data(), JSON)
def test_a_garbled_manifest_is_one_kind_of_error(
    generation: Generation, data: st.DataObject, odd: object
) -> None:
    raw = json.loads(generation.to_json())
    place = data.draw(st.sampled_from([raw, raw["model"], *raw["shards"]]))
    place[data.draw(st.sampled_from(sorted(place)))] = odd
    try:
        again = Generation.from_json(json.dumps(raw))
    except ValueError:
        return
    # What passes has the types it declares.
    assert isinstance(again.generation_id, str)
    assert all(isinstance(shard.tokens, int) for shard in again.shards)
    assert all(isinstance(file.size, int) for s in again.shards for file in s.files.values())


# Everything that publishing does to the disk, in order: it is stopped before and after each.
DISK_STEPS = (
    "os.fsync",
    "pathlib.Path.rename",
    "pathlib.Path.replace",
    "pathlib.Path.mkdir",
    "pathlib.Path.write_text",
)


class Stop(Exception):
    """Stands for a kill."""


def count_steps(patch: pytest.MonkeyPatch, stop_at: int, *, after: bool) -> Callable[[], int]:
    """Makes the nth step of `publish` fail; returns how many there were."""
    done = 0
    for name in DISK_STEPS:
        owner, _, attribute = name.rpartition(".")
        holder = os if owner == "os" else Path
        real = getattr(holder, attribute)

        def step(*args: object, _real: Callable[..., object] = real, **kwargs: object) -> object:
            nonlocal done
            done += 1
            if done == stop_at and not after:
                raise Stop
            result = _real(*args, **kwargs)
            if done == stop_at and after:
                raise Stop
            return result

        patch.setattr(holder, attribute, step)
    return lambda: done


@pytest.mark.parametrize("after", [False, True])
def test_stopped_anywhere_one_generation_is_live_and_whole(tmp_path: Path, after: bool) -> None:
    steps, real = 1, Workspace.publish
    seen: set[str] = set()
    for stop_at in range(1, 100):
        index = tmp_path / f"{stop_at}"
        publish(index, "old")

        def stopped(
            self: Workspace, generation: Generation, shards: Mapping[ShardId, Path]
        ) -> None:
            with pytest.MonkeyPatch.context() as patch:
                nonlocal steps
                done = count_steps(patch, stop_at, after=after)  # noqa: B023 - used at once
                try:
                    real(self, generation, shards)
                finally:
                    steps = done()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(indexer.workspace.Workspace, "publish", stopped)
            try:
                publish(index, "new")
            except Stop:
                seen.add(served(index))
            else:
                assert served(index) == "new"
                break
        assert not list(index.glob(".staging-*"))
        # The next build clears up and succeeds.
        publish(index, "newer")
        assert served(index) == "newer"
        shards = {path.name for path in (index / "shards").iterdir()}
        named = {
            shard.shard_id
            for path in (index / "generations").glob("*/manifest.json")
            for shard in Generation.from_json(path.read_text(encoding="utf-8")).shards
        }
        assert shards == named
    assert steps > 15
    assert "old" in seen


def test_another_process_is_refused_and_told_who_builds(tmp_path: Path) -> None:
    publish(tmp_path / "index", "old")
    script = (
        "import sys; from pathlib import Path; from indexer.workspace import workspace\n"
        "with workspace(Path(sys.argv[1])):\n"
        "    print('locked', flush=True); sys.stdin.readline()"
    )
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "index")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    ) as builder:
        assert builder.stdin is not None
        assert builder.stdout is not None
        assert builder.stdout.readline() == "locked\n"
        staging = list((tmp_path / "index").glob(".staging-*"))
        with (
            pytest.raises(IndexLocked, match=f"is being built by process {builder.pid} on"),
            workspace(tmp_path / "index"),
        ):
            pass
        # The refused one has touched nothing, and reading goes on.
        assert list((tmp_path / "index").glob(".staging-*")) == staging
        assert served(tmp_path / "index") == "old"
        builder.kill()
    # A killed builder's lock is gone, and so is what it left, with the next one.
    assert list((tmp_path / "index").glob(".staging-*")) == staging
    assert publish(tmp_path / "index", "new")
    assert not list((tmp_path / "index").glob(".staging-*"))


def test_shards_stay_while_a_manifest_cannot_be_read(tmp_path: Path) -> None:
    generation = publish(tmp_path, "old")
    manifest = tmp_path / "generations" / generation.generation_id / "manifest.json"
    manifest.write_text("{garbage", encoding="utf-8")
    publish(tmp_path, "new")
    assert (tmp_path / "shards" / generation.shards[0].shard_id).is_dir()


@pytest.mark.parametrize("make", ["folder", "file", "other lock"])
def test_foreign_folders_are_refused_untouched(tmp_path: Path, make: str) -> None:
    index = tmp_path / "x"
    if make == "file":
        index.write_text("mine", encoding="utf-8")
    else:
        index.mkdir()
        name = "thesis.tex" if make == "folder" else ".lock"
        (index / name).write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotAnIndex, match=r"not a folder|not an index"), workspace(index):
        pass
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(NotAnIndex):
        open_current(index)


def test_a_folder_whose_first_build_failed_can_be_used(tmp_path: Path) -> None:
    with workspace(tmp_path / "x"):
        pass
    with pytest.raises(NotAnIndex, match="holds no published index; make one"):
        open_current(tmp_path / "x")
    assert publish(tmp_path / "x", "new")


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(NotAnIndex, match="no such folder; make one"):
        open_current(tmp_path / "x")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_is_one_clear_error(tmp_path: Path, code: int) -> None:
    publish(tmp_path, "old")

    def fail() -> None:
        with workspace(tmp_path):
            raise OSError(code, os.strerror(code))

    with pytest.raises(IndexFolderError, match=r"cannot be written \(.*unchanged"):
        fail()
    assert served(tmp_path) == "old"
    assert not list(tmp_path.glob(".staging-*"))


def test_other_errors_pass(tmp_path: Path) -> None:
    def fail() -> None:
        with workspace(tmp_path):
            raise FileNotFoundError(errno.ENOENT, "a bug")

    with pytest.raises(FileNotFoundError):
        fail()


@pytest.mark.parametrize("pointer", [b"", b"../../etc", b"a\x00b", b"\xff\xfe", b"x" * 10_000])
def test_a_garbled_pointer(tmp_path: Path, pointer: bytes) -> None:
    publish(tmp_path, "old")
    (tmp_path / "CURRENT").write_bytes(pointer)
    with pytest.raises(CorruptIndex, match="names no generation; build the index again"):
        open_current(tmp_path)
    assert current_id(tmp_path) is None
    assert publish(tmp_path, "new").parent is None


def rewrite(index: Path, change: Callable[[str], str]) -> None:
    name = (index / "CURRENT").read_text(encoding="utf-8").strip()
    path = index / "generations" / name / "manifest.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_another_format_version(tmp_path: Path) -> None:
    publish(tmp_path, "old")
    # A later version may have other fields: its number is looked at first.
    rewrite(tmp_path, lambda _: json.dumps({"format_version": 99, "new": "field"}))
    with pytest.raises(IncompatibleIndex, match="format version 99, this program reads 3"):
        open_current(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda text: text[: len(text) // 2],
        lambda _: "[]",
        lambda _: "null",
        lambda _: "{}",
        lambda _: "[" * 100_000,
        lambda text: text.replace('"documents": 1', '"documents": "1"'),
        lambda text: text.replace('"documents": 1', '"documents": true'),
        lambda text: text.replace('"hosts"', '"guests"'),
        lambda text: text.replace('"generation_id": "', '"generation_id": "x'),
        lambda text: text.replace('"shard_id": "', '"shard_id": "../'),
    ],
)
def test_a_garbled_manifest(tmp_path: Path, change: Callable[[str], str]) -> None:
    publish(tmp_path, "old")
    rewrite(tmp_path, change)
    with pytest.raises(CorruptIndex, match=r"manifest\.json.*build the index again"):
        open_current(tmp_path)


@pytest.mark.parametrize("damage", ["manifest", "missing", "short", "folder"])
def test_missing_and_short_files(tmp_path: Path, damage: str) -> None:
    generation = publish(tmp_path, "old")
    file = tmp_path / "shards" / generation.shards[0].shard_id / "tokens" / "x"
    if damage == "manifest":
        (tmp_path / "generations" / generation.generation_id / "manifest.json").unlink()
    elif damage == "short":
        file.write_text("o", encoding="utf-8")
    else:
        file.unlink()
        if damage == "folder":
            file.parent.rmdir()
    with pytest.raises(CorruptIndex, match="build the index again"):
        open_current(tmp_path)


def test_generations_are_listed_broken_ones_with_the_reason(index: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = current_id(copy)
    (copy / "generations" / "zz-broken").mkdir()
    broken, whole = list_generations(copy)
    assert broken[0] == "zz-broken"
    assert isinstance(broken[1], str)
    assert "manifest" in broken[1]
    assert whole[0] == live
    assert whole[1] == open_current(copy)
    assert list_generations(tmp_path / "nothing") == []
