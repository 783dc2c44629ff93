"""WACZ packages: every archive in them is read, whole or broken, and can be opened again."""

import gzip
import io
import random
import struct
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import zips
from corpora.containers import open_source
from corpora.document import Document, OffsetBase, Rejected
from corpora.errors import CorpusError
from corpora.readers.wacz import read_wacz
from corpora.readers.warc import Exchange, read_warc, write_warc
from corpora.sources import find_sources, read
from corpora.zips import list_entries, open_entry

WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
PAGE = b"<!doctype html><html><body><p>Relevance is never sold for trust.</p></body></html>"


def exchange(number: int, **changes: object) -> Exchange:
    url = f"https://example.org/{number}"
    return Exchange(url, WHEN, PAGE + b"%d" % number, **changes)  # type: ignore[arg-type]


def warc_bytes(folder: Path, exchanges: Iterable[Exchange], name: str = "x.warc.gz") -> bytes:
    path = folder / name
    write_warc(path, exchanges)
    data = path.read_bytes()
    path.unlink()
    return data


def package(
    path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED, *, stream: bool = False
) -> Path:
    """A zip of these members; as a stream, sizes stand behind the data."""
    buffer = _Unseekable() if stream else io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("datapackage.json", '{"profile": "data-package"}')
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


class _Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def urls(outcomes: Iterable[Document | Rejected]) -> list[str | None]:
    return [each.url for each in outcomes if isinstance(each, Document)]


