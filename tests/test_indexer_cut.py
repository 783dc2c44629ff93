"""Documents to passages ahead of the model: the same in other processes, whatever befalls those."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexer.cut
from benchmarks.build_tools import content_of
from corpora.document import Block, BlockKind, Document, Link
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import build_index
from indexer.cut import Cut, Cutter, cut_ahead
from indexer.embed import Embedder
from indexer.passage import ChunkLimits, chunk
from indexer.token_counter import TokenCounter
from indexer.workers import Failure

SENTENCE = "Glaciers move slowly downhill under their own weight and carry stones with them. "
LINK = Link("https://e.org/x", "x", nofollow=False)


@pytest.fixture(scope="module")
def cutter(fake_embedder: Embedder) -> Cutter:
    return Cutter(ChunkLimits(254), TokenCounter(fake_embedder.tokenizer))


@pytest.fixture(scope="module")
def documents(make_text: Callable[..., Document]) -> list[Document]:
    made = [
        make_text(
            *(Block(SENTENCE * (n % 9 + 1), BlockKind.PARAGRAPH) for _ in range(n % 7)),
            key=f"paper:{n}",
        )
        for n in range(90)
    ]
    return [replace(each, links=(LINK,), language="en") for each in made]


def test_the_same_in_other_processes(cutter: Cutter, documents: list[Document]) -> None:
    units = [documents[:40], [], documents[40:41], documents[41:]]
    assert len(documents) > indexer.cut.FEW_DOCUMENTS
    found = list(cut_ahead(units, len(documents), cutter, 2))
    assert found == [cutter(unit) for unit in units]


@given(st.lists(st.integers(0, 20), max_size=4))
@settings(max_examples=20)
def test_every_document_has_its_passages(
    cutter: Cutter, documents: list[Document], sizes: list[int]
) -> None:
    units = [documents[size : 2 * size] for size in sizes]
    found = list(cut_ahead(units, sum(sizes), cutter, 1))
    for unit, cuts in zip(units, found, strict=True):
        for document, cut in zip(unit, cuts, strict=True):
            assert cut.passages == chunk(document, cutter.limits, cutter.count_tokens)
            assert cut.languages == ["en"] * len(cut.passages)
            assert len(set(cut.keys)) == len({each.indexed_text for each in cut.passages})


def test_a_worker_that_died_costs_nothing(
    cutter: Cutter, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def __enter__(self) -> "Dying":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def map(
            self, tasks: Iterator[Sequence[Document]]
        ) -> Iterator[tuple[Sequence[Document], list[Cut] | Failure]]:
            return ((task, Failure("crashed", "killed")) for task in tasks)

    monkeypatch.setattr(indexer.cut, "Workers", Dying)
    assert list(cut_ahead([documents], len(documents), cutter, 2)) == [cutter(documents)]


def test_few_units_are_taken_ahead(cutter: Cutter, documents: list[Document]) -> None:
    taken = 0

    def units() -> Iterator[list[Document]]:
        nonlocal taken
        for _ in range(20):
            taken += 1
            yield documents[:20]

    cuts = cut_ahead(units(), 400, cutter, 2)
    for _ in range(3):
        next(cuts)
    assert taken <= 3 + 2
    assert sum(1 for _ in cuts) == 17


@given(st.lists(st.text(max_size=60), max_size=6))
def test_tokens_are_those_of_the_model(embedder: Embedder, texts: list[str]) -> None:
    assert TokenCounter(embedder.tokenizer)(texts) == embedder.count_tokens(texts)


def test_a_tokenizer_without_a_fast_half_counts_too(embedder: Embedder) -> None:
    def slow(texts: list[str], **options: bool) -> dict[str, list[list[int]]]:
        assert options == {"add_special_tokens": False, "verbose": False}
        return {"input_ids": [[0] * len(text.split()) for text in texts]}

    assert TokenCounter(slow)(["a b", ""]) == [2, 0]
    # What the model truncates and pads is counted whole.
    embedder.encode_passages(["water " * 400, "ice"])
    assert TokenCounter(embedder.tokenizer)(["water " * 400, "ice"]) == [400, 1]


class Stopped(Exception):
    pass


def build(crawl: Path, index: Path, embedder: Embedder) -> str:
    build_index(find_sources([crawl]), index, embedder)
    return content_of(index)


@pytest.mark.parametrize("damage", [None, b"", b"AUCTOR2\n" + b"0" * 40])
def test_a_build_that_was_stopped_cuts_nothing_twice(
    tmp_path: Path,
    fake_embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    damage: bytes | None,
) -> None:
    page = f"<title>Ice</title><h1>Ice</h1><p>{SENTENCE * 30}".encode()
    crawl = tmp_path / "a.warc"
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    write_warc(crawl, [Exchange(f"https://e{n}.org/", moment, page) for n in range(3)])
    expected = build(crawl, tmp_path / "undisturbed", fake_embedder)

    def stop(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(fake_embedder, "encode_passages", stop)
        with pytest.raises(Stopped):
            build(crawl, tmp_path / "stopped", fake_embedder)
    (kept,) = tmp_path.glob("stopped/**/*.cuts")
    if damage is None:
        monkeypatch.setattr(Cutter, "__call__", lambda *_: pytest.fail("cut again"))
    else:
        kept.write_bytes(damage)
    assert build(crawl, tmp_path / "stopped", fake_embedder) == expected
    assert not list(tmp_path.glob("stopped/**/*.cuts"))
