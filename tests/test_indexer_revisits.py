"""Revisits whose original is in another file: of the same build, or of one before."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpora.readers.warc import Exchange, write_warc
from corpora.revisits import NOT_HERE
from corpora.sources import find_sources
from indexer.build import BuildReport, BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import open_current
from indexer.ledger import Ledger
from indexer.maintain import remove
from indexer.revisits import UNCHANGED
from indexer.shard import ShardReader
from indexer.verify import verify
from indexer.workspace import index_id

JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3))
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


def url(name: str) -> str:
    return f"https://{name}.example/"


def page(name: str, day: datetime = JANUARY, status: str = "200 OK") -> Exchange:
    text = f"The kestrel of {name} hovers over open ground and watches for voles in the grass. "
    html = f"<html><title>{name}</title><article><p>{text * 3}</p></article></html>"
    return Exchange(url(name), day, html.encode(), status=status)


def revisit(
    name: str,
    of: str | None = None,
    at: datetime | None = JANUARY,
    day: datetime = FEBRUARY,
    profile: str = IDENTICAL,
) -> bytes:
    """A revisit record of WARC 1.1, without a digest."""
    fields = {"WARC-Type": "revisit", "WARC-Target-URI": url(name), "WARC-Profile": profile}
    fields["WARC-Date"] = f"{day:%Y-%m-%dT%H:%M:%SZ}"
    if of is not None:
        fields["WARC-Refers-To-Target-URI"] = url(of)
    if at is not None:
        fields["WARC-Refers-To-Date"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    fields["WARC-Record-ID"] = f"<urn:uuid:{name}-{day:%m}>"
    head = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return f"WARC/1.1\r\n{head}Content-Length: 0\r\n\r\n\r\n\r\n".encode()


@pytest.fixture
def first(tmp_path: Path) -> Path:
    path = tmp_path / "1.warc.gz"
    write_warc(path, [page("fields"), page("meadow")])
    return path


def second(tmp_path: Path, *records: bytes) -> Path:
    path = tmp_path / "2.warc"
    path.write_bytes(b"".join(records))
    return path


def build(index: Path, embedder: Embedder, *paths: Path, add: bool = False) -> BuildReport:
    return build_index(find_sources(list(paths)), index, embedder, BuildSettings(add=add))


def pages(index: Path) -> dict[str, tuple[str, datetime | None, str]]:
    """Address -> text, date and file of each live page, having checked that the index is whole."""
    generation = open_current(index)
    assert list(verify(index, generation)) == []
    found = {}
    for shard in generation.shards:
        reader = ShardReader.open(index, shard)
        for row in range(len(reader.documents)):
            if reader.dead is None or not reader.dead.documents[row]:
                document = reader.documents.get(row)
                source = document.source
                found[str(document.url)] = (
                    reader.documents.text(row), source.fetched_at, Path(source.file).name,
                )  # fmt: skip
    return found


def rejections(index: Path) -> list[tuple[str, str]]:
    with Ledger.open(index, index_id(index)) as ledger:
        return sorted((Path(row["file"]).name, row["reason"]) for row in ledger.rejections())


def test_the_original_is_in_another_file_of_the_build(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    late = second(
        tmp_path,
        revisit("fields", "fields"),
        revisit("copy", "meadow"),
        revisit("meadow", at=None, day=MARCH, profile=NOT_MODIFIED),
        revisit("wrong-date", "fields", MARCH),
        revisit("digest-only", at=None),
    )
    index = tmp_path / "index"
    report = build(index, embedder, late, first)  # in any order
    found = pages(index)
    assert sorted(found) == [url("copy"), url("fields"), url("meadow")]
    assert found[url("fields")][1:] == (FEBRUARY, "1.warc.gz")
    assert found[url("copy")][1:] == (FEBRUARY, "1.warc.gz")
    assert found[url("copy")][0] == found[url("meadow")][0]
    assert found[url("meadow")][1] == MARCH
    assert report.read == 7
    assert report.kept == 3
    assert report.rejected == {NOT_HERE: 2, "superseded by another copy": 2}
    assert rejections(index) == [
        ("1.warc.gz", "superseded by another copy"), ("1.warc.gz", "superseded by another copy"),
        ("2.warc", NOT_HERE), ("2.warc", NOT_HERE),
    ]  # fmt: skip


def test_the_original_is_in_the_index_already(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    index = tmp_path / "index"
    build(index, embedder, first)
    before = pages(index)
    late = second(tmp_path, revisit("fields", "fields"), revisit("copy", "meadow"))
    report = build(index, embedder, late, add=True)
    assert pages(index) == before
    assert report.rejected == {NOT_HERE: 1, UNCHANGED: 1}
    assert (report.read, report.kept) == (2, 0)
    assert rejections(index) == [("2.warc", UNCHANGED), ("2.warc", NOT_HERE)]


def test_what_is_not_live_is_not_unchanged(tmp_path: Path, first: Path, embedder: Embedder) -> None:
    index = tmp_path / "index"
    build(index, embedder, first)
    remove(index, hosts=["fields.example"])
    late = second(tmp_path, revisit("fields", "fields"))
    assert build(index, embedder, late, add=True).rejected == {NOT_HERE: 1}
    assert list(pages(index)) == [url("meadow")]


def test_a_page_that_was_gone_in_between_is_back(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    gone = tmp_path / "gone.warc.gz"
    write_warc(gone, [page("fields", FEBRUARY, "404 Not Found")])
    late = second(tmp_path, revisit("fields", "fields", day=MARCH))
    index = tmp_path / "index"
    build(index, embedder, first, gone, late)
    assert pages(index)[url("fields")][1] == MARCH


def test_a_page_of_the_index_that_was_gone_in_between_is_back(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    gone = tmp_path / "gone.warc.gz"
    write_warc(gone, [page("fields", FEBRUARY, "404 Not Found"), page("meadow", MARCH, "410 Gone")])
    late = second(tmp_path, revisit("fields", "fields", day=MARCH), revisit("meadow", "meadow"))
    together, apart = tmp_path / "together", tmp_path / "apart"
    for index in (together, apart):
        build(index, embedder, first)
    build(together, embedder, gone, late, add=True)
    build(apart, embedder, gone, add=True)
    assert list(pages(apart)) == []
    report = build(apart, embedder, late, add=True)
    assert report.rejected == {UNCHANGED: 2}
    for index in (together, apart):
        assert list(pages(index)) == [url("fields")]  # seen after it was gone, the other before


def test_an_older_version_that_is_seen_again_is_not_unchanged(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    newer = tmp_path / "newer.warc.gz"
    write_warc(
        newer, [Exchange(url("fields"), FEBRUARY, b"<p>A new text about owls at night.</p>")]
    )
    index = tmp_path / "index"
    build(index, embedder, first)
    build(index, embedder, newer, add=True)
    late = second(tmp_path, revisit("fields", "fields", day=MARCH))
    assert build(index, embedder, late, add=True).rejected == {NOT_HERE: 1}


def test_what_a_revisit_made_goes_with_either_file(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    late = second(tmp_path, revisit("copy", "meadow"))
    index = tmp_path / "index"
    for removed in (first, late):
        build(index, embedder, first, late)
        assert url("copy") in pages(index)
        remove(index, sources=[str(removed)])
        assert url("copy") not in pages(index)
    build(index, embedder, first, late)
    build(index, embedder, first)
    assert sorted(pages(index)) == [url("fields"), url("meadow")]


def test_a_changed_original_is_looked_for_again(
    tmp_path: Path, first: Path, embedder: Embedder
) -> None:
    late = second(tmp_path, revisit("copy", "meadow"))
    index, fresh = tmp_path / "index", tmp_path / "fresh"
    build(index, embedder, first, late)
    write_warc(first, [page("meadow"), page("owls")])
    build(index, embedder, first, late)
    build(fresh, embedder, first, late)
    assert pages(index) == pages(fresh)
    assert sorted(pages(index)) == [url("copy"), url("meadow"), url("owls")]
    write_warc(first, [page("owls")])
    build(index, embedder, first, late)
    assert sorted(pages(index)) == [url("owls")]


def test_stopped_and_built_again_is_the_same(
    tmp_path: Path, first: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = second(tmp_path, revisit("fields", "fields"), revisit("odd", "nowhere"))
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    build(whole, embedder, first, late)
    with monkeypatch.context() as patch:
        patch.setattr("indexer.build.publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            build(resumed, embedder, first, late)
    report = build(resumed, embedder, first, late)
    assert pages(resumed) == pages(whole)
    assert rejections(resumed) == rejections(whole)
    assert report.rejected == {NOT_HERE: 1, "superseded by another copy": 1}
    assert open_current(resumed).rejected == open_current(whole).rejected


def test_so_many_are_looked_for_and_no_more(
    tmp_path: Path, first: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.gather.MAX_REVISITS", 2)
    late = second(tmp_path, *(revisit(name, "meadow") for name in ("a", "b", "c")))
    report = build(tmp_path / "index", embedder, first, late)
    assert report.rejected == {NOT_HERE: 1}
    assert sorted(pages(tmp_path / "index")) == [
        url("a"), url("b"), url("fields"), url("meadow"),
    ]  # fmt: skip
