"""`warc check` finds what was planted, nothing in sound files, and agrees with warcio on digests."""

import base64
import gzip
import hashlib
import os
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from corpora import warc_check
from corpora.digests import parse_digest
from corpora.document import Rejected
from corpora.errors import CorpusError
from corpora.warc_check import Check, Finding, checks
from corpora.warc_rules import Severity
from corpora.warc_writer import Exchange, write_warc

WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
PAYLOAD = b"<html><p>Relevance is never sold for trust.</p></html>"
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAYLOAD)
BLOCK = HTTP + PAYLOAD


def sha1(data: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(data).digest()).decode()}"


SOUND = {
    "WARC-Type": "response",
    "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000001>",
    "WARC-Date": "2024-05-06T07:08:09Z",
    "WARC-Target-URI": "https://example.org/",
    "WARC-Block-Digest": sha1(BLOCK),
    "WARC-Payload-Digest": sha1(PAYLOAD),
    "Content-Type": "application/http; msgtype=response",
}


def record(block: bytes = BLOCK, *extra: str, **changes: str | None) -> bytes:
    """A sound record, but for what is changed (None takes a field away) and added.

    `version` changes the first line, `end` (an escaped string) what follows the block.
    """
    version, ending = changes.pop("version", "1.1"), changes.pop("end", r"\r\n\r\n")
    end = (ending or "").encode().decode("unicode_escape").encode()
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    fields = {**SOUND, "Content-Length": str(len(block)), **named}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    head = "\r\n".join([f"WARC/{version}", *lines, *extra])
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + block + end


def findings(path: Path) -> list[Finding]:
    return [
        finding
        for check in checks(path)
        if isinstance(check, Check)
        for finding in check.findings()
    ]


def rules(folder: Path, *records: bytes) -> list[str]:
    path = folder / "a.warc"
    path.write_bytes(b"".join(records))
    return [f"{each.severity} {each.rule}" for each in findings(path)]


def with_body(body: bytes, *headers: str, **changes: str | None) -> bytes:
    block = "\r\n".join(["HTTP/1.1 200 OK", *headers]).encode() + b"\r\n\r\n" + body
    return record(block, WARC_Block_Digest=None, WARC_Payload_Digest=None, **changes)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def test_a_sound_record_is_clean(tmp_path: Path) -> None:
    assert rules(tmp_path, record()) == []
    assert rules(tmp_path, record(version="1.0")) == []
    bare = record(WARC_Block_Digest=None, WARC_Payload_Digest=None)
    assert rules(tmp_path, bare) == []


