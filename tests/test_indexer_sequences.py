"""However an index came about, it holds what one build of the same files holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.maintain import compact
from indexer.shard import ShardReader
from indexer.verify import verify

PAGES = 4
VERSIONS = ("glacier", "kestrel", "senate")


@dataclass(frozen=True)
class Capture:
    """What a crawl met at an address: a version of its text, a loss, or nothing new since a day."""

    page: int
    found: str
    since: int = 0


captures = st.builds(
    Capture,
    st.integers(0, PAGES - 1),
    st.sampled_from([*VERSIONS, "404", "revisit"]),
    st.integers(1, 6),
)
crawls = st.lists(
    st.tuples(st.integers(1, 6), st.lists(captures, max_size=4, unique_by=lambda each: each.page)),
    min_size=2,
    max_size=4,
)


def record(capture: Capture, day: int) -> str:
    url = f"https://a.example/{capture.page}"
    kind, status, fields, body = "response", "200 OK", "", ""
    if capture.found == "404":
        status, body = "404 Not Found", "gone"
    elif capture.found == "revisit":
        kind, status = "revisit", "304 Not Modified"
        fields = (
            f"WARC-Refers-To-Target-URI: {url}\r\n"
            f"WARC-Refers-To-Date: 2024-01-{capture.since:02}T00:00:00Z\r\n"
        )
    else:
        text = f"Page {capture.page} is about {capture.found} and says so at some length. "
        body = f"<title>{capture.found}</title><article><p>{text * 6}</p></article>"
    http = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n\r\n{body}"
    return (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: 2024-01-{day:02}T00:00:00Z\r\n{fields}"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n"
        f"\r\n{http}\r\n\r\n"
    )


def write(folder: Path, given: Sequence[tuple[int, list[Capture]]]) -> list[Path]:
    paths = []
    for number, (day, captures) in enumerate(given):
        path = folder / f"{number}.warc"
        # No archive is empty.
        robots = record(Capture(100 + number, VERSIONS[0]), day)
        text = robots + "".join(record(capture, day) for capture in captures)
        path.write_text(text, encoding="utf-8", newline="")
        paths.append(path)
    return paths


def live(index: Path) -> list[tuple[str, str, str]]:
    """Collection, address and text of each live passage, having checked that all is whole."""
    assert list(verify(index, open_current(index))) == []
    found = []
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        passages = reader.passages
        for row in range(len(passages)):
            if passages.live is None or passages.live[row]:
                number = int(passages.document[row])
                start, end = int(passages.start_char[row]), int(passages.end_char[row])
                document = reader.documents.get(number)
                text = reader.documents.slice(number, start, end)
                found.append((document.collection, str(document.url), text))
    return sorted(found)


@given(crawls, st.lists(st.sampled_from(["x", "y"]), min_size=4, max_size=4))
@settings(max_examples=12)
def test_one_after_the_other_is_all_at_once(
    tmp_path_factory: pytest.TempPathFactory,
    fake_embedder: Embedder,
    given: list[tuple[int, list[Capture]]],
    collections: list[str],
) -> None:
    folder = tmp_path_factory.mktemp("sequence")
    paths = write(folder, given)
    names = collections[: len(paths)]
    for path, name in zip(paths, names, strict=True):
        settings = BuildSettings(collection=name, add=True)
        build_index(find_sources([path]), folder / "grown", fake_embedder, settings)
    for name in sorted(set(names)):
        of_name = [path for path, each in zip(paths, names, strict=True) if each == name]
        settings = BuildSettings(collection=name, add=True)
        build_index(find_sources(of_name), folder / "made", fake_embedder, settings)
    assert live(folder / "grown") == live(folder / "made")
    compact(folder / "grown")
    assert live(folder / "grown") == live(folder / "made")
