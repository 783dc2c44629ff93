"""An index over time: what is added, replaced, lost, removed, compacted, rolled back, collected."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import IncompatibleIndex, IndexFolderError, NotAnIndex
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildReport, BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import current_id, generation_at, list_generations, open_current
from indexer.ledger import Ledger
from indexer.maintain import collect, compact, remove, rollback
from indexer.settle import Events, Fate
from indexer.verify import verify
from indexer.workspace import index_id
from server.open import NotIndexed, Opening, open_document
from server.search import Request, Searcher

DAY = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = "glacier kestrel senate copper violin harbour lichen tariff comet barley".split()


def page(name: str, words: str, day: int = 1, status: str = "200 OK") -> Exchange:
    text = f"This page is about {words} and says so at some length, as pages of this kind do. "
    html = f"<title>{words}</title><article><h1>{words}</h1><p>{text * 6}</p></article>"
    url = name if name.startswith("http") else f"https://a.example/{name}"
    return Exchange(url, DAY.replace(day=day), html.encode(), status=status)


def add(index: Path, embedder: Embedder, *pages: Exchange, name: str) -> BuildReport:
    path = index.parent / f"{name}.warc.gz"
    write_warc(path, pages)
    is_new = not (index / "CURRENT").exists()
    return build_index(find_sources([path]), index, embedder, BuildSettings(add=not is_new))


def urls(index: Path, embedder: Embedder, query: str = "page about") -> set[str | None]:
    """What a search finds, having checked that the index is whole."""
    assert list(verify(index, open_current(index))) == []
    answer = Searcher.open(index, embedder).search(Request(query, 50))
    return {hit.document.url for hit in answer.hits}


def url(name: str) -> str:
    return f"https://a.example/{name}"


@pytest.fixture
def index(tmp_path: Path, embedder: Embedder) -> Path:
    """Two crawls: of the first day, and of the third with one page newer and one gone."""
    index = tmp_path / "index"
    pages = [page(word, word) for word in WORDS[:5]]
    add(index, embedder, *pages, page("https://b.a.example/x", "suffix"), name="one")
    report = add(
        index,
        embedder,
        page("glacier", "glacier renewed", 3),
        page("kestrel", "x", 3, "404 Not Found"),
        page("comet", "comet", 3),
        name="two",
    )
    assert (report.kept, report.skipped, report.rejected) == (2, 0, {"status 404": 1})
    return index


def test_newer_copies_replace_and_lost_pages_go(index: Path, embedder: Embedder) -> None:
    expected = {url(name) for name in ("glacier", "senate", "copper", "violin", "comet")}
    assert urls(index, embedder) == expected | {"https://b.a.example/x"}
    searcher = Searcher.open(index, embedder)
    hits = searcher.search(Request("glacier", 10)).hits
    assert ["renewed" in hit.text for hit in hits if hit.document.url == url("glacier")] == [True]
    generation = open_current(index)
    assert (generation.documents, len(generation.shards)) == (6, 2)
    assert generation.shards[0].tombstones is not None
    assert generation.shards[0].tombstones.documents == 2


def test_what_is_older_than_the_index_changes_nothing(index: Path, embedder: Embedder) -> None:
    before = urls(index, embedder)
    report = add(
        index, embedder, page("glacier", "old glacier", 2), page("kestrel", "k", 2), name="t"
    )
    assert report.kept == 0
    assert report.rejected == {
        "superseded by another copy": 1,
        "gone since (404 or 410 in a newer crawl)": 1,
    }
    assert urls(index, embedder) == before


def test_a_page_that_comes_back_is_there_again(index: Path, embedder: Embedder) -> None:
    add(index, embedder, page("kestrel", "kestrel", 4), name="three")
    assert url("kestrel") in urls(index, embedder)


def test_a_rerun_does_nothing_and_a_changed_file_is_read_again(
    index: Path, embedder: Embedder
) -> None:
    live = current_id(index)
    path = index.parent / "two.warc.gz"
    report = build_index(find_sources([path]), index, embedder, BuildSettings(add=True))
    assert (report.published, report.skipped, report.read) == (False, 1, 0)
    assert current_id(index) == live
    report = add(index, embedder, page("barley", "barley", 3), name="two")
    assert report.published
    # The file no longer says that the kestrel is gone, nor holds the comet.
    expected = {url(name) for name in (*WORDS[:5], "barley")}
    assert urls(index, embedder) == expected | {"https://b.a.example/x"}


def test_a_build_holds_exactly_what_is_given(index: Path, embedder: Embedder) -> None:
    report = build_index(find_sources([index.parent / "two.warc.gz"]), index, embedder)
    assert (report.published, report.skipped) == (True, 1)
    assert urls(index, embedder) == {url("glacier"), url("comet")}
    # A shard that can hold nothing live is not there any more, nor is the rule that emptied it.
    generation = open_current(index)
    assert (len(generation.shards), generation.removals) == (1, ())


def test_unchanged_text_is_not_embedded_again(index: Path, embedder: Embedder) -> None:
    report = add(index, embedder, *(page(word, word, 5) for word in WORDS[1:5]), name="again")
    assert (report.kept, report.embedded) == (4, 0)
    build_index(
        find_sources([index.parent / "two.warc.gz"]), index, embedder, BuildSettings(fresh=True)
    )
    assert len(open_current(index).shards) == 1


def test_files_of_one_name_in_two_folders_stay_apart(
    index: Path, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_here = BuildSettings(add=True)
    for folder, word in (("a", "harbour"), ("b", "lichen")):
        (tmp_path / folder).mkdir()
        write_warc(tmp_path / folder / "x.warc", [page(word, word)])
        monkeypatch.chdir(tmp_path / folder)
        build_index(find_sources(["x.warc"]), index, embedder, add_here)
    remove(index, sources=[str(tmp_path / "b" / "x.warc")])
    found = urls(index, embedder)
    assert url("harbour") in found
    assert url("lichen") not in found


def test_a_file_may_leave_one_collection_and_stay_in_another(
    tmp_path: Path, embedder: Embedder
) -> None:
    index, path = tmp_path / "index", tmp_path / "one.warc.gz"
    write_warc(path, [page("x", "glacier"), page("gone", "x", 2, "404 Not Found")])
    x, both = BuildSettings("x"), BuildSettings("y", add=True)
    build_index(find_sources([path]), index, embedder, x)
    before = urls(index, embedder)
    build_index(find_sources([path]), index, embedder, both)
    build_index(find_sources([path]), index, embedder, x)
    assert urls(index, embedder) == before == {url("x")}
    (hit,) = Searcher.open(index, embedder).search(Request("glacier")).hits
    assert hit.document.collection == "x"
    remove(index, sources=[str(path)])
    assert urls(index, embedder) == set()


@pytest.mark.parametrize(
    ("arguments", "gone"),
    [
        ({"hosts": ["a.example"]}, {"*"}),
        ({"hosts": ["B.A.EXAMPLE."]}, {"https://b.a.example/x"}),
        ({"urls": ["http://a.example:80/copper#x"]}, {url("copper")}),
        ({"urls": [url("copper"), url("violin")]}, {url("copper"), url("violin")}),
    ],
)
def test_removed_is_not_found_nor_opened(
    index: Path, embedder: Embedder, arguments: dict[str, list[str]], gone: set[str]
) -> None:
    before = urls(index, embedder)
    change = remove(index, **arguments)  # type: ignore[arg-type]
    gone = {each for each in before if each} if gone == {"*"} else gone
    assert urls(index, embedder) == before - gone
    assert change.documents == (len(before), len(before) - len(gone))
    searcher = Searcher.open(index, embedder)
    for each in gone:
        with pytest.raises(NotIndexed):
            open_document(
                Opening(url=each),
                searcher.snapshot,
                searcher.trust,
                searcher.encoder.embedder.count_tokens,
            )
    with pytest.raises(IndexFolderError, match="nothing was removed"):
        remove(index, **arguments)  # type: ignore[arg-type]
    # What is fetched later is not concerned.
    back = sorted(gone)[0]
    add(index, embedder, page(back, "back again", 9), name="back")
    assert back in urls(index, embedder)


def test_without_the_newer_source_the_older_copies_are_back(
    index: Path, embedder: Embedder
) -> None:
    remove(index, sources=[str(index.parent / "two.warc.gz")])
    expected = {url(name) for name in WORDS[:5]}
    assert urls(index, embedder) == expected | {"https://b.a.example/x"}
    with pytest.raises(IndexFolderError, match="is no source of this index"):
        remove(index, sources=["nothing.warc"])


def statistics(index: Path, embedder: Embedder) -> tuple[object, ...]:
    """What BM25 works with, and what a search gives, to the last bit."""
    searcher = Searcher.open(index, embedder)
    query = searcher.prepare("glacier renewed page about violin comet")
    hits = searcher.search(Request("glacier renewed page about violin comet", 50)).hits
    return (
        searcher.snapshot.statistics,
        query.lexical.weights.tolist(),
        [(hit.passage_id, hit.relevance, hit.signals) for hit in hits],
    )


def test_tombstones_compaction_and_a_fresh_build_are_the_same(
    index: Path, embedder: Embedder, tmp_path: Path
) -> None:
    dead = statistics(index, embedder)
    change = compact(index)
    assert change.documents == (6, 6)
    generation = open_current(index)
    assert [shard.tombstones for shard in generation.shards] == [None]
    assert statistics(index, embedder) == dead
    both = [index.parent / "one.warc.gz", index.parent / "two.warc.gz"]
    build_index(find_sources(both), tmp_path / "fresh", embedder)
    assert statistics(tmp_path / "fresh", embedder) == dead
    urls(index, embedder)
    assert not compact(index).published  # there is nothing left to do
    compact(index, shard_passages=2)
    assert len(open_current(index).shards) == 3
    assert not compact(index, shard_passages=2).published
    assert statistics(index, embedder) == dead
    # What was dropped for good stays superseded: an older crawl brings nothing back.
    report = add(index, embedder, page("kestrel", "kestrel", 2), name="late")
    assert report.kept == 0


def test_rollback_and_as_of(index: Path, embedder: Embedder) -> None:
    second = open_current(index)
    first = rollback(index)
    assert first.generation_id == second.parent
    assert url("kestrel") in urls(index, embedder)
    assert rollback(index, second.generation_id) == second
    with pytest.raises(IndexFolderError, match="has no generation nonsense"):
        rollback(index, "nonsense")
    later = datetime.now(UTC) + timedelta(days=1)
    assert generation_at(index, later) == second
    with pytest.raises(NotAnIndex, match="no generation from before"):
        generation_at(index, DAY)


def test_garbage_is_collected_but_not_under_a_reader(index: Path, embedder: Embedder) -> None:
    old = current_id(index)
    reader = Searcher.open(index, embedder)
    compact(index)
    collected = collect(index, keep=1)
    assert (len(collected.generations), collected.held) == (1, (old,))
    assert len(reader.search(Request("glacier", 3)).hits) == 3
    del reader
    collected = collect(index, keep=1)
    assert (collected.generations, collected.held, collected.shards) == ((old,), (), 2)
    assert collected.freed_bytes > 0
    assert len(list_generations(index)) == len(list((index / "shards").iterdir())) == 1
    urls(index, embedder)


def test_another_model_or_analyser_is_not_added_to(
    index: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current_id(index)
    monkeypatch.setattr("indexer.build.ANALYSER_VERSION", "another")
    with pytest.raises(IncompatibleIndex, match="build it again"):
        add(index, embedder, page("new", "new"), name="new")
    assert current_id(index) == before


def test_the_clock_may_go_backwards(
    index: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Past(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2001, 1, 1, tzinfo=UTC)

    before = open_current(index)
    monkeypatch.setattr("indexer.workspace.datetime", Past)
    add(index, embedder, page("new", "new"), name="new")
    after = open_current(index)
    assert before.generation_id < after.generation_id
    assert next(name for name, _ in list_generations(index)) == after.generation_id


@pytest.mark.parametrize("part", ["documents.arrow", "dense/vectors.npy", "tokens/df.npy"])
def test_one_flipped_byte_is_found(index: Path, tmp_path: Path, part: str) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "copy"))
    generation = open_current(copy)
    path = copy / "shards" / generation.shards[0].shard_id / part
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (problem,) = verify(copy, generation)
    assert problem.file == str(path)
    assert "sha256" in problem.detail


def test_the_ledger_knows_every_run_and_source(index: Path) -> None:
    with Ledger.open(index, index_id(index)) as ledger:
        runs = ledger.runs()
        assert [(run["command"], run["state"]) for run in runs] == [
            ("add", "published"),
            ("build", "published"),
        ]
        assert runs[0]["generation"] == current_id(index)
        inputs = ledger.inputs()
        assert [(Path(each["file"]).name, each["state"], each["kept"]) for each in inputs] == [
            ("one.warc.gz", "published", 6),
            ("two.warc.gz", "published", 2),
        ]
        assert [each["reason"] for each in ledger.rejections()] == ["status 404"]
        assert ledger.inputs(inputs[1]["digest"]) == [inputs[1]]
    remove(index, sources=[inputs[0]["path"]])
    with Ledger.open(index, index_id(index)) as ledger:
        assert [each["state"] for each in ledger.inputs()] == ["dropped", "published"]
        assert ledger.runs()[0]["command"] == "remove"


EVENTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-1, 3), st.booleans()), min_size=0, max_size=30
)


@given(EVENTS)
def test_fates_are_those_of_a_plain_loop(events: list[tuple[int, int, bool]]) -> None:
    ids = np.array([(f"{key:016}").encode() for key, _, _ in events], dtype="S16").view("V16")
    moments = np.array([moment for _, moment, _ in events], dtype=np.int64)
    documents = np.array([is_document for _, _, is_document in events], dtype=bool)
    latest: dict[int, int] = {}
    for number, (key, moment, _) in enumerate(events):
        if key not in latest or moment >= events[latest[key]][1]:
            latest[key] = number
    expected = [
        (Fate.LIVE if latest[key] == number else Fate.SUPERSEDED)
        if events[latest[key]][2]
        else Fate.GONE
        for number, (key, _, _) in enumerate(events)
    ]
    assert Events(ids, moments, documents).fates().tolist() == expected
