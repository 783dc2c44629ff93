"""Records out of XML files of any state, and what must never be read out of them."""

import bz2
import gzip
import hashlib
import io
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from corpora import xml_records
from corpora.document import OffsetBase, Rejected
from corpora.errors import CorpusError
from corpora.xml_records import (
    XmlRecord,
    attribute,
    find_root,
    parse_fragment,
    parse_record,
    read_root,
    read_xml_records,
)
from corpora.xml_scan import Piece, Scanner, Trouble

NAMES = frozenset(("page",))
Outcome = XmlRecord | Rejected


def read(folder: Path, data: bytes, name: str = "dump.xml") -> list[Outcome]:
    path = folder / name
    path.write_bytes(data)
    return list(read_xml_records(path, NAMES))


def told(outcomes: Sequence[Outcome]) -> list[str]:
    return [each.reason if isinstance(each, Rejected) else each.data.decode() for each in outcomes]


def parsed_text(outcome: Outcome) -> str:
    assert isinstance(outcome, XmlRecord), outcome
    root = parse_record(outcome)
    return root.reason if isinstance(root, Rejected) else "".join(root.itertext())


def test_places_and_digests_lead_back_to_the_bytes(tmp_path: Path) -> None:
    data = (
        b'<?xml version="1.0"?>\n<w>\n  <page>\xc3\xa9 1</page>\n\n<page a="x">2</page><page/></w>'
    )
    outcomes = read(tmp_path, data)
    assert told(outcomes) == ["<page>é 1</page>", '<page a="x">2</page>', "<page/>"]
    for outcome in outcomes:
        assert isinstance(outcome, XmlRecord)
        source = outcome.source
        assert source.base is OffsetBase.FILE
        assert source.length is not None
        cut = data[source.offset : source.offset + source.length]
        assert cut == outcome.data
        assert source.digest == f"sha256:{hashlib.sha256(cut).hexdigest()}"
        assert outcome.prolog == data[: data.index(b"<page>")]


@pytest.mark.parametrize("name", ["dump.xml.gz", "dump.xml.bz2"])
def test_compressed_files_count_bytes_of_the_stream(tmp_path: Path, name: str) -> None:
    data = b"<w>" + b"".join(b"<page>%d</page>\n" % number for number in range(20_000)) + b"</w>"
    compress = gzip.compress if name.endswith("gz") else bz2.compress
    half = len(data) // 2
    outcomes = read(tmp_path, compress(data[:half]) + compress(data[half:]), name)
    assert len(outcomes) == 20_000
    for outcome in outcomes[::997]:
        assert isinstance(outcome, XmlRecord)
        assert outcome.source.base is OffsetBase.STREAM
        assert data[outcome.source.offset :].startswith(outcome.data)


def test_every_record_that_an_xml_parser_sees(tmp_path: Path) -> None:
    data = (
        b"<!DOCTYPE w [<!ENTITY e '<page>no</page>'>]><w><!-- <page>no</page> -->"
        b"<?pi <page> ?><page>1<![CDATA[</page><page>]]></page>"
        b"<pages/><page\n>2<!-- </page> --></page ><x:page xmlns:x='u'>3</x:page></w>"
    )
    expected = [
        "".join(element.itertext(etree.Element))
        for _, element in etree.iterparse(io.BytesIO(data), remove_comments=True)
        if etree.QName(element).localname == "page"
    ]
    assert [parsed_text(outcome) for outcome in read(tmp_path, data)] == expected
    assert expected == ["1</page><page>", "2", "3"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<w><page>1<page>2</page></w>", ["record cut off", "<page>2</page>"]),
        (b"<w><page>1</page><page>2", ["<page>1</page>", "record cut off"]),
        (b"<w>1</page><page>2</page>", ["record without a start tag", "<page>2</page>"]),
        (b"<page>1<!-- <page>2</page><page>3<!-- x --></page>",
         ["record cut off", "<page>2</page>", "<page>3<!-- x --></page>"]),
        (b"<page>1<![CDATA[ <page>2</page>", ["record cut off", "<page>2</page>"]),
        (b"<page>1</pag><page>2</page>", ["record cut off", "<page>2</page>"]),
        (b"<w><page>1</page><!-- <page>2</page>", ["<page>1</page>", "<page>2</page>"]),
        (b"<!DOCTYPE w [ <page>1</page>", ["<page>1</page>"]),
        (b"<page <page>1</page>", ["record cut off", "<page>1</page>"]),
        (b"<w></w>", ["no record"]),
        (b"\xff\xfe<", ["no record"]),
    ],
)  # fmt: skip
def test_what_is_broken_costs_itself(tmp_path: Path, data: bytes, expected: list[str]) -> None:
    assert told(read(tmp_path, data)) == expected


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_file_cut_off_inside_its_compression(tmp_path: Path, cut: float) -> None:
    pages = [
        b"<page>%s</page>" % hashlib.sha256(b"%d" % n).hexdigest().encode() for n in range(9_000)
    ]
    packed = gzip.compress(b"<w>" + b"".join(pages) + b"</w>")
    outcomes = read(tmp_path, packed[: int(len(packed) * cut)], "dump.xml.gz")
    *whole, last = outcomes
    assert told(whole) == [page.decode() for page in pages[: len(whole)]]
    assert len(whole) > 9_000 * cut * 0.9
    assert isinstance(last, Rejected)
    assert (last.reason, last.damaged) == ("record cut off", True)


