"""Real archives, several deliberately bad, through a whole build: what became of every record."""

import os
from collections import Counter
from pathlib import Path

import pytest

from corpora.sources import find_sources
from indexer.build import build_index
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.ledger import Ledger
from indexer.verify import verify
from indexer.work import IN_PART
from indexer.workspace import index_id

DATA = Path(os.environ.get("AUCTOR_DATA", "/nowhere"), "warc")

# What records are that are no pages of their own. In crawls that keep whole conversations a page
# comes with a request, what the crawler noted of it ("metadata", and the whole of a WAT file), and
# one record for the file ("warcinfo"; the first line of an ARC counts as it).
REQUEST = "record type request"
METADATA = "record type metadata"
WARCINFO = "record type warcinfo"
# The same crawl lies there in several formats (ARC and WARC, plain, gzip and lz4), and some pages
# were fetched twice: of equal age the one that is read last counts.
SUPERSEDED = "superseded by another copy"
# Images, style sheets, scripts, feeds, Flash, JSON, CSV and RTF: pages, plain text, PDF and office
# files are what is indexed.
NO_TEXT_MEDIA = "media type that is not read"
# Without an http(s) address nothing can be cited: host look-ups ("dns:"), what wget notes about
# itself ("metadata://gnu.org/..."), a local file.
NO_ADDRESS = "not a web address"
# Pages without a word: frame sets, and pictures that are a story without text.
NO_TEXT = "no text"
# A robots.txt that says nothing.
EMPTY = "empty payload"
# Records that call themselves "unknown"; a reader's block size is what they were made to test.
UNKNOWN_TYPE = "unknown record type"
# Damage. The archive ends inside a record, or the next one begins before this one may end.
CUT_OFF = "record cut off"
WRONG_LENGTH = "wrong content length"
NO_LENGTH = "no content length"
BROKEN_HEADER = "broken http header"
OUTSIDE = "bytes outside records"

DAMAGE = (CUT_OFF, WRONG_LENGTH, NO_LENGTH, BROKEN_HEADER, OUTSIDE)