PLANTED = [
    (record(version="2.0"), "error unknown version"),
    (record(version="0.18"), "warning old version"),
    (record(WARC_Record_ID=None), "error missing header"),
    (record(WARC_Date=None), "error missing header"),
    (record(WARC_Type=None), "error missing header"),
    (record(WARC_Target_URI=None), "error missing header"),
    (record(WARC_Type="revisit", WARC_Refers_To="<urn:x:1>", Content_Length=str(len(BLOCK))),
     "error missing header"),
    (record(Content_Type=None), "warning missing header"),
    (record(WARC_Type="novelty"), "warning unknown record type"),
    (record(BLOCK, "no colon here"), "error header syntax"),
    (record(BLOCK, "Bad name: x"), "error header syntax"),
    (record(BLOCK, "X-Name : x"), "error header syntax"),
    (record(BLOCK, "X-Name: \udcff"), "error header syntax"),
    (record().replace(b"WARC-Type: response\r\n", b"WARC-Type: response\n"),
     "error header syntax"),
    (record(BLOCK, "X-Name: a", " folded"), "warning folded header"),
    (record(BLOCK, "warc-type: response"), "error duplicate header"),
    (record(WARC_Date="2024-05-06"), ""),
    (record(WARC_Date="2024-05-06", version="1.0"), "error bad date"),
    (record(WARC_Date="2024-05-06T07:08:09.123456789Z"), ""),
    (record(WARC_Date="2024-13-06T07:08:09Z"), "error bad date"),
    (record(WARC_Date="2008-10-294T05:21:46-0700"), "error bad date"),
    (record(WARC_Date="20240506070809"), "error bad date"),
    (record(WARC_Target_URI="https://example.org/a b"), "error bad uri"),
    (record(WARC_Target_URI="example.org"), "error bad uri"),
    (record(WARC_Target_URI="<https://example.org/>"), "warning bad uri"),
    (record(WARC_Target_URI="dns:example.org", WARC_Type="resource"), ""),
    (record(WARC_Record_ID="urn:uuid:1"), "error bad record id"),
    (record(WARC_Record_ID="<1>"), "error bad record id"),
    (record(WARC_Block_Digest=sha1(b"other")), "error block digest"),
    (record(WARC_Payload_Digest=sha1(b"other")), "error payload digest"),
    (record(WARC_Payload_Digest="sha1:1112"), "error bad digest"),
    (record(WARC_Payload_Digest="crc32:1112"), "warning unknown digest"),
    (record(end=""), "error missing line ends"),
    (record(end=r"\r\n"), "error missing line ends"),
    (record(end=r"\n\n"), "error missing line ends"),
    (record(Content_Length=str(len(BLOCK) - 4)), "error bytes outside records"),
    (record(Content_Length=str(len(BLOCK) + 99)), "error record cut off"),
    (record(Content_Length=None), "error no content length"),
    (with_body(PAYLOAD, "Content-Length: 5"), "warning http content length"),
    (with_body(PAYLOAD, "Transfer-Encoding: chunked"), "warning stored decoded"),
    (with_body(PAYLOAD, "Content-Encoding: gzip"), "warning stored decoded"),
    (with_body(b"4\r\nabcd\r\nxx", "Transfer-Encoding: chunked"), "error broken chunked encoding"),
    (with_body(b"\x1f\x8b\x08" + b"x" * 99, "Content-Encoding: gzip"),
     "error broken content encoding"),
    (with_body(b"4\r\nabcd\r\n", "Transfer-Encoding: chunked"), "error body ends early"),
    (with_body(gzip.compress(PAYLOAD)[:-4], "Content-Encoding: gzip"), "error body ends early"),
    (record(WARC_Truncated="length"), "warning truncated by the crawler"),
    (with_body(PAYLOAD, "Content-Encoding: sdch"), "warning unknown content encoding"),
    (record(b"nothing of HTTP", WARC_Block_Digest=None, WARC_Payload_Digest=None),
     "error broken http header"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), PLANTED)
def test_what_was_planted_is_found(tmp_path: Path, made: bytes, expected: str) -> None:
    found = rules(tmp_path, made)
    if not expected:
        assert found == []
        return
    assert expected in found
    # What follows is checked as if nothing had been.
    following = record(WARC_Record_ID="<urn:uuid:2>")
    if "cut off" not in expected:
        assert expected in rules(tmp_path, made, following)


@pytest.mark.parametrize("stated", [
    f"sha1:{hashlib.sha1(PAYLOAD).hexdigest()}", sha1(PAYLOAD), sha1(PAYLOAD).lower(),
    f"SHA-256:{hashlib.sha256(PAYLOAD).hexdigest()}", f"md5:{hashlib.md5(PAYLOAD).hexdigest()}",
    f"md5:{base64.b32encode(hashlib.md5(PAYLOAD).digest()).decode()}",
    f"sha256:{base64.b64encode(hashlib.sha256(PAYLOAD).digest()).decode()}",
    f"sha512:{base64.b32encode(hashlib.sha512(PAYLOAD).digest()).decode().rstrip('=')}",
])  # fmt: skip
def test_digests_in_every_spelling(tmp_path: Path, stated: str) -> None:
    assert rules(tmp_path, record(WARC_Payload_Digest=stated)) == []
    other = record(PAYLOAD.replace(b"trust", b"money"), Content_Type="text/html",
                   WARC_Type="resource", WARC_Block_Digest=stated, WARC_Payload_Digest=None)  # fmt: skip
    assert rules(tmp_path, other) == ["error block digest"]


