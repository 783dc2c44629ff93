"""Archives compressed as a whole that are cut or broken: every record in front of it is read."""

import gzip
import random
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Rejected
from corpora.errors import CorpusError
from corpora.readers.warc import Exchange, read_warc, write_warc

DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A plain archive of six pages that hardly compress."""
    dice = random.Random(7)
    pages = []
    for number in range(6):
        words = ("".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(90))
        html = f"<title>{number}</title><p>{' '.join(words)}</p>"
        pages.append(Exchange(f"https://{number}.example/", DAY, html.encode()))
    path = tmp_path_factory.mktemp("whole") / "x.warc"
    write_warc(path, pages)
    return path.read_bytes()


def decodable(content: bytes) -> int:
    """How many bytes zlib gets out of it, one after the other."""
    stream = zlib.decompressobj(31)
    size = 0
    try:
        for number in range(len(content)):
            size += len(stream.decompress(content[number : number + 1]))
    except zlib.error:
        pass
    return size


def read(path: Path, content: bytes) -> tuple[list[Document], list[Rejected]]:
    path.write_bytes(content)
    items = list(read_warc(path))
    return (
        [each for each in items if isinstance(each, Document)],
        [each for each in items if isinstance(each, Rejected)],
    )


@given(st.floats(0, 1), st.booleans())
def test_what_precedes_a_break_is_read(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, share: float, is_cut: bool
) -> None:
    packed = bytearray(gzip.compress(whole, mtime=0))
    at = int(share * (len(packed) - 1))
    if is_cut:
        del packed[at:]
    else:
        packed[at] ^= 0x55
    starts = [n for n in range(len(whole)) if whole.startswith(b"WARC/1.", n)]
    ends = [*starts[1:], len(whole)]
    intact = sum(end <= decodable(bytes(packed[:at])) for end in ends)
    try:
        documents, rejected = read(tmp_path_factory.mktemp("broken") / "x.warc.gz", bytes(packed))
    except CorpusError:
        assert not intact
        return
    urls = [f"https://{number}.example/" for number in range(6)]
    assert [each.url for each in documents][:intact] == urls[:intact]
    if is_cut:
        # The last one may be whole without its blank lines.
        assert len(documents) in (intact, intact + 1)
        assert [each.damaged for each in rejected] == [True]


def test_it_is_told_how_much_is_lost(tmp_path: Path, whole: bytes) -> None:
    packed = bytearray(gzip.compress(whole, mtime=0))
    middle = len(packed) // 2
    packed[middle : middle + 8] = b"\xff" * 8
    documents, rejected = read(tmp_path / "x.warc.gz", bytes(packed))
    assert len(documents) >= 2
    assert rejected[-1].reason == "broken gzip"
    assert "the rest of the file, at most" in rejected[-1].detail


def test_a_member_of_its_own_costs_only_its_record(tmp_path: Path, whole: bytes) -> None:
    starts = [n for n in range(len(whole)) if whole.startswith(b"WARC/1.", n)]
    parts = [gzip.compress(whole[a:b]) for a, b in zip(starts, [*starts[1:], None], strict=True)]
    broken = bytearray(parts[2])
    broken[-6] ^= 1  # the check sum
    documents, (rejected,) = read(
        tmp_path / "x.warc.gz", b"".join([*parts[:2], bytes(broken), *parts[3:]])
    )
    assert len(documents) == 5
    assert rejected.source.offset == len(parts[0]) + len(parts[1])
    assert "rest of the file" not in rejected.detail
