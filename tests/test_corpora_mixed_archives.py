"""Archives that were appended to one another, each compressed in its own way, or not at all."""

import bz2
import gzip
import lzma
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import lz4.frame
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document, OffsetBase, Rejected
from corpora.readers.warc import Exchange, read_warc, write_warc
from corpora.reread import read_again
from corpora.sources import find_sources, read

DAY = datetime(2024, 1, 1, tzinfo=UTC)
PAGES = 3


def by_record(archive: bytes) -> bytes:
    starts = [at for at in range(len(archive)) if archive.startswith(b"WARC/1.", at)]
    return b"".join(
        gzip.compress(archive[start:end], mtime=0)
        for start, end in zip(starts, [*starts[1:], len(archive)], strict=True)
    )


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip by record": by_record,
    "gzip": lambda archive: gzip.compress(archive, mtime=0),
    "gzip, stored": lambda archive: gzip.compress(archive, 0, mtime=0),
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def part(folder: Path, name: str) -> bytes:
    """A plain archive; one of its pages holds what looks like members."""
    bodies = (b"<p>Some words of %s.</p>" % name.encode(), gzip.compress(b"no page"), b"<p>End</p>")
    path = folder / "part.warc"
    write_warc(
        path,
        [Exchange(f"https://{name}.example/{n}", DAY, body) for n, body in enumerate(bodies)],
    )
    return path.read_bytes()


def outcomes(path: Path, content: bytes) -> tuple[list[Document], list[Rejected]]:
    path.write_bytes(content)
    (source,) = find_sources([path], "warc").found
    items = list(read(source))
    kept = [each for each in items if isinstance(each, Document)]
    for each in kept:
        if each.source.base is OffsetBase.FILE:
            again = list(read_again(source, each.source))
            assert again == [each]
    return kept, [each for each in items if isinstance(each, Rejected)]


def arc(name: str) -> bytes:
    """An ARC of as many pages."""
    lines = b"1 0 test\nURL IP-address Archive-date Content-type Archive-length\n"
    parts = [
        b"filedesc://%s.arc 0.0.0.0 20240101000000 text/plain %d\n%s\n"
        % (name.encode(), len(lines), lines)
    ]
    for number in range(PAGES):
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Words %d.</p>" % number
        head = f"https://{name}.example/{number} 1.1.1.1 20240101000000 text/html {len(http)}\n"
        parts.append(head.encode() + http + b"\n")
    return b"".join(parts)


def arc_by_record(archive: bytes) -> bytes:
    starts = [m.start() for m in re.finditer(rb"(?:filedesc|https)://[^\n]* \d{14} ", archive)]
    ends = [*starts[1:], len(archive)]
    return b"".join(gzip.compress(archive[a:b]) for a, b in zip(starts, ends, strict=True))


@pytest.mark.parametrize("first", ["plain", "gzip by record", "gzip", "zstd"])
@pytest.mark.parametrize("second", ["plain", "gzip by record", "gzip"])
def test_arc_and_warc_in_one_file(tmp_path: Path, first: str, second: str) -> None:
    ways = WAYS | {"gzip by record": arc_by_record}
    warc = part(tmp_path, "w")
    packed, other = ways[second](arc("a")), WAYS[first](warc)
    for content, names in (
        (packed + other, "aw"),
        (other + packed, "wa"),
        (other * 2 + packed, "wwa"),
    ):
        kept, rejected = outcomes(tmp_path / "x.warc", content)
        assert [each.url for each in kept] == urls(*names)
        assert {each.reason for each in rejected} <= {"record type warcinfo"}


@pytest.mark.parametrize("way", ["gzip by record", "gzip", "zstd"])
@pytest.mark.parametrize("cut", [1, 3, 9, 40, 60, 150, 300, 420])
def test_a_plain_part_that_was_cut_costs_its_last_record(
    tmp_path: Path, way: str, cut: int
) -> None:
    plain = part(tmp_path, "a")
    kept, rejected = outcomes(tmp_path / "x.warc", plain[:-cut] + WAYS[way](part(tmp_path, "b")))
    found = [each.url for each in kept]
    assert found[-PAGES:] == urls("b")
    assert set(found) <= set(urls("a", "b"))
    assert all(b"\x1f\x8b" not in each.payload.content for each in kept if each.payload)
    assert rejected or found == urls("a", "b")


def test_junk_that_looks_like_members_takes_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    for junk in (b"\x50\x2a\x4d\x18", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"):
        path.write_bytes(part(tmp_path, "a") + junk * 500_000 + part(tmp_path, "b"))
        start = time.process_time()
        items = list(read_warc(path))
        assert time.process_time() - start < 15
        assert [each.url for each in items if isinstance(each, Document)] == urls("a", "b")


def urls(*names: str) -> list[str]:
    return [f"https://{name}.example/{n}" for name in names for n in range(PAGES)]


@pytest.mark.parametrize(("first", "second"), list(product(WAYS, WAYS)))
def test_all_of_both_is_read(tmp_path: Path, first: str, second: str) -> None:
    one, other = part(tmp_path, "a"), part(tmp_path, "b")
    alone, _ = outcomes(tmp_path / "x.warc", other)
    kept, rejected = outcomes(tmp_path / "x.warc", WAYS[first](one) + WAYS[second](other))
    assert [each.url for each in kept] == urls("a", "b")
    assert not rejected
    assert [each.payload for each in kept[PAGES:]] == [each.payload for each in alone]


@given(
    st.lists(st.sampled_from(sorted(WAYS)), min_size=2, max_size=5),
    st.integers(0, 4),
    st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_damage_in_one_part_leaves_the_others(
    tmp_path_factory: pytest.TempPathFactory, ways: list[str], hit: int, share: float
) -> None:
    folder = tmp_path_factory.mktemp("mixed")
    names = [f"p{number}" for number in range(len(ways))]
    parts = [
        bytearray(WAYS[way](part(folder, name))) for way, name in zip(ways, names, strict=True)
    ]
    if hit < len(ways) and ways[hit] != "plain":
        first = 0 if hit else 20  # by which the file is recognised
        parts[hit][first + int(share * (len(parts[hit]) - first - 1))] ^= 0x55
    kept, rejected = outcomes(folder / "x.warc", b"".join(parts))
    found = [each.url for each in kept]
    whole = urls(*(name for number, name in enumerate(names) if number != hit))
    assert [url for url in found if url in set(whole)] == whole
    # Not every compression has a check sum: what is damaged may be read as something else.
    assert len(set(found) - set(whole)) == len(found) - len(whole) <= PAGES
    if hit >= len(ways) or ways[hit] == "plain":
        assert not rejected