def test_payload_digests_with_and_without_transfer_encoding(tmp_path: Path) -> None:
    body = chunked(PAYLOAD)
    for digest in (sha1(PAYLOAD), sha1(body)):
        made = record(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
            WARC_Block_Digest=None, WARC_Payload_Digest=digest,
        )  # fmt: skip
        assert rules(tmp_path, made) == []
    packed = gzip.compress(PAYLOAD)
    made = record(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed,
        WARC_Block_Digest=None, WARC_Payload_Digest=sha1(PAYLOAD),
    )  # fmt: skip
    assert rules(tmp_path, made) == ["warning payload digest"]


def test_ids_are_unique_and_revisits_have_originals(tmp_path: Path) -> None:
    assert rules(tmp_path, record(), record()) == ["error duplicate record id"]
    again = {
        "WARC_Type": "revisit", "WARC_Record_ID": "<urn:uuid:2>", "WARC_Profile": "http://p/q",
        "WARC_Block_Digest": None,
    }  # fmt: skip
    assert rules(tmp_path, record(HTTP, **again), record()) == []
    lost = record(HTTP, **{**again, "WARC_Payload_Digest": sha1(b"elsewhere")})
    assert rules(tmp_path, lost, record()) == ["warning revisit without original"]


def test_memory_of_ids_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_check, "_MAX_IDS", 3)
    made = [record(WARC_Record_ID=f"<urn:x:{n}>") for n in range(9)]
    assert rules(tmp_path, *made) == ["warning not compared"]


def test_compression_by_record(tmp_path: Path) -> None:
    one, two = record(), record(WARC_Record_ID="<urn:uuid:2>")
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(one) + gzip.compress(two))
    assert findings(path) == []
    path.write_bytes(gzip.compress(one + two))
    (found,) = findings(path)
    assert (found.rule, found.is_stream) == ("compressed together", True)
    path.write_bytes(gzip.compress(one) + gzip.compress(two)[:-9])
    (found,) = findings(path)
    assert (found.severity, found.rule) == (Severity.ERROR, "record cut off")
    assert found.offset == len(gzip.compress(one))


def test_what_the_writer_writes_is_clean(tmp_path: Path) -> None:
    for name in ("a.warc", "a.warc.gz"):
        path = tmp_path / name
        write_warc(path, [Exchange(f"https://example.org/{n}", WHEN, PAYLOAD) for n in range(3)])
        (check,) = checks(path)
        assert isinstance(check, Check)
        assert list(check.findings()) == []
        assert check.records == 3