def test_a_broken_member_costs_its_own_records(tmp_path: Path) -> None:
    members = [bz2.compress(b"<page>%d</page>" % number * 50) for number in range(4)]
    broken = bytearray(members[1])
    broken[len(broken) // 2 :] = bytes(len(broken) - len(broken) // 2)
    outcomes = read(tmp_path, members[0] + bytes(broken) + members[2] + members[3], "d.xml.bz2")
    kept = [each for each in told(outcomes) if each.startswith("<page>")]
    assert {"<page>0</page>", "<page>2</page>", "<page>3</page>"} <= set(kept)
    assert sum(isinstance(each, Rejected) and each.damaged for each in outcomes) >= 1


def test_giant_records_are_passed_over_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_records, "MAX_RECORD_BYTES", 1_000_000)
    path = tmp_path / "dump.xml"
    with path.open("wb") as file:
        file.write(b"<w><page>1</page><page>")
        for _ in range(200):
            file.write(b"x" * 200_000)
        file.write(b"</page><page>2</page></w>")
    tracemalloc.start()
    outcomes = list(read_xml_records(path, NAMES))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told(outcomes) == ["<page>1</page>", "record too large", "<page>2</page>"]
    assert outcomes[1].source.length == 40_000_013
    assert peak < 12_000_000


def test_too_many_tags_are_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_records, "MAX_MARKUP", 100)
    (record,) = read(tmp_path, b"<page>" + b"<a/>" * 200 + b"</page>")
    assert parsed_text(record) == "record too large"


BOMB = (
    b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b"<w><page>&c; &f; &nbsp;&alpha;&hellip; &amp;lt; <![CDATA[&nbsp;]]></page></w>"
)


def test_no_entity_expands_and_no_file_is_fetched(tmp_path: Path) -> None:
    (record,) = read(tmp_path, BOMB)
    assert parsed_text(record) == "&c; &f; \xa0α… &lt; &nbsp;"


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" * 100_000,
        b"<a>" * 300 + b"</a>" * 300,
        b"\xff\xfe",
        b"a\x0bb",
        b"<a></b>",
        b"&",
        b"<a b>",
    ],
)
def test_broken_content_rejects_its_record_alone(tmp_path: Path, content: bytes) -> None:
    first, second = read(tmp_path, b"<w><page>" + content + b"</page><page>ok</page></w>")
    assert isinstance(first, XmlRecord)
    rejected = parse_record(first)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.damaged) == ("broken xml", True)
    assert rejected.source == first.source
    assert parsed_text(second) == "ok"


def test_encodings(tmp_path: Path) -> None:
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><w><page>é</page></w>'.encode("latin-1")
    assert [parsed_text(each) for each in read(tmp_path, latin)] == ["é"]
    marked = b"\xef\xbb\xbf" + "<page>é</page>".encode()
    assert [parsed_text(each) for each in read(tmp_path, marked)] == ["é"]
    unknown = b'<?xml version="1.0" encoding="none-such"?><w><page>a</page></w>'
    assert [parsed_text(each) for each in read(tmp_path, unknown)] == ["broken xml"]


