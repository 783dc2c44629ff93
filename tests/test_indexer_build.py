"""Sources to a generation: nothing lost in silence, the same in every run."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import indexer.assemble
import indexer.gather
import indexer.intake
from corpora.document import Document, OffsetBase, Payload, Rejected, SourceRef
from corpora.errors import CorpusError, IndexFolderError
from corpora.media import Media
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import Source, Sources, find_sources, read
from indexer.build import SUPERSEDED, BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.ledger import Ledger
from indexer.passages import copy_key
from indexer.shard import ShardReader
from indexer.tables import storable
from indexer.workspace import index_id

DAY = datetime(2024, 1, 1, tzinfo=UTC)
SENTENCE = "This sentence is about {} and says that it is so, as many sentences do. "


def body(topic: str, length: int = 8) -> bytes:
    text = SENTENCE.format(topic) * length
    return f"<title>{topic}</title><article><h1>{topic}</h1><p>{text}</p></article>".encode()


def page(name: str, topic: str, day: int = 1, **fields: object) -> Exchange:
    exchange = Exchange(f"https://example.org/{name}", DAY.replace(day=day), body(topic))
    return replace(exchange, **fields)  # type: ignore[arg-type]


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    """Six records: two pages, one of them twice, one missing, one image, one without text."""
    path = tmp_path / "crawl.warc.gz"
    write_warc(
        path,
        [
            page("a", "apples"),
            page("b", "bears"),
            page("gone", "x", status="404 Not Found"),
            page("image", "x", content_type="image/png", payload=b"\x89PNG"),
            page("empty", "x", payload=b"<html></html>"),
            page("a", "avocados", day=2),
        ],
    )
    return path


def read_rejected(index: Path) -> list[dict[str, Any]]:
    with Ledger.open(index, index_id(index)) as ledger:
        return list(ledger.rejections())


def texts_of(index: Path) -> list[str]:
    """The text of every document, in order."""
    generation = open_current(index)
    shards = [ShardReader.open(index, shard) for shard in generation.shards]
    return [shard.documents.text(row) for shard in shards for row in range(len(shard.documents))]


Stored = tuple[str, bytes, int, int, str | None, bytes]


def contents(index: Path) -> list[Stored]:
    """Every passage: its id, copy key, span, heading and quantised vector."""
    found: list[Stored] = []
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        codes = np.load(index / "shards" / shard.shard_id / "dense" / "vectors.npy")
        rows = list(range(len(reader.passages)))
        ids, keys = reader.passages.ids(rows), reader.passages.copy_keys(rows)
        found += [
            (
                ids[row],
                keys[row],
                int(reader.passages.start_char[row]),
                int(reader.passages.end_char[row]),
                reader.passages.heading(row),
                codes[reader.passages.vector[row]].tobytes(),
            )
            for row in rows
        ]
    return found


def test_all_that_was_read_is_accounted_for(
    crawl: Path, tmp_path: Path, embedder: Embedder
) -> None:
    stages: list[tuple[str, int, int | None, str]] = []
    report = build_index(
        find_sources([crawl]), tmp_path / "index", embedder, advance=lambda *s: stages.append(s)
    )
    assert report.kept == 2
    assert report.rejected[SUPERSEDED] == 1
    assert report.rejected["status 404"] == 1
    assert report.rejected["no text"] == 1
    assert report.read == report.kept + sum(report.rejected.values())
    assert (report.damaged, report.failures, report.truncated) == (0, (), 0)
    assert list(report.seconds) == ["check", "read", "embed", "publish"]
    generation = open_current(tmp_path / "index")
    assert generation == report.generation
    assert (generation.documents, generation.hosts, generation.sources) == (2, 1, 1)
    assert generation.read == report.read
    assert generation.rejected == report.rejected
    logged = read_rejected(tmp_path / "index")
    assert len(logged) == sum(report.rejected.values())
    assert {entry["file"] for entry in logged} == {str(crawl)}
    # Every stage ends at its total.
    last = {stage: (done, total) for stage, done, total, _ in stages}
    size = crawl.stat().st_size
    assert last["read"] == (size, size)
    assert last["check"] == (size, size)
    assert last["embed"] == (2, 2)


@pytest.mark.parametrize("newer_first", [False, True])
@pytest.mark.parametrize("files", [1, 2])
def test_the_newer_copy_wins(
    tmp_path: Path, embedder: Embedder, newer_first: bool, files: int
) -> None:
    pages = [page("a", "old apples", day=1), page("a", "new apples", day=2)]
    if newer_first:
        pages.reverse()
    if files == 1:
        write_warc(tmp_path / "x.warc", pages)
    else:
        for number, each in enumerate(pages):
            write_warc(tmp_path / f"{number}.warc", [each])
    report = build_index(find_sources([tmp_path]), tmp_path / "index", embedder)
    assert (report.read, report.kept, report.rejected) == (2, 1, {SUPERSEDED: 1})
    (text,) = texts_of(tmp_path / "index")
    assert "new apples" in text
    (entry,) = read_rejected(tmp_path / "index")
    loser = pages[1] if newer_first else pages[0]
    assert entry["url"] == loser.url
    assert entry["reason"] == SUPERSEDED
    if files == 2:
        assert Path(entry["file"]).name == ("1.warc" if newer_first else "0.warc")


def test_nothing_readable_publishes_nothing(
    crawl: Path, tmp_path: Path, embedder: Embedder
) -> None:
    index = tmp_path / "index"
    build_index(find_sources([crawl]), index, embedder)
    before = contents(index)
    write_warc(tmp_path / "none.warc", [page("x", "x", status="500 Oops")])
    with pytest.raises(CorpusError, match=r"nothing to index: .*status 500.*unchanged"):
        build_index(find_sources([tmp_path / "none.warc"]), index, embedder)
    assert contents(index) == before
    assert not list(index.glob(".staging-*"))


def test_damaged_input_is_published_and_told(
    crawl: Path, tmp_path: Path, embedder: Embedder
) -> None:
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(crawl.read_bytes()[:-40])
    report = build_index(find_sources([cut]), tmp_path / "index", embedder)
    assert report.kept == 2
    assert report.damaged == len(report.failures) == 1
    assert report.failures[0].startswith(f"{cut}: ")
    assert report.read == report.kept + sum(report.rejected.values())
    assert "apples" in texts_of(tmp_path / "index")[0]


def test_a_source_that_fails_does_not_stop_the_others(
    crawl: Path, tmp_path: Path, embedder: Embedder
) -> None:
    found = find_sources([crawl])
    lost = Source(tmp_path / "gone.warc", "warc", 10)
    sources = Sources((lost, *found.found), (), ("folder: cannot be read",))
    report = build_index(sources, tmp_path / "index", embedder)
    assert report.kept == 2
    assert report.damaged == 2
    assert report.failures[0] == "folder: cannot be read"
    assert "gone.warc" in report.failures[1]


def test_file_names_beyond_unicode(crawl: Path, tmp_path: Path, embedder: Embedder) -> None:
    odd = tmp_path / "crawl-\udcff.warc.gz"
    crawl.rename(odd)
    report = build_index(find_sources([odd]), tmp_path / "index", embedder)
    assert report.kept == 2
    logged = read_rejected(tmp_path / "index")
    assert {entry["file"] for entry in logged} == {storable(str(odd))}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of documents of very different lengths, some of them with one text."""
    path = tmp_path_factory.mktemp("papers") / "corpus.jsonl"
    rows = [
        {"_id": f"{n}", "title": f"Title {n % 4}", "text": SENTENCE.format(n % 4) * (n % 4 * 9 + 1)}
        for n in range(7)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(lines, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def papers_index(
    papers: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An index of `papers` in one shard; nobody may change it."""
    index = tmp_path_factory.mktemp("papers") / "index"
    build_index(find_sources([papers]), index, embedder)
    return index


def test_the_same_input_gives_the_same_index(
    papers: Path, papers_index: Path, tmp_path: Path, embedder: Embedder
) -> None:
    build_index(find_sources([papers]), tmp_path / "again", embedder)
    assert contents(tmp_path / "again") == contents(papers_index)


@pytest.mark.parametrize("shard_passages", [1, 3])
def test_shards_do_not_matter(
    papers: Path, papers_index: Path, tmp_path: Path, embedder: Embedder, shard_passages: int
) -> None:
    split = BuildSettings(shard_passages=shard_passages, writer_threads=2)
    report = build_index(find_sources([papers]), tmp_path / "many", embedder, split)
    assert len(report.generation.shards) > 2
    assert len(open_current(papers_index).shards) == 1
    assert contents(tmp_path / "many") == contents(papers_index)


def test_what_is_embedded_alike_shares_a_vector(papers_index: Path) -> None:
    (shard,) = open_current(papers_index).shards
    reader = ShardReader.open(papers_index, shard)
    indexed: dict[bytes, int] = {}
    for row in range(len(reader.passages)):
        document = int(reader.passages.document[row])
        title = reader.documents.get(document).title
        span = slice(reader.passages.start_char[row], reader.passages.end_char[row])
        key = copy_key(f"{title}\n{reader.documents.text(document)[span]}")
        vector = int(reader.passages.vector[row])
        assert indexed.setdefault(key, vector) == vector
    assert len(set(indexed.values())) == len(indexed) == shard.vectors < shard.passages


@pytest.mark.parametrize("copyist_first", [True, False])
def test_a_copyists_title_does_not_move_the_original(
    tmp_path: Path, embedder: Embedder, copyist_first: bool
) -> None:
    text = "The kestrel hovers over open ground with its head still and watches for voles."
    titles = ["Buy cheap watches", "Kestrels"][:: 1 if copyist_first else -1]
    lines = [json.dumps({"_id": title, "title": title, "text": text}) for title in titles]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(lines), encoding="utf-8")
    report = build_index(find_sources([corpus]), tmp_path / "index", embedder)
    (shard,) = report.generation.shards
    reader = ShardReader.open(tmp_path / "index", shard)
    original = titles.index("Kestrels")
    alone = embedder.encode_passages([f"Kestrels\n{text}"])[0]
    vector = int(reader.passages.vector[original])
    assert reader.vectors.cosine([vector], alone)[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("stage", ["check", "read", "embed"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_stopped_in_any_stage_the_old_index_is_served(
    crawl: Path, papers: Path, tmp_path: Path, embedder: Embedder, stage: str, error: BaseException
) -> None:
    index = tmp_path / "index"
    build_index(find_sources([crawl]), index, embedder)
    before = contents(index)

    def stop(name: str, *_: object) -> None:
        if name == stage:
            raise error

    with pytest.raises((KeyboardInterrupt, IndexFolderError)):
        build_index(find_sources([papers]), index, embedder, advance=stop)
    assert contents(index) == before
    assert sorted(path.name for path in index.iterdir()) == [
        ".auctor.lock", "CURRENT", "INDEX", "generations", "ledger.sqlite", "shards", "work",
    ]  # fmt: skip


def test_embedding_goes_by_units(
    papers: Path,
    papers_index: Path,
    tmp_path: Path,
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    units: list[int] = []
    real = embedder.encode_passages

    def encode(texts: list[str]) -> NDArray[np.float32]:
        units.append(len(texts))
        return real(texts)

    monkeypatch.setattr(embedder, "encode_passages", encode)
    monkeypatch.setattr(indexer.assemble, "BATCH_TEXTS", 4)
    report = build_index(find_sources([papers]), tmp_path / "x", embedder)
    vectors = report.generation.shards[0].vectors
    assert units == [4] * (vectors // 4) + [vectors % 4] * (vectors % 4 > 0)
    assert [each[0] for each in contents(tmp_path / "x")] == [
        each[0] for each in contents(papers_index)
    ]


def test_lines_for_a_person_are_bounded(
    crawl: Path, tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer.gather, "MAX_FAILURES", 3)
    sources = replace(find_sources([crawl]), failures=tuple(f"line {n}" for n in range(10)))
    report = build_index(sources, tmp_path / "index", embedder)
    assert report.failures == ("line 0", "line 1", "line 2")
    assert report.damaged == 10


ITEMS = st.lists(
    st.tuples(
        st.sampled_from(["document", "empty", "rejected", "damaged"]),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(1, 3)),
    ),
    max_size=12,
)


@given(ITEMS)
@settings(max_examples=20)  # each builds an index
def test_read_is_kept_and_rejected_for_any_input(
    tmp_path_factory: pytest.TempPathFactory,
    embedder: Embedder,
    drawn: list[tuple[str, int, int | None]],
) -> None:
    root = tmp_path_factory.mktemp("any")
    rows: list[Document | Rejected] = []
    newest: dict[int, tuple[int, int]] = {}
    for number, (kind, name, day) in enumerate(drawn):
        fetched_at = DAY.replace(day=day) if day else None
        source = SourceRef("x", number, 1, OffsetBase.FILE, "", fetched_at)
        if kind in ("rejected", "damaged"):
            rows.append(Rejected(source, f"some {kind}", damaged=kind == "damaged"))
            continue
        write_warc(root / "one.warc", [page(str(name), f"n{number}")])
        (document,) = _documents(root / "one.warc")
        payload = Payload(b"", Media.HTML) if kind == "empty" else document.payload
        rows.append(replace(document, source=source, payload=payload))
        if kind == "document":
            newest[name] = max(newest.get(name, (-1, -1)), (day or 0, number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexer.intake, "read", lambda *_: iter(rows))
        (root / "x").write_bytes(b"x")
        sources = Sources((Source(root / "x", "warc", 1),), ())
        if not newest:
            with pytest.raises(CorpusError, match="nothing to index"):
                build_index(sources, root / "index", embedder)
            return
        report = build_index(sources, root / "index", embedder)
    assert report.read == len(rows) == report.kept + sum(report.rejected.values())
    assert report.damaged == sum(kind == "damaged" for kind, _, _ in drawn)
    texts = texts_of(root / "index")
    assert len(texts) == report.kept == len(newest)
    for text, (_, number) in zip(texts, sorted(newest.values(), key=lambda x: x[1]), strict=True):
        assert f"about n{number} and" in text


def _documents(path: Path) -> Iterator[Document]:
    for source in find_sources([path]).found:
        for item in read(source):
            assert isinstance(item, Document)
            yield item


def test_gzipped_collections(
    papers: Path, papers_index: Path, tmp_path: Path, embedder: Embedder
) -> None:
    packed = tmp_path / papers.parent.name / "corpus.jsonl.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(papers.read_bytes()))
    build_index(find_sources([packed]), tmp_path / "index", embedder)
    assert contents(tmp_path / "index") == contents(papers_index)