def rejected(path: Path) -> list[tuple[str, str]]:
    return [(each.reason, each.detail) for each in read_wacz(path) if isinstance(each, Rejected)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("inner", ["x.warc.gz", "x.warc"])
@pytest.mark.parametrize("stream", [False, True])
def test_every_archive_is_read_and_every_place_can_be_opened(
    tmp_path: Path, method: int, inner: str, stream: bool
) -> None:
    ending = inner.removeprefix("x")
    members = {
        f"archive/a{ending}": warc_bytes(tmp_path, [exchange(1), exchange(2)], inner),
        "pages/pages.jsonl": b'{"format": "json-pages-1.0"}\n',
        f"archive/b{ending}": warc_bytes(tmp_path, [exchange(3)], inner),
    }
    path = package(tmp_path / "crawl.wacz", members, method, stream=stream)
    (source,) = find_sources([path]).found
    assert source.kind == "wacz"
    seen: list[int] = []
    outcomes = list(read(source, seen.append))
    assert urls(outcomes) == [f"https://example.org/{n}" for n in (1, 2, 3)]
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size
    for outcome in outcomes:
        place = outcome.source
        assert place.file.startswith(f"{path}!/archive/")
        assert place.base is OffsetBase.FILE
        with open_source(place.file) as stream_:
            stream_.seek(place.offset)
            record = stream_.read(place.length or 0)
        again = tmp_path / inner
        again.write_bytes(record)
        (document,) = read_warc(again)
        assert document.source.digest == place.digest


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packages_in_packages(tmp_path: Path, method: int) -> None:
    inner = package(
        tmp_path / "i", {"archive/x.warc.gz": warc_bytes(tmp_path, [exchange(1)])}, method
    ).read_bytes()
    middle = package(tmp_path / "m", {"one.wacz": inner}, method).read_bytes()
    path = package(tmp_path / "multi.zip", {"mid.wacz": middle, "two.wacz": inner}, method)
    assert [source.kind for source in find_sources([path]).found] == ["wacz"]
    outcomes = list(read_wacz(path))
    assert [each.source.file for each in outcomes] == [
        f"{path}!/mid.wacz!/one.wacz!/archive/x.warc.gz", f"{path}!/two.wacz!/archive/x.warc.gz",
    ]  # fmt: skip
    for outcome in outcomes:
        with open_source(outcome.source.file) as stream:
            assert gzip.decompress(stream.read(outcome.source.length or 0)).startswith(b"WARC/1.1")


def test_packages_are_not_entered_for_ever(tmp_path: Path) -> None:
    data = package(tmp_path / "p", {"x.warc.gz": warc_bytes(tmp_path, [exchange(1)])}).read_bytes()
    for _ in range(8):
        data = package(
            tmp_path / "p", {"p.wacz": data, "x.warc.gz": warc_bytes(tmp_path, [exchange(2)])}
        ).read_bytes()
    outcomes = list(read_wacz(tmp_path / "p"))
    assert len(urls(outcomes)) == 4
    assert ("unreadable archive member", "too many packages in one another") in rejected(
        tmp_path / "p"
    )


def test_revisits_find_their_originals_in_other_archives(tmp_path: Path) -> None:
    again = Exchange("https://example.org/1", WHEN + timedelta(days=1), PAGE + b"1",
                     revisit_of=WHEN)  # fmt: skip
    members = {
        "archive/b.warc.gz": warc_bytes(tmp_path, [again]),
        "archive/a.warc.gz": warc_bytes(tmp_path, [exchange(1)]),
    }
    path = package(tmp_path / "crawl.wacz", members)
    original, revisit = read_wacz(path)
    assert isinstance(original, Document)
    assert isinstance(revisit, Document)
    assert revisit.payload == original.payload
    assert revisit.source.file == f"{path}!/archive/a.warc.gz"
    assert revisit.source.fetched_at == WHEN + timedelta(days=1)


def test_skipping_leaves_out_the_first_outcomes(tmp_path: Path) -> None:
    members = {
        "a.warc.gz": warc_bytes(tmp_path, [exchange(n) for n in range(3)]),
        "broken.warc.gz": b"nothing",
        "b.warc.gz": warc_bytes(
            tmp_path, [exchange(4, revisit_of=WHEN), exchange(4), exchange(9, revisit_of=WHEN)]
        ),
    }
    path = package(tmp_path / "crawl.wacz", members)
    whole = list(read_wacz(path))
    assert len(whole) == 7
    for skip in range(9):
        assert list(read_wacz(path, skip=skip)) == whole[skip:]


# Broken packages.


@pytest.mark.parametrize("stream", [False, True])
def test_without_a_directory_the_entries_are_found_one_by_one(tmp_path: Path, stream: bool) -> None:
    members = {f"archive/{n}.warc.gz": warc_bytes(tmp_path, [exchange(n)]) for n in range(3)}
    path = package(tmp_path / "crawl.wacz", members, stream=stream)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"PK\x01\x02") + 10])
    (source,) = find_sources([path]).found
    outcomes = list(read(source))
    assert urls(outcomes) == [f"https://example.org/{n}" for n in range(3)]
    (problem,) = (each for each in outcomes if isinstance(each, Rejected))
    assert (problem.reason, problem.damaged) == ("broken zip", True)
    assert problem.detail == "no central directory: the file is cut off"
    with open_source(f"{path}!/archive/1.warc.gz") as stream_:
        assert stream_.read() == members["archive/1.warc.gz"]


def test_a_package_cut_off_inside_an_archive_keeps_what_came_before(tmp_path: Path) -> None:
    data = warc_bytes(tmp_path, [exchange(1), exchange(2)])
    path = package(tmp_path / "crawl.wacz", {"archive/a.warc.gz": data})
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(data) + len(data) - 20])
    outcomes = list(read_wacz(path))
    assert urls(outcomes) == ["https://example.org/1"]
    assert [each[0] for each in rejected(path)] == ["broken zip", "record cut off"]


