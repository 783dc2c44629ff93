"""Documents to passages ahead of the model: the same in other processes, whatever befalls those."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexer.cut
from corpora.document import Block, BlockKind, Document, Link
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