COUNTS: dict[str, tuple[int, dict[str, int]]] = {
    "aut/arc/badexample.arc.gz": (
        0,
        {OUTSIDE: 1, NO_ADDRESS: 1, CUT_OFF: 1, WARCINFO: 1, SUPERSEDED: 1, WRONG_LENGTH: 1},
    ),
    "aut/arc/example.arc.gz": (
        0,
        {
            EMPTY: 1,
            NO_TEXT: 1,
            NO_ADDRESS: 38,
            NO_TEXT_MEDIA: 84,
            WARCINFO: 1,
            "status 301": 2,
            "status 302": 5,
            "status 404": 40,
            SUPERSEDED: 128,
        },
    ),
    "aut/warc/example.docs.warc.gz": (6, {NO_TEXT_MEDIA: 3, REQUEST: 9, WARCINFO: 3}),
    "aut/warc/example.pdf.warc.gz": (
        3,
        {NO_TEXT_MEDIA: 31, REQUEST: 37, WARCINFO: 2, "status 302": 2, "status 404": 1},
    ),
    "aut/warc/example.txt.warc.gz": (2, {REQUEST: 2, WARCINFO: 2}),
    "aut/warc/example.warc.gz": (
        127,
        {
            EMPTY: 1,
            NO_TEXT: 1,
            NO_ADDRESS: 38,
            NO_TEXT_MEDIA: 84,
            METADATA: 261,
            REQUEST: 261,
            WARCINFO: 1,
            "status 301": 2,
            "status 302": 5,
            "status 404": 40,
            SUPERSEDED: 1,
        },
    ),
    "aut/warc/issue-493.warc": (
        0,
        {NO_TEXT: 4, NO_TEXT_MEDIA: 10, REQUEST: 15, WARCINFO: 2, "status 301": 1},
    ),
    "aut/warc/issue-514.warc": (
        1,
        {NO_ADDRESS: 2, METADATA: 1, REQUEST: 2, WARCINFO: 1, "status 307": 1},
    ),
    "resiliparse/block-sized-records.warc": (0, {UNKNOWN_TYPE: 3}),
    "resiliparse/block-sized-records.warc.gz": (0, {UNKNOWN_TYPE: 3}),
    "resiliparse/block-sized-records.warc.lz4": (0, {UNKNOWN_TYPE: 3}),
    "resiliparse/clipped.warc.gz": (0, {CUT_OFF: 1}),
    "resiliparse/clueweb-quirk.warc.gz": (29, {WARCINFO: 1}),
    "resiliparse/warcfile.warc": (0, {METADATA: 16, REQUEST: 17, WARCINFO: 1, SUPERSEDED: 16}),
    "resiliparse/warcfile.warc.gz": (0, {METADATA: 16, REQUEST: 17, WARCINFO: 1, SUPERSEDED: 16}),
    "resiliparse/warcfile.warc.lz4": (16, {METADATA: 16, REQUEST: 17, WARCINFO: 1}),
    "warcio/bad.arc": (0, {BROKEN_HEADER: 1, NO_LENGTH: 3}),
    "warcio/example-bad-non-chunked.warc.gz": (0, {REQUEST: 2, WARCINFO: 2, SUPERSEDED: 2}),
    "warcio/example-bad.warc.gz.bad": (
        1,
        {REQUEST: 2, WARCINFO: 1, "status 302": 1, SUPERSEDED: 1},
    ),
    "warcio/example-digest.warc": (0, {REQUEST: 4}),
    "warcio/example-iana.org-chunked.warc": (1, {REQUEST: 1, WARCINFO: 1}),
    "warcio/example-resource.warc.gz": (0, {WARCINFO: 2, SUPERSEDED: 1}),
    "warcio/example-space-in-target-uri.warc.gz": (0, {NO_ADDRESS: 1, WARCINFO: 1}),
    "warcio/example-space-in-url.arc": (0, {CUT_OFF: 1, WARCINFO: 1}),
    "warcio/example-trunc.warc": (0, {OUTSIDE: 1, REQUEST: 1, WARCINFO: 2, SUPERSEDED: 1}),
    "warcio/example-wget-bad-target-uri.warc.gz": (
        0,
        {NO_ADDRESS: 2, METADATA: 1, REQUEST: 1, WARCINFO: 1, SUPERSEDED: 1},
    ),
    "warcio/example-wrong-chunks.warc.gz": (1, {REQUEST: 1}),
    "warcio/example.arc": (0, {WARCINFO: 1, SUPERSEDED: 1}),
    "warcio/example.arc.gz": (0, {WARCINFO: 1, SUPERSEDED: 1}),
    "warcio/example.warc": (0, {REQUEST: 2, WARCINFO: 2, SUPERSEDED: 2}),
    "warcio/example.warc.gz": (0, {REQUEST: 2, WARCINFO: 2, SUPERSEDED: 2}),
    "warcio/post-test.warc.gz": (0, {NO_TEXT_MEDIA: 3, REQUEST: 3}),
    "whirlwind/whirlwind.warc": (0, {METADATA: 1, REQUEST: 1, WARCINFO: 1, SUPERSEDED: 1}),
    "whirlwind/whirlwind.warc.gz": (0, {METADATA: 1, REQUEST: 1, WARCINFO: 1, SUPERSEDED: 1}),
    "whirlwind/whirlwind.warc.wat": (0, {METADATA: 1, WARCINFO: 1}),
    "whirlwind/whirlwind.warc.wat.gz": (0, {METADATA: 1, WARCINFO: 1}),
    "whirlwind/whirlwind.warc.wet": (0, {WARCINFO: 1, SUPERSEDED: 1}),
    "whirlwind/whirlwind.warc.wet.gz": (1, {WARCINFO: 1}),
}
"""File -> documents kept, and reason -> records left out."""

READ_IN_PART = {"warcio/example-trunc.warc", "warcio/example-wrong-chunks.warc.gz"}
"""Hold a page that was not stored whole."""


@pytest.mark.skipif(not DATA.is_dir(), reason="AUCTOR_DATA names no folder of real archives")
def test_every_record_of_real_archives_is_accounted_for(
    tmp_path: Path, fake_embedder: Embedder
) -> None:
    index = tmp_path / "index"
    report = build_index(find_sources([DATA]), index, fake_embedder)
    with Ledger.open(index, index_id(index)) as ledger:
        inputs = ledger.inputs()
        rejections = list(ledger.rejections())
    found = {
        str(Path(each["path"]).relative_to(DATA.resolve())): (each["kept"], each["rejected"])
        for each in inputs
    }
    assert found == COUNTS
    for each in inputs:
        assert each["read"] == each["kept"] + sum(each["rejected"].values())
        name = str(Path(each["path"]).relative_to(DATA.resolve()))
        damage = sum(each["rejected"].get(reason, 0) for reason in DAMAGE)
        assert each["damaged"] == damage + (name in READ_IN_PART)
        assert each["failure"] is None
    # The list of the archives of a crawl is no archive.
    unrecognised = {"unrecognised file": 1}
    total = sum((Counter(rejected) for _, rejected in COUNTS.values()), Counter(unrecognised))
    assert report.rejected == dict(total)
    assert report.kept == sum(kept for kept, _ in COUNTS.values())
    assert report.read == report.kept + sum(report.rejected.values()) == 1_543
    assert report.damaged == len(report.failures) == 12
    # The ledger names every one with its place.
    in_part = {IN_PART: len(READ_IN_PART)}
    assert Counter(each["reason"] for each in rejections) == total + Counter(in_part)
    assert all(each["file"] and each["offset"] >= 0 for each in rejections)
    generation = open_current(index)
    assert generation.documents == report.kept
    assert list(verify(index, generation)) == []
