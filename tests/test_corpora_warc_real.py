"""Real archives, where they are to be had: exact counts, and warcio as oracle."""

import logging
import os
import zlib
from collections import Counter
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from corpora.document import Document, Rejected
from corpora.errors import CorpusError
from corpora.media import Media
from corpora.readers.warc import read_warc

DATA = Path(os.environ.get("AUCTOR_DATA", "/nowhere"), "warc")

COUNTS: dict[str, dict[str, int]] = {
    "aut/arc/badexample.arc.gz": {
        "bytes outside records": 1,
        "kept": 1,
        "not a web address": 1,
        "record cut off": 1,
        "record type warcinfo": 1,
        "wrong content length": 1,
    },
    "aut/arc/example.arc.gz": {
        "empty payload": 1,
        "kept": 129,
        "not a web address": 38,
        "media type that is not read": 84,
        "record type warcinfo": 1,
        "status 301": 2,
        "status 302": 5,
        "status 404": 40,
    },
    "aut/warc/example.docs.warc.gz": {
        "kept": 6,
        "media type that is not read": 3,
        "record type request": 9,
        "record type warcinfo": 3,
    },
    "aut/warc/example.pdf.warc.gz": {
        "kept": 3,
        "media type that is not read": 31,
        "record type request": 37,
        "record type warcinfo": 2,
        "status 302": 2,
        "status 404": 1,
    },
    "aut/warc/example.txt.warc.gz": {
        "kept": 2,
        "record type request": 2,
        "record type warcinfo": 2,
    },
    "aut/warc/example.warc.gz": {
        "empty payload": 1,
        "kept": 129,
        "not a web address": 38,
        "media type that is not read": 84,
        "record type metadata": 261,
        "record type request": 261,
        "record type warcinfo": 1,
        "status 301": 2,
        "status 302": 5,
        "status 404": 40,
    },
    "aut/warc/issue-493.warc": {
        "kept": 4,
        "media type that is not read": 10,
        "record type request": 15,
        "record type warcinfo": 2,
        "status 301": 1,
    },
    "aut/warc/issue-514.warc": {
        "kept": 1,
        "not a web address": 2,
        "record type metadata": 1,
        "record type request": 2,
        "record type warcinfo": 1,
        "status 307": 1,
    },
    "resiliparse/block-sized-records.warc": {"unknown record type": 3},
    "resiliparse/block-sized-records.warc.gz": {"unknown record type": 3},
    "resiliparse/block-sized-records.warc.lz4": {"unknown record type": 3},
    "resiliparse/clipped.warc.gz": {"record cut off": 1},
    "resiliparse/clueweb-quirk.warc.gz": {"kept": 29, "record type warcinfo": 1},
    "resiliparse/warcfile.warc": {
        "kept": 16,
        "record type metadata": 16,
        "record type request": 17,
        "record type warcinfo": 1,
    },
    "resiliparse/warcfile.warc.gz": {
        "kept": 16,
        "record type metadata": 16,
        "record type request": 17,
        "record type warcinfo": 1,
    },
    "resiliparse/warcfile.warc.lz4": {
        "kept": 16,
        "record type metadata": 16,
        "record type request": 17,
        "record type warcinfo": 1,
    },
    "warcio/bad.arc": {"broken http header": 1, "no content length": 3},
    "warcio/example-bad-non-chunked.warc.gz": {
        "kept": 2,
        "record type request": 2,
        "record type warcinfo": 2,
    },
    "warcio/example-bad.warc.gz.bad": {
        "kept": 2,
        "record type request": 2,
        "record type warcinfo": 1,
        "status 302": 1,
    },
    "warcio/example-digest.warc": {"record type request": 4},
    "warcio/example-iana.org-chunked.warc": {
        "kept": 1,
        "record type request": 1,
        "record type warcinfo": 1,
    },
    "warcio/example-resource.warc.gz": {"kept": 1, "record type warcinfo": 2},
    "warcio/example-space-in-target-uri.warc.gz": {
        "not a web address": 1,
        "record type warcinfo": 1,
    },
    "warcio/example-space-in-url.arc": {"record cut off": 1, "record type warcinfo": 1},
    "warcio/example-trunc.warc": {
        "bytes outside records": 1,
        "kept": 1,
        "record type request": 1,
        "record type warcinfo": 2,
    },
    "warcio/example-wget-bad-target-uri.warc.gz": {
        "kept": 1,
        "not a web address": 2,
        "record type metadata": 1,
        "record type request": 1,
        "record type warcinfo": 1,
    },
    "warcio/example-wrong-chunks.warc.gz": {"kept": 1, "record type request": 1},
    "warcio/example.arc": {"kept": 1, "record type warcinfo": 1},
    "warcio/example.arc.gz": {"kept": 1, "record type warcinfo": 1},
    "warcio/example.warc": {"kept": 2, "record type request": 2, "record type warcinfo": 2},
    "warcio/example.warc.gz": {"kept": 2, "record type request": 2, "record type warcinfo": 2},
    "warcio/post-test.warc.gz": {"media type that is not read": 3, "record type request": 3},
    "whirlwind/whirlwind.warc": {
        "kept": 1,
        "record type metadata": 1,
        "record type request": 1,
        "record type warcinfo": 1,
    },
    "whirlwind/whirlwind.warc.gz": {
        "kept": 1,
        "record type metadata": 1,
        "record type request": 1,
        "record type warcinfo": 1,
    },
    "whirlwind/whirlwind.warc.wat": {"record type metadata": 1, "record type warcinfo": 1},
    "whirlwind/whirlwind.warc.wat.gz": {"record type metadata": 1, "record type warcinfo": 1},
    "whirlwind/whirlwind.warc.wet": {"kept": 1, "record type warcinfo": 1},
    "whirlwind/whirlwind.warc.wet.gz": {"kept": 1, "record type warcinfo": 1},
}
# warcio itself stops at these, or holds another view; what is in them was looked at by hand.
BROKEN = frozenset(
    "bad.arc badexample.arc.gz clipped.warc.gz example-bad-non-chunked.warc.gz "
    "example-bad.warc.gz.bad example-space-in-url.arc example-trunc.warc "
    "example-wrong-chunks.warc.gz".split()
)


