"""Site furniture through whole builds: what leaves pages, what stays, and that kills change nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.ledger import Ledger
from indexer.shard import ShardReader
from indexer.workspace import index_id

DAY = datetime(2024, 1, 1, tzinfo=UTC)
ONE = BuildSettings(workers=1)

COOKIES = "We use cookies to give you the best experience on this site, as all of our partners do."
NEWSLETTER = "Sign up for our newsletter and never miss a story about the lakes of this region."
FORMULA = "This Regulation shall be binding in its entirety and applicable in all Member States."
TOPICS = (
    "glacier kestrel senate copper violin harbour lichen tariff comet barley otter maple".split()
)


def page(host: str, number: int, *, formula: bool = False) -> Exchange:
    """An article between a note on cookies and an invitation, some with a formula in the middle."""
    topic = TOPICS[number % len(TOPICS)]
    own = [f"Part {part} of page {number} tells what a {topic} is for. " * 3 for part in range(3)]
    if formula:
        own.insert(1, FORMULA)
    body = "".join(f"<p>{text}</p>" for text in (COOKIES, *own, NEWSLETTER))
    html = f"<title>{topic}</title><body><article><h1>About {topic}</h1>{body}</article></body>"
    return Exchange(f"https://{host}/{number}", DAY, html.encode())


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    """A dozen pages of one host, three of another."""
    path = tmp_path / "crawl.warc.gz"
    large = [page("large.example", number, formula=number < 4) for number in range(12)]
    write_warc(path, [*large, *(page("small.example", number) for number in range(3))])
    return path


def texts(index: Path) -> Iterator[tuple[str, str]]:
    """Host and text of every live document."""
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        for row in range(len(reader.documents)):
            if reader.documents.live is None or reader.documents.live[row]:
                yield reader.documents.get(row).host or "", reader.documents.text(row)


def passages(index: Path) -> list[tuple[str, int, int, bytes]]:
    """Id, span and vector of every passage."""
    found = []
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        rows = list(range(len(reader.passages)))
        starts, ends = reader.passages.start_char.tolist(), reader.passages.end_char.tolist()
        for row, key in zip(rows, reader.passages.ids(rows), strict=True):
            vector = reader.vectors.quantised([int(reader.passages.vector[row])])
            found.append((key, starts[row], ends[row], vector.codes.tobytes()))
    return sorted(found)


def test_furniture_goes_and_is_counted(
    crawl: Path, tmp_path: Path, fake_embedder: Embedder
) -> None:
    index = tmp_path / "index"
    report = build_index(find_sources([crawl]), index, fake_embedder, ONE)
    assert (report.read, report.kept, report.rejected) == (15, 15, {})
    assert (report.furniture_blocks, report.furniture_pages) == (24, 12)
    found = list(texts(index))
    assert len(found) == 15
    for host, text in found:
        assert (COOKIES in text) == (NEWSLETTER in text) == (host == "small.example")
        assert "About " in text
        assert text.count("Part ") == 9
    assert sum(FORMULA in text for _, text in found) == 4
    with Ledger.open(index, index_id(index)) as ledger:
        (run,) = ledger.runs()
    assert (run["counts"]["furniture_blocks"], run["counts"]["furniture_pages"]) == (24, 12)


def test_pages_vote_across_the_files_of_a_build(tmp_path: Path, fake_embedder: Embedder) -> None:
    for number in range(6):
        write_warc(tmp_path / f"{number}.warc", [page("large.example", number)])
    index = tmp_path / "index"
    report = build_index(find_sources([tmp_path]), index, fake_embedder, ONE)
    assert (report.furniture_blocks, report.furniture_pages) == (12, 6)
    # What is in the index already does not vote, and is not changed.
    write_warc(tmp_path / "more.warc", [page("large.example", 7)])
    report = build_index(
        find_sources([tmp_path / "more.warc"]), index, fake_embedder, BuildSettings(add=True)
    )
    assert (report.kept, report.furniture_blocks) == (1, 0)
    assert [COOKIES in text for _, text in texts(index)] == [False] * 6 + [True]


@pytest.mark.parametrize("files", [1, 3])
@pytest.mark.parametrize("stage", ["read", "embed", "shards placed", "manifest staged"])
def test_a_build_that_was_stopped_drops_the_same(
    crawl: Path, tmp_path: Path, fake_embedder: Embedder, stage: str, files: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("indexer.intake.UNIT_DOCUMENTS", 4)
    monkeypatch.setattr("indexer.assemble.BATCH_TEXTS", 4)
    settings = BuildSettings(workers=1, shard_passages=8)
    for number in range(1, files):
        write_warc(
            tmp_path / f"{number}.warc",
            [page("large.example", number * 20 + each) for each in range(6)],
        )
    sources = find_sources([*sorted(tmp_path.glob("*.warc")), crawl])
    build_index(sources, tmp_path / "undisturbed", fake_embedder, settings)
    calls = 0

    def stop_in(name: str, *_: object) -> None:
        nonlocal calls
        calls += name == stage
        if name == stage and calls == 3:
            raise KeyboardInterrupt

    def stop_at(step: str) -> None:
        if step == stage:
            raise KeyboardInterrupt

    index = tmp_path / "index"
    with pytest.raises(KeyboardInterrupt):
        build_index(sources, index, fake_embedder, settings, advance=stop_in, hook=stop_at)
    report = build_index(sources, index, fake_embedder, settings)
    assert report.furniture_pages == 12 + (files - 1) * 6
    assert passages(index) == passages(tmp_path / "undisturbed")


def test_another_rule_reads_everything_again(
    crawl: Path, tmp_path: Path, fake_embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    build_index(find_sources([crawl]), index, fake_embedder, ONE)
    assert not build_index(find_sources([crawl]), index, fake_embedder, ONE).published
    for module in ("indexer.build", "indexer.furniture"):
        monkeypatch.setattr(f"{module}.FURNITURE_VERSION", "none")
    monkeypatch.setattr("indexer.furniture.MIN_PAGES", 100)
    report = build_index(find_sources([crawl]), index, fake_embedder, ONE)
    assert (report.published, report.kept, report.furniture_blocks) == (True, 15, 0)
    assert all(COOKIES in text for _, text in texts(index))


def test_shards_of_another_rule_are_not_taken_over(
    crawl: Path, tmp_path: Path, fake_embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    index = tmp_path / "index"
    monkeypatch.setattr("indexer.furniture.FURNITURE_VERSION", "none")
    monkeypatch.setattr("indexer.furniture.MIN_PAGES", 100)
    with pytest.raises(KeyboardInterrupt):  # all is written but not published
        build_index(find_sources([crawl]), index, fake_embedder, ONE, hook=stop)
    monkeypatch.undo()
    report = build_index(find_sources([crawl]), index, fake_embedder, ONE)
    assert (report.furniture_blocks, report.furniture_pages) == (24, 12)
    assert sum(COOKIES in text for _, text in texts(index)) == 3