def test_archives_in_packages_are_checked_each(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/a.warc", record())
        package.writestr("archive/b.warc.gz", gzip.compress(record(WARC_Date="never")))
    first, second = checks(path)
    assert isinstance(first, Check)
    assert isinstance(second, Check)
    assert (first.name, list(first.findings())) == (f"{path}!/archive/a.warc", [])
    assert [each.rule for each in second.findings()] == ["bad date"]
    path.write_bytes(path.read_bytes()[:-30])
    assert [type(each) for each in checks(path)] == [Rejected, Check, Check]


def test_files_that_hold_no_record_cannot_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    for data in (b"", b"nothing\n" * 99, b"\x1f\x8b\x08\x00"):
        path.write_bytes(data)
        with pytest.raises(CorpusError, match="holds no WARC or ARC record"):
            findings(path)
    with pytest.raises(CorpusError, match="No such file"):
        findings(tmp_path / "absent")


def test_a_huge_record_is_checked_in_constant_memory(tmp_path: Path) -> None:
    size = 300 * 1024 * 1024
    path = tmp_path / "a.warc"
    head = record(b"", WARC_Type="resource", Content_Type="video/mp4", Content_Length=str(size),
                  WARC_Payload_Digest=None)  # fmt: skip
    with path.open("wb") as file:
        file.write(head[:-4])
        file.truncate(len(head) - 4 + size)
        file.seek(0, os.SEEK_END)
        file.write(b"\r\n\r\n")
    tracemalloc.start()
    try:
        assert [each.rule for each in findings(path)] == ["block digest"]
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
    finally:
        tracemalloc.stop()


@given(payload=st.binary(max_size=200), block_ok=st.booleans(), payload_ok=st.booleans(),
       spelling=st.sampled_from(["hex", "base32"]))  # fmt: skip
def test_digests_agree_with_warcio(
    tmp_path_factory: pytest.TempPathFactory,
    payload: bytes,
    block_ok: bool,
    payload_ok: bool,
    spelling: str,
) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + payload

    def state(data: bytes, is_right: bool) -> str:
        digest = hashlib.sha1(data if is_right else data + b"!").digest()
        return "sha1:" + (digest.hex() if spelling == "hex" else base64.b32encode(digest).decode())

    path = tmp_path_factory.mktemp("c") / "a.warc"
    path.write_bytes(
        record(block, WARC_Block_Digest=state(block, block_ok),
               WARC_Payload_Digest=state(payload, payload_ok))
    )  # fmt: skip
    with path.open("rb") as file:
        (read,) = (
            (each, each.content_stream().read())
            for each in ArchiveIterator(file, check_digests=True)
        )
        problems = read[0].digest_checker.problems
    ours = {each.rule for each in findings(path)} & {"block digest", "payload digest"}
    assert ours == {
        f"{kind} digest" for kind in ("block", "payload")
        if any(problem.startswith(kind) for problem in problems)
    }  # fmt: skip


@given(st.lists(st.sampled_from([record(), record(end=""), record(Content_Length="7"), b"\x00",
                                 record(Content_Length="99999999"), gzip.compress(record()),
                                 gzip.compress(record())[:-5], b"WARC/1.0\r\n\r\n", b"\r\n",
                                 b"http://x.org/ 1.1.1.1 20240101000000 a/b 3\nabc\n"]), max_size=6),
       st.booleans())  # fmt: skip
def test_any_file_is_checked_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], is_packed: bool
) -> None:
    path = tmp_path_factory.mktemp("m") / "a.warc"
    data = b"".join(parts)
    path.write_bytes(gzip.compress(data) if is_packed else data)
    try:
        offsets = [each.offset for each in findings(path)]
    except CorpusError:
        return
    assert all(0 <= offset <= len(data) for offset in offsets)


@given(st.text(max_size=60))
def test_any_text_is_a_digest_or_none(stated: str) -> None:
    digest = parse_digest(stated)
    assert digest is None or hashlib.new(digest.algorithm).digest_size == len(digest.value)


# Real files.

DATA = Path(os.environ.get("AUCTOR_DATA", "/nowhere"), "warc")


@pytest.mark.skipif(not DATA.is_dir(), reason="AUCTOR_DATA names no folder with real archives")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("warcio/example.warc.gz", set()),
        ("warcio/example.warc", set()),
        ("whirlwind/whirlwind.warc.gz", set()),
        ("aut/warc/issue-493.warc", set()),
        ("warcio/example-digest.warc", {"bad digest", "duplicate record id"}),
        ("warcio/example-bad.warc.gz.bad", {"compressed together"}),
        ("warcio/example-wget-bad-target-uri.warc.gz", {"bad uri"}),
        ("warcio/example-space-in-target-uri.warc.gz", {"bad uri"}),
        ("warcio/bad.arc", {"no content length"}),
        ("resiliparse/clipped.warc.gz", {"record cut off"}),
        ("warcio/example-trunc.warc", {"block digest", "payload digest", "http content length",
                                       "missing line ends", "bytes outside records",
                                       "body ends early"}),
    ],
)  # fmt: skip
def test_bad_samples_are_known_for_what_they_are(name: str, expected: set[str]) -> None:
    assert {each.rule for each in findings(DATA / name)} == expected
