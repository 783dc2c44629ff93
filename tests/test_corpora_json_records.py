"""JSON of every layout: objects with their places, whatever is broken between them."""

import gzip
import hashlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import json_records, json_split
from corpora.document import OffsetBase, Rejected, SourceRef
from corpora.json_head import first_object
from corpora.json_records import read_json_records
from corpora.json_split import split_objects

Record = tuple[SourceRef, dict[str, object]] | Rejected

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
things = st.dictionaries(st.text(max_size=4), anything, max_size=3)


def read(folder: Path, data: bytes | str, name: str = "a.json") -> list[Record]:
    path = folder / name
    raw = data.encode() if isinstance(data, str) else data
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return list(read_json_records(path))


def values(records: list[Record]) -> list[object]:
    return [each.reason if isinstance(each, Rejected) else each[1] for each in records]


def check_places(records: list[Record], data: bytes) -> None:
    for record in records:
        source = record.source if isinstance(record, Rejected) else record[0]
        assert source.length is not None
        stretch = data[source.offset : source.offset + source.length]
        assert source.digest == f"sha256:{hashlib.sha256(stretch).hexdigest()}"


def write_as(layout: str, objects: list[dict[str, object]]) -> str:
    match layout:
        case "lines":
            return "\n".join(json.dumps(each) for each in objects)
        case "array":
            return json.dumps(objects)
        case "pretty array":
            return json.dumps(objects, indent=2)
        case "array of lines":
            return "[\n" + ",\n".join(json.dumps(each) for each in objects) + "\n]\n"
        case "pretty objects":
            return "\n".join(json.dumps(each, indent=1) for each in objects)
    raise AssertionError(layout)


LAYOUTS = ["lines", "array", "pretty array", "array of lines", "pretty objects"]


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_objects(tmp_path: Path, layout: str, name: str) -> None:
    objects: list[dict[str, object]] = [
        {"a": 'quote " brace } \\', "b": [{"c": "é\u2028"}, {}]},
        {"n": 1},
        {"deep": {"er": {"est": [[], [{}]]}}},
    ]
    text = write_as(layout, objects).encode()
    for mark in (b"", b"\xef\xbb\xbf"):
        records = read(tmp_path, mark + text, name)
        assert values(records) == objects
        if not mark:
            check_places(records, text)
        base = OffsetBase.STREAM if name.endswith(".gz") else OffsetBase.FILE
        assert all(not isinstance(each, Rejected) and each[0].base is base for each in records)


@given(
    st.lists(things, min_size=1, max_size=5), st.sampled_from([None, 0, 1, 3]), st.integers(1, 40)
)
def test_split_finds_what_json_finds(
    objects: list[dict[str, object]], indent: int | None, block_bytes: int
) -> None:
    data = json.dumps(objects, indent=indent).encode()
    stream = io.BytesIO(data)
    pieces = list(split_objects(lambda size: stream.read(min(size, block_bytes)), 10**6))
    assert [json.loads(piece.data) for piece in pieces] == objects
    for piece in pieces:
        assert data[piece.offset : piece.offset + piece.length] == piece.data


@given(
    st.binary(max_size=60) | st.text('{}[]",\\\n a:1', max_size=60).map(str.encode),
    st.integers(1, 9),
    st.integers(1, 30),
)
def test_split_of_anything_advances_and_is_bounded(data: bytes, block: int, limit: int) -> None:
    stream = io.BytesIO(data)
    at = 0
    for piece in split_objects(lambda size: stream.read(min(size, block)), limit):
        assert piece.offset >= at
        assert piece.length > 0
        at = piece.offset + piece.length
        assert piece.data == data[piece.offset : at][: len(piece.data)]
        assert len(piece.data) == piece.length or len(piece.data) > limit
    assert at <= len(data)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ('[\n{"a":1},\n{"b":"x,\n{"c":3}\n]', [{"a": 1}, "broken json", {"c": 3}]),
        ('[\n{"a":1},\n{"b":{"x":1,\n{"c":3}\n]', [{"a": 1}, "broken json", {"c": 3}]),
        ('[\n{"a":1},\n{"b":1}},\n{"c":3}\n]', [{"a": 1}, {"b": 1}, "broken json", {"c": 3}]),
        ('[{"a":1}, 5, "x", {"c":3}]', [{"a": 1}, "not a json object", "not a json object", {"c": 3}]),
        ('[{"a":1}, {"c":', [{"a": 1}, "broken json"]),
        ('[\n  {\n    "a": {\n      "b": \n  },\n  {\n    "c": 3\n  }\n]', ["broken json", {"c": 3}]),
        ('{"a": 1,\n{"b": 2}\n{"c": 3}\n', ["broken json", {"b": 2}, {"c": 3}]),
        ("[]", ["not a json object"]),
    ],
)  # fmt: skip
def test_a_broken_object_costs_itself(tmp_path: Path, broken: str, expected: list[object]) -> None:
    records = read(tmp_path, broken)
    assert values(records) == expected
    check_places(records, broken.encode())


