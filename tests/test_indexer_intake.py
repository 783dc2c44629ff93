"""Inputs to units: whatever is read, in the same units however often it is interrupted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexer.intake
from corpora.document import (
    Block,
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    Payload,
    Rejected,
    SourceRef,
    identify,
)
from corpora.errors import CorpusError
from corpora.media import Media
from corpora.sources import Source
from indexer.intake import Extractors, prepare, read_units
from indexer.work import Complete, InputWork, Unit

SOURCE = Source(Path("x"), "warc", 100)


def item(number: int, kind: str) -> Document | Rejected:
    source = SourceRef("x", number, 1, OffsetBase.FILE, "", datetime(2024, 1, 1, tzinfo=UTC))
    if kind == "rejected":
        return Rejected(source, "status 404")
    url = f"https://e.org/{number}"
    block = Block(f"Page {number} says something about glaciers.", BlockKind.PARAGRAPH)
    return Document(
        identify(url), url, None, "e.org", None, DocumentKind.WEB, source, (block,), language="en"
    )


def same(document: Document | None) -> Document | Rejected | None:
    return document


@pytest.fixture(scope="module")
def extractors() -> Iterator[Extractors]:
    with Extractors(same, 2) as workers:
        yield workers


@given(
    st.lists(st.sampled_from(["document", "rejected"]), max_size=60),
    st.integers(0, 5),
    st.sampled_from([1, 3, 100]),
)
@settings(max_examples=30)
def test_interrupted_anywhere_the_units_are_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    extractors: Extractors,
    kinds: list[str],
    stop: int,
    size: int,
) -> None:
    items = [item(number, kind) for number, kind in enumerate(kinds)]
    root = tmp_path_factory.mktemp("intake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexer.intake, "UNIT_DOCUMENTS", size)
        patch.setattr(indexer.intake, "UNIT_RECORDS", 2 * size)
        patch.setattr(indexer.intake, "read", lambda *given: iter(items[given[2] :]))
        whole = list(read_units(SOURCE, InputWork(root / "a"), extractors, lambda _: None))
        work = InputWork(root / "b")
        begun = read_units(SOURCE, work, extractors, lambda _: None)
        for _, _ in zip(range(stop), begun, strict=False):
            pass
        begun.close()  # type: ignore[attr-defined]
        assert list(read_units(SOURCE, work, extractors, lambda _: None)) == whole
        assert work.complete() == Complete(len(whole), None)
        # Complete, it is not read at all.
        patch.setattr(indexer.intake, "read", lambda *_: pytest.fail("read again"))
        assert list(read_units(SOURCE, work, extractors, lambda _: None)) == whole
    assert [each for unit in whole for each in unit.documents] == [
        each for each in items if isinstance(each, Document)
    ]
    assert [each for unit in whole for each in unit.rejected] == [
        each for each in items if isinstance(each, Rejected)
    ]
    assert all(len(unit.documents) <= size and unit.records <= 2 * size for unit in whole)


def test_a_read_that_breaks_off_is_noted_and_begun_anew(
    tmp_path: Path, extractors: Extractors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[Document | Rejected]:
        yield item(0, "document")
        raise CorpusError("x: cannot be read: Input/output error")

    work = InputWork(tmp_path / "w")
    monkeypatch.setattr(indexer.intake, "read", broken)
    (unit,) = read_units(SOURCE, work, extractors, lambda _: None)
    assert unit.records == 1
    assert work.complete() == Complete(1, "x: cannot be read: Input/output error")
    assert not work.resume()
    monkeypatch.setattr(
        indexer.intake, "read", lambda *_: iter([item(n, "document") for n in (0, 1)])
    )
    (unit,) = read_units(SOURCE, work, extractors, lambda _: None)
    assert unit.records == 2
    assert work.resume()


@pytest.mark.parametrize("damage", [b"", b"x", b"AUCTOR2\n" + b"0" * 40])
def test_a_damaged_unit_is_made_again(tmp_path: Path, damage: bytes) -> None:
    work = InputWork(tmp_path / "w")
    unit = Unit(1, (), (Rejected(SourceRef("x", 0, 1, OffsetBase.FILE, "", None), "status 404"),))
    work.write(0, unit)
    work.write(1, unit)
    assert list(work.whole()) == [unit, unit]
    work.path(0).write_bytes(damage)
    assert list(work.whole()) == []


def test_a_page_takes_the_address_it_may_claim() -> None:
    html = (
        b"<title>Ice</title><link rel=canonical href=https://e.org/ice><article><h1>Ice</h1>"
        b"<p>Glaciers move slowly downhill under their own weight, and carry stones with them."
    )
    source = SourceRef("x", 0, 1, OffsetBase.FILE, "", None)
    url = "https://e.org/ice?print=1"
    page = Document(
        identify(url), url, None, "e.org", None, DocumentKind.WEB, source,
        payload=Payload(html, Media.HTML),
    )  # fmt: skip
    found = prepare(page)
    assert isinstance(found, Document)
    assert (found.url, found.document_id) == ("https://e.org/ice", identify("https://e.org/ice"))
    assert prepare(None) is None
