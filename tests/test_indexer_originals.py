"""Files found where they lie now: by name, by place, by content."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.inputs import Input, digest_of
from indexer.originals import Lost, find_original


@pytest.fixture(scope="module")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, bytes]], Path]:
    def make(files: dict[str, bytes]) -> Path:
        folder = tmp_path_factory.mktemp("originals")
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    return make


Make = Callable[[dict[str, bytes]], Path]


def known(folder: Path, name: str) -> Input:
    path = folder / name
    size = path.stat().st_size
    return Input(name, str(path), digest_of(path), size, 0, "warc", "default", "e", "c")


@pytest.mark.parametrize(
    "file", ["a.warc", "crawls/a.warc", "/data/crawls/a.warc", "../../a.warc", "x/../a.warc"]
)
@pytest.mark.parametrize("place", ["a.warc", "crawls/a.warc", "data/crawls/a.warc", "z/a.warc"])
def test_a_single_file_is_found_wherever_it_is(make_folder: Make, file: str, place: str) -> None:
    folder = make_folder({place: b"1", "b.warc": b"1", "z/xa.warc": b"2"})
    assert find_original(folder, file, None, None) == folder / place
    assert find_original(folder / "b.warc", file, None, None) == folder / "b.warc"


def test_of_several_that_with_the_content_or_else_the_place(make_folder: Make) -> None:
    folder = make_folder({"1/c/a.warc": b"one", "2/c/a.warc": b"two", "3/a.warc": b"longer"})
    wanted = known(folder, "2/c/a.warc")
    assert find_original(folder, "c/a.warc", wanted, digest_of) == folder / "2/c/a.warc"
    assert find_original(folder, "2/c/a.warc", None, None) == folder / "2/c/a.warc"
    assert find_original(folder, "x/2/c/a.warc", None, None) == folder / "2/c/a.warc"
    lost = find_original(folder, "c/a.warc", wanted, None)
    assert isinstance(lost, Lost)
    assert lost.reason.startswith(f"there are 2 files a.warc in {folder}")
    assert "1/c/a.warc" in lost.reason


def test_a_file_of_the_name_but_another_size_gives_way(make_folder: Make) -> None:
    folder = make_folder({"a.warc": b"longer", "z/a.warc": b"one"})
    assert find_original(folder, "a.warc", known(folder, "z/a.warc"), digest_of) == folder / "z/a.warc"  # fmt: skip
    assert find_original(folder, "a.warc", None, None) == folder / "a.warc"


def test_copies_will_do(make_folder: Make) -> None:
    folder = make_folder({"1/a.warc": b"one", "2/a.warc": b"one"})
    wanted = known(folder, "2/a.warc")
    assert find_original(folder, "a.warc", wanted, digest_of) == folder / "1/a.warc"


def test_nothing_there(make_folder: Make) -> None:
    folder = make_folder({"b.warc": b"1", "a.warc/inside": b"1"})
    lost = find_original(folder, "c/a.warc", None, None)
    assert lost == Lost(f"there is no a.warc in {folder}, nor below it")


def test_links_that_run_in_circles_and_names_beyond_unicode(
    make_folder: Make, tmp_path: Path
) -> None:
    folder = make_folder({"deep/\udcff.warc": b"1"})
    (folder / "deep" / "up").symlink_to(folder)
    (tmp_path / "elsewhere.warc").write_bytes(b"1")
    (folder / "elsewhere.warc").symlink_to(tmp_path / "elsewhere.warc")
    (folder / "dead.warc").symlink_to(tmp_path / "nothing")
    assert find_original(folder, "x/\\udcff.warc", None, None) == folder / "deep/\udcff.warc"
    assert find_original(folder, "y/elsewhere.warc", None, None) == folder / "elsewhere.warc"
    assert isinstance(find_original(folder, "dead.warc", None, None), Lost)


@given(st.lists(st.sampled_from("ab/."), min_size=1, max_size=12).map("".join))
def test_no_name_leads_out_of_the_folder(make_folder: Make, name: str) -> None:
    folder = make_folder({"in/side/a": b"1", "a": b"outside"})
    found = find_original(folder / "in", name, None, None)
    assert found == folder / "in/side/a" or isinstance(found, Lost)


def test_a_renamed_file_is_found_by_its_content(make_folder: Make) -> None:
    folder = make_folder({"x/renamed.warc": b"one", "other.warc": b"two"})
    wanted = known(folder, "x/renamed.warc")
    assert find_original(folder, "a.warc", wanted, digest_of) == folder / "x/renamed.warc"
    assert isinstance(find_original(folder, "a.warc", wanted, None), Lost)