def test_utf_16_keeps_its_places(tmp_path: Path) -> None:
    data = '<?xml version="1.0" encoding="UTF-16"?><w>é<page>𝔸1</page> <page>2</page></w>'.encode(
        "utf-16"
    )
    outcomes = read(tmp_path, data)
    assert [parsed_text(each) for each in outcomes] == ["𝔸1", "2"]
    for outcome, text in zip(outcomes, ("<page>𝔸1</page>", "<page>2</page>"), strict=True):
        source = outcome.source
        assert source.length is not None
        assert data[source.offset : source.offset + source.length] == text.encode("utf-16-le")


def test_prefixes_declared_around_a_record(tmp_path: Path) -> None:
    data = b"<w xmlns:m='urn:m'><page><m:i m:href='x'>a</m:i><y xmlns='urn:y'>b</y></page></w>"
    (record,) = read(tmp_path, data)
    assert isinstance(record, XmlRecord)
    root = parse_record(record)
    assert not isinstance(root, Rejected)
    assert [element.tag for element in root.iter()] == ["page", "i", "y"]
    assert attribute(root[0], "href") == "x"
    assert attribute(root[0], "other") is None


def test_empty_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is empty"):
        read(tmp_path, b" \n")
    with pytest.raises(CorpusError, match="cannot be read"):
        list(read_xml_records(tmp_path / "none.xml", NAMES))
    assert read_root(tmp_path / "none.xml") is None


def test_skipping_leaves_out_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(b"<w><page>1</page><page>2<page>3</page></w>")
    whole = list(read_xml_records(path, NAMES))
    assert list(read_xml_records(path, NAMES, None, 2)) == whole[2:]


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <a> --><!DOCTYPE b [ <!ELEMENT b ANY> ]>\n<b:c x=""/>', "c"),
        ("<?xml version='1.0'?><TEI/>".encode("utf-16"), "TEI"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"text <a>", None),
        (b'{"a": "<b>"}', None),
        (b"<!-- never closed <a>", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_first_element(start: bytes, name: str | None) -> None:
    root = find_root(start)
    assert (root.name if root else None) == name


def test_fragments() -> None:
    root = parse_fragment(b"<a><b>1</b></a>")
    assert root is not None
    assert root[0].text == "1"
    assert parse_fragment(b"<a><b>1</a>") is None


PARTS = st.sampled_from([
    b"<page>", b"</page>", b"<page a='1'>", b"<page/>", b"<!--", b"-->", b"--", b"<![CDATA[", b"]]>",
    b"<?", b"?>", b"<!DOCTYPE", b"[", b"]>", b">", b"<", b"/", b"<pages>", b"text", b"<x:page>", b"</x:page >",
])  # fmt: skip


@given(st.lists(PARTS, max_size=30), st.integers(1, 40))
def test_blocks_do_not_matter(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)
    whole = Scanner(NAMES, 1_000)
    expected = [*whole.feed(data), *whole.close()]
    split = Scanner(NAMES, 1_000)
    pieces: list[Piece] = []
    for start in range(0, len(data), size):
        pieces += split.feed(data[start : start + size])
    pieces += split.close()
    assert pieces == expected
    for piece in pieces:
        if piece.trouble is None:
            assert data[piece.offset : piece.offset + piece.length] == piece.data
    ends = [piece.offset + piece.length for piece in pieces]
    assert all(end <= piece.offset for end, piece in zip(ends, pieces[1:], strict=False))
    assert {piece.trouble for piece in pieces} <= {*Trouble, None}


@pytest.mark.parametrize(
    "part", [b"<!--", b"<!-- -", b"<![CDATA[", b"<?", b"<!DOCTYPE", b"<!DOCTYPE [", b"<page", b"<page>", b"</page>", b"<", b"<page><!-- "]
)  # fmt: skip
def test_hostile_files_take_linear_time(tmp_path: Path, part: bytes) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(part * (1_500_000 // len(part)) + b"<page>1</page>")
    start = time.perf_counter()
    count = sum(1 for _ in read_xml_records(path, NAMES))
    assert count >= 1
    assert time.perf_counter() - start < 20