def test_members_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    good = warc_bytes(tmp_path, [exchange(1)])
    path = package(tmp_path / "crawl.wacz", {"a.warc.gz": good, "b.warc.gz": b"no archive"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("c.warc.gz", good)
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)  # of a.warc.gz
    flagged = data[: at + 8] + struct.pack("<H", 1) + data[at + 10 :]
    path.write_bytes(flagged)
    with pytest.raises(CorpusError, match="it is encrypted"):
        list(read_wacz(path))
    path.write_bytes(data)
    found = rejected(path)
    assert [reason for reason, _ in found] == ["unreadable archive member"] * 2
    assert "holds no WARC or ARC record" in found[0][1]
    assert found[1][1] == f"compression {zipfile.ZIP_LZMA}"


def test_a_bomb_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "_FREE_BYTES", 1024)
    monkeypatch.setattr(zips, "_MAX_RATIO", 10)
    first = warc_bytes(tmp_path, [exchange(1)], "x.warc")
    members = {"a.warc": first + b"\x00" * 10**7, "b.warc": warc_bytes(tmp_path, [exchange(2)])}
    path = package(tmp_path / "crawl.wacz", members, zipfile.ZIP_DEFLATED)
    outcomes = list(read_wacz(path))
    assert urls(outcomes)[-1] == "https://example.org/2"
    assert any("expands to over" in detail for _, detail in rejected(path))


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    data = warc_bytes(tmp_path, [exchange(1)])
    path = package(tmp_path / "crawl.wacz", {"a.warc.gz": data})
    whole = path.read_bytes()
    at = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 4)
    end = whole.index(b"PK\x05\x06")
    directory = whole[whole.index(b"PK\x01\x02") : at] + whole[at:end] * 50
    tail = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 51, 51, len(directory),
                       whole.index(b"PK\x01\x02"), 0)  # fmt: skip
    path.write_bytes(whole[: whole.index(b"PK\x01\x02")] + directory + tail)
    with pytest.raises(CorpusError, match="its entries overlap"):
        list(read_wacz(path))


def test_a_package_without_archives_is_an_error(tmp_path: Path) -> None:
    path = package(tmp_path / "crawl.wacz", {"pages/pages.jsonl": b"{}"})
    with pytest.raises(CorpusError, match="holds no WARC file"):
        list(read_wacz(path))
    with pytest.raises(CorpusError, match="No such file"):
        list(read_wacz(tmp_path / "absent.wacz"))


def test_opening_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = package(tmp_path / "crawl.wacz", {"a.warc": b"x"})
    for name in (f"{path}!/b.warc", f"{path}!/a.warc!/c"):
        with pytest.raises(CorpusError, match="no such entry"):
            open_source(name)
    with pytest.raises(CorpusError, match="No such file"):
        open_source(f"{tmp_path}/absent.wacz!/a")
    odd = tmp_path / "odd!"
    odd.mkdir()
    (odd / "a.warc").write_bytes(b"plain")
    with open_source(f"{odd}/a.warc") as stream:
        assert stream.read() == b"plain"


# Properties.


@given(
    parts=st.lists(st.binary(max_size=3000), max_size=4),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    stream=st.booleans(),
    keep=st.booleans(),
    seed=st.integers(0, 999),
)
def test_entries_hold_what_zipfile_reads(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[bytes],
    method: int,
    stream: bool,
    keep: bool,
    seed: int,
) -> None:
    path = tmp_path_factory.mktemp("z") / "a.zip"
    package(path, {f"{n}.warc": part for n, part in enumerate(parts)}, method, stream=stream)
    with zipfile.ZipFile(path) as archive:
        expected = {name: archive.read(name) for name in archive.namelist()}
    if not keep:
        data = path.read_bytes()
        path.write_bytes(data[: data.rindex(b"PK\x05\x06")])
    with path.open("rb") as file:
        listing = list_entries(file)
    assert bool(listing.problem) is not keep
    if keep:
        assert [entry.name for entry in listing.entries] == list(expected)
    choose = random.Random(seed)
    for entry in listing.entries:
        with open_entry(path.open("rb"), entry) as opened:
            content = expected[entry.name]
            if keep or (not stream and method == zipfile.ZIP_STORED):
                assert opened.read() == content
                at = choose.randint(0, len(content))
                opened.seek(at)
                assert opened.read(100) == content[at : at + 100]


@settings(deadline=None)
@given(data=st.data())
def test_any_damage_is_read_to_the_end_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("d")
    method = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    path = package(
        folder / "a.wacz", {f"{n}.warc.gz": warc_bytes(folder, [exchange(n)]) for n in range(2)},
        method,
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(4, len(content)))])
    find_sources([path], kind="wacz")
    try:
        list(read_wacz(path))
    except CorpusError:
        return