def test_objects_over_the_limit_are_rejected_and_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_records, "MAX_RECORD_BYTES", 100)
    monkeypatch.setattr(json_split, "_READ_BYTES", 64)
    long: dict[str, object] = {"a": "x" * 500}
    for layout in ("array", "pretty array", "array of lines"):
        records = read(tmp_path, write_as(layout, [{"b": 1}, long, {"c": 2}]))
        assert values(records) == [{"b": 1}, "record too large", {"c": 2}]
    endless = '[\n{"b": 1},\n{"a": ["' + "x" * 500 + '",\n{"c": 2}\n]'
    assert values(read(tmp_path, endless)) == [{"b": 1}, "record too large", {"c": 2}]


def test_a_page_stands_for_the_records_in_it(tmp_path: Path) -> None:
    page = {"meta": {"count": 2}, "results": [{"id": 1, "x": {}}, 7, {"id": 2}], "group_by": []}
    for text in (json.dumps(page), json.dumps(page, indent=2), json.dumps([page])):
        path = tmp_path / "page.json"
        path.write_text(text, encoding="utf-8")
        records = list(read_json_records(path, inside="results"))
        assert values(records) == [{"id": 1, "x": {}}, "not a json object", {"id": 2}]
        for record in (records[0], records[2]):
            assert not isinstance(record, Rejected)
            source = record[0]
            assert source.length is not None
            stretch = text.encode()[source.offset : source.offset + source.length]
            assert json.loads(stretch) == record[1]


def test_progress_grows_to_the_size(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"a": "x" * 1000}] * 2000), encoding="utf-8")
    seen: list[int] = []
    list(read_json_records(path, seen.append))
    assert seen == sorted(seen)
    assert seen[0] < seen[-1] <= path.stat().st_size


def test_a_broken_member_costs_its_lines(tmp_path: Path) -> None:
    members = [gzip.compress(json.dumps({"n": at}).encode() + b"\n") for at in range(4)]
    members[1] = members[1][:12] + b"\xff\xff\xff" + members[1][15:]
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"".join(members))
    records = list(read_json_records(path))
    assert values(records) == [{"n": 0}, "broken gzip", {"n": 2}, {"n": 3}]
    lengths = [r.source.length if isinstance(r, Rejected) else r[0].length for r in records]
    assert lengths == [len('{"n": 0}\n'), None, None, None]


def test_zstd_lines(tmp_path: Path) -> None:
    zstd = pytest.importorskip("backports.zstd")
    path = tmp_path / "a.json.zst"
    path.write_bytes(zstd.compress(b'{"n": 0}\n{"n": 1}\n'))
    assert values(list(read_json_records(path))) == [{"n": 0}, {"n": 1}]


@given(things, st.integers(0, 30))
def test_the_first_object_is_known_from_any_beginning(thing: dict[str, object], cut: int) -> None:
    text = json.dumps([thing, {"zzzzz": 1}]).encode()
    assert set(first_object(text)) == set(thing)
    assert set(first_object(text[:cut])) <= set(thing) | {""}
    for key, value in first_object(text).items():
        assert value.startswith(json.dumps(thing[key])[:200])


@given(st.binary(max_size=60))
def test_the_first_object_of_anything_is_found_or_not(data: bytes) -> None:
    assert isinstance(first_object(data), dict)
    assert isinstance(first_object(b'{"a": ' + data), dict)
