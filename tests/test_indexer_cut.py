"""Documents to passages ahead of the model: the same in other processes, whatever befalls those."""

import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from indexer.vectors import text_key
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


class Trap(TokenCounter):
    """Counts words; gets stuck in some texts, or takes its process with it.

    Short texts do no harm, as with what takes time or memory that grows faster than a text.
    """

    def __init__(self) -> None:
        """Needs no tokenizer."""

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Words of each text."""
        for text in texts:
            if len(text) > 1_000 and "stuck" in text:
                re.match(r"(a+)+$", "a" * 60 + "b")  # holds the interpreter
            if len(text) > 1_000 and "killed" in text:
                os.kill(os.getpid(), signal.SIGKILL)
            if len(text) > 1_000 and "greedy" in text:
                bytearray(4 << 30)
        return [len(text.split()) for text in texts]


def hostile_text(word: str) -> str:
    """Of words so long that it fits one passage and its tokens are counted at once."""
    return " ".join([word * 3] * 100)


@pytest.mark.parametrize(
    ("word", "reason", "few"),
    [
        ("stuck", "timed out: not done after 4 seconds", False),
        ("stuck", "timed out: not done after 4 seconds", True),
        ("killed", "crashed: the worker ended with SIGKILL", False),
        ("greedy", "out of memory: needs more than 1536 MiB", False),
    ],
)
def test_a_document_that_no_worker_can_cut_costs_its_sentences_only(
    make_text: Callable[..., Document],
    documents: list[Document],
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    reason: str,
    few: bool,
) -> None:
    monkeypatch.setattr("indexer.cut._UNIT_SECONDS", 4.0)
    monkeypatch.setattr("indexer.cut.TASK_SECONDS", 4.0)
    monkeypatch.setattr("indexer.cut.SHORT_CHARS", 1_000)
    hostile = make_text(*[Block(hostile_text(word), BlockKind.PARAGRAPH)] * 3, key="paper:h")
    hostile = replace(hostile, language="en")
    trap = Cutter(ChunkLimits(254), Trap())
    others = documents[:8] if few else documents
    units = [others[:5], [*others[5:7], hostile, *others[7:]], others[:5]]
    found = list(cut_ahead(units, sum(map(len, units)), trap, 2))
    assert [found[0], found[2]] == [trap(units[0]), trap(units[2])]
    assert found[1][:2] + found[1][3:] == trap([*others[5:7], *others[7:]])
    cut = found[1][2]
    assert cut.failure == reason
    assert "".join(each.text for each in cut.passages) == hostile.text
    assert cut.languages == ["en"] * len(cut.passages)
    assert cut.keys == [text_key(each.indexed_text) for each in cut.passages]
    # The same once more: nothing depends on where or when it got stuck.
    assert cut == trap.cut_plainly(hostile, Failure(*reason.split(": ", 1)))


def test_a_worker_that_died_once_costs_nothing(
    cutter: Cutter, documents: list[Document], tmp_path: Path
) -> None:
    once = Cutter(cutter.limits, DiesOnce(tmp_path / "died"))
    found = list(cut_ahead([documents], len(documents), once, 2))
    assert (tmp_path / "died").exists()
    assert found == [once(documents)]
    assert all(each.failure is None for each in found[0])


class DiesOnce(TokenCounter):
    """Counts words; the first process that does so ends, as one that the system kills."""

    def __init__(self, mark: Path) -> None:
        """Takes the file that says that it is done."""
        self._mark = mark

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Words of each text."""
        try:
            self._mark.touch(exist_ok=False)
        except FileExistsError:
            return [len(text.split()) for text in texts]
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def test_few_long_documents_are_cut_in_other_processes(
    cutter: Cutter, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.cut.SHORT_CHARS", 1_000)
    units = [documents[:10], documents[:1], []]
    expected = [cutter(unit) for unit in units]
    cut_here = [len(unit) for unit in units]

    def cut(_: Cutter, unit: Sequence[Document]) -> list[Cut]:
        cut_here.remove(len(unit))
        return []

    monkeypatch.setattr(Cutter, "__call__", cut)
    found = list(cut_ahead(units, 11, cutter, 2))
    assert found[0] == expected[0]
    assert cut_here == [10]


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


PAGES = 90


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages enough for worker processes, and for three units."""
    page = f"<title>Ice</title><h1>Ice</h1><p>{SENTENCE * 30}".encode()
    path = tmp_path_factory.mktemp("crawl") / "a.warc"
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    write_warc(path, [Exchange(f"https://e{n}.org/", moment, page) for n in range(PAGES)])
    return path


def build(crawl: Path, index: Path, embedder: Embedder) -> str:
    build_index(find_sources([crawl]), index, embedder)
    return content_of(index)


@pytest.mark.parametrize("damage", [None, b"", b"AUCTOR2\n" + b"0" * 40])
def test_a_build_that_was_stopped_cuts_nothing_twice(
    tmp_path: Path,
    crawl: Path,
    fake_embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    damage: bytes | None,
) -> None:
    monkeypatch.setattr("indexer.intake.UNIT_DOCUMENTS", PAGES // 3)
    expected = build(crawl, tmp_path / "undisturbed", fake_embedder)
    asked: list[int] = []

    def noted(
        units: Iterable[Sequence[Document]], total: int, cutter: Cutter, workers: int
    ) -> Iterator[list[Cut]]:
        asked.append(total)
        for cuts in cut_ahead(units, total, cutter, workers):
            yield cuts
            asked.append(len(cuts))

    def stop(*_: object) -> None:
        raise Stopped

    monkeypatch.setattr("indexer.assemble.cut_ahead", noted)
    with monkeypatch.context() as patch:
        patch.setattr(fake_embedder, "encode_passages", stop)
        with pytest.raises(Stopped):
            build(crawl, tmp_path / "stopped", fake_embedder)
    assert asked == [PAGES]
    assert PAGES > indexer.cut.FEW_DOCUMENTS
    (kept,) = tmp_path.glob("stopped/**/*.cuts")
    if damage is not None:
        kept.write_bytes(damage)
    asked.clear()
    assert build(crawl, tmp_path / "stopped", fake_embedder) == expected
    third = PAGES // 3
    assert asked == ([PAGES, third, third, third] if damage is not None else [60, third, third])
    assert not list(tmp_path.glob("stopped/**/*.cuts"))


def test_a_build_tells_what_was_cut_plainly(
    tmp_path: Path, crawl: Path, fake_embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = build_index(find_sources([crawl]), tmp_path / "undisturbed", fake_embedder)
    monkeypatch.setattr("indexer.assemble.TokenCounter", lambda _: Trap())
    monkeypatch.setattr("indexer.cut.TASK_SECONDS", 4.0)
    other = tmp_path / "b.warc"
    page = f"<title>H</title><h1>H</h1><p>{SENTENCE * 5}<p>{hostile_text('killed')}".encode()
    write_warc(other, [Exchange("https://h.org/", datetime(2026, 1, 1, tzinfo=UTC), page)])
    report = build_index(find_sources([crawl, other]), tmp_path / "index", fake_embedder)
    assert (report.read, report.kept) == (expected.read + 1, expected.kept + 1)
    (told,) = report.failures
    assert "b.warc" in told
    assert "cut into plain passages at byte" in told
    assert "SIGKILL" in told