def real_archives() -> list[Path]:
    files = sorted(path for path in DATA.rglob("*") if path.is_file())
    return [path for path in files if ".warc" in path.name or ".arc" in path.name]


@pytest.mark.skipif(not real_archives(), reason="AUCTOR_DATA names no folder with real archives")
def test_real_archives_agree_with_warcio() -> None:
    logging.getLogger("warcio").setLevel(logging.ERROR)
    compared = 0
    for path in real_archives():
        is_broken = path.name in BROKEN or path.suffix == ".lz4"
        if is_broken or path.name.startswith("CC-MAIN"):
            continue
        outcomes = list(read_warc(path))
        ours = {(each.source.offset, each.source.length or 0) for each in outcomes}
        # Of the header of an ARC file warcio counts a line feed in that separates records.
        start = 1 if ".arc" in path.name else 0
        assert ours.issuperset(places(path, but="revisit")[start:]), path
        assert len(outcomes) == len(places(path)), path
        # A resolved revisit stands where its original does.
        pages = {each.source.offset: each for each in outcomes if isinstance(each, Document)}
        kept = Counter(each.payload.media if each.payload else None for each in pages.values())
        files = kept.pop(Media.PDF, 0) + kept.pop(Media.OFFICE, 0)
        assert (kept.total(), files) == pages_by_warcio(path), path
        compared += 1
    assert compared >= 20


@pytest.mark.skipif(not real_archives(), reason="AUCTOR_DATA names no folder with real archives")
def test_real_archives_have_these_counts() -> None:
    for path in real_archives():
        if path.name.startswith("CC-MAIN"):
            with pytest.raises(CorpusError):
                list(read_warc(path))
            continue
        counts = Counter(
            each.reason if isinstance(each, Rejected) else "kept" for each in read_warc(path)
        )
        assert counts == COUNTS[str(path.relative_to(DATA))], path


def pages_by_warcio(path: Path) -> tuple[int, int]:
    """Count pages and files (PDF, office) the way the rule is written, on warcio's records."""
    pages = files = 0
    with path.open("rb") as file:
        for each in ArchiveIterator(file, arc2warc=True):
            kind, http_headers = each.rec_type, each.http_headers
            uri = each.rec_headers.get_header("WARC-Target-URI") or ""
            declared = each.rec_headers.get_header("Content-Type") or ""
            if kind == "response" and http_headers is not None:
                declared = http_headers.get_header("Content-Type") or "text/plain"
            fetched = kind in ("resource", "conversion") or (
                kind == "response"
                and http_headers is not None
                and http_headers.get_statuscode() == "200"
            )
            if not fetched or not uri.strip("<>").startswith("http"):
                continue
            try:
                body = each.content_stream().read()
            except (ArchiveLoadFailed, zlib.error):
                continue
            if declared.lower().startswith(("text/html", "text/plain", "application/xhtml")):
                pages += bool(body.strip())
            is_download = "octet-stream" in declared
            files += ("pdf" in declared or is_download) and body.startswith(b"%PDF")
            files += (
                "officedocument" in declared
                or "opendocument" in declared
                or (is_download and b"[Content_Types].xml" in body[:1000])
            ) and body[:2] == b"PK"
    return pages, files


def places(path: Path, but: str = "") -> list[tuple[int, int]]:
    """Offset and length of every record according to warcio, but for those of a type."""
    found = []
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        for each in records:
            place = records.get_record_offset(), records.get_record_length()
            found += [place] * (each.rec_type != but)
    return found
