"""What is new among the files that are given: by content, whatever they are called."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorruptIndex
from corpora.sources import Source, Sources
from indexer.inputs import Input, Plan, is_unchanged, plan_inputs, read_inputs, write_inputs

VERSIONS = ("extractor", "chunker")


def source(path: Path) -> Source:
    return Source(path, "warc", path.stat().st_size)


def plan(
    *paths: Path, current: tuple[Input, ...] = (), exact: bool = False, failures: int = 0
) -> Plan:
    sources = Sources(tuple(map(source, paths)), (), ("line",) * failures)
    return plan_inputs(sources, current, VERSIONS, "default", exact)


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def inputs(found: Plan) -> tuple[Input, ...]:
    return (*found.kept, *(each for _, each in found.new))


def test_the_same_content_is_done_under_any_name(tmp_path: Path) -> None:
    one, copy = file(tmp_path, "one", b"1"), file(tmp_path, "copy", b"1")
    first = plan(one, copy)
    assert [each.file for _, each in first.new] == [str(one)]
    again = plan(copy, current=inputs(first))
    assert (again.new, again.dropped, inputs(again)) == ((), (), inputs(first))


def test_a_changed_file_takes_the_place_of_what_it_was(tmp_path: Path) -> None:
    path = file(tmp_path, "one", b"1")
    (before,) = inputs(plan(path))
    path.write_bytes(b"2")
    found = plan(path, current=(before,))
    assert [each.digest == before.digest for _, each in found.new] == [False]
    assert found.dropped == (before,)
    assert not is_unchanged(path, before)
    # Nothing but its time has changed: the same content.
    (after,) = inputs(found)
    os.utime(path, ns=(1, 1))
    assert plan(path, current=(after,)).new == ()


def test_other_versions_and_broken_off_reads_are_read_again(tmp_path: Path) -> None:
    path = file(tmp_path, "one", b"1")
    (before,) = inputs(plan(path))
    for stale in (
        replace(before, chunker="old"),
        replace(before, failure="input/output error"),
        replace(before, kind="of another reader"),
    ):
        found = plan(path, current=(stale,))
        assert (len(found.new), found.dropped, found.kept) == (1, (stale,), ())


def test_a_build_drops_what_is_not_given_unless_something_given_is_missing(tmp_path: Path) -> None:
    one, two = file(tmp_path, "one", b"1"), file(tmp_path, "two", b"2")
    current = inputs(plan(one, two))
    assert plan(one, current=current, exact=True).dropped == current[1:]
    assert plan(one, current=current, exact=False).dropped == ()
    assert plan(one, current=current, exact=True, failures=1).dropped == ()


def test_two_files_of_one_name_can_be_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(tmp_path, "a/crawl.warc", b"1")
    other = file(tmp_path, "b/crawl.warc", b"2")
    monkeypatch.chdir(tmp_path / "a")
    current = inputs(plan(Path("crawl.warc")))
    monkeypatch.chdir(tmp_path / "b")
    found = plan(Path("crawl.warc"), current=current)
    ((read, named),) = found.new
    assert (current[0].file, named.file, read.path) == ("crawl.warc", str(other), other)


def test_what_cannot_be_opened_is_a_line(tmp_path: Path) -> None:
    lost = Source(tmp_path / "lost", "warc", 3)
    found = plan_inputs(Sources((lost,), (), ()), (), VERSIONS, "default", False)
    assert found.new == ()
    assert "lost: cannot be read: No such file" in found.failures[0]


@given(
    st.lists(
        st.builds(
            Input,
            *[st.text()] * 3,
            st.integers(0, 9),
            st.integers(0, 9),
            *[st.text()] * 4,
            st.integers(0, 9),
        ),
        max_size=3,
    ).map(tuple)
)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, listed: tuple[Input, ...]) -> None:
    path = tmp_path_factory.mktemp("inputs") / "sources.json"
    write_inputs(path, listed)
    assert read_inputs(path) == listed


@pytest.mark.parametrize("content", [b"", b"[{}]", b"{", b"[1]"])
def test_a_broken_list_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sources.json"
    path.write_bytes(content)
    with pytest.raises(CorruptIndex, match="build the index again"):
        read_inputs(path)
