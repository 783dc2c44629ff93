"""Passages proven by their bytes: of every kind of file, wherever it lies, and by nothing else."""

import gzip
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.document import Document, PassageId, Payload
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources, read
from indexer.build import BuildSettings, build_index
from indexer.citation import Citation, Outcome, Step
from indexer.cite import cite
from indexer.embed import Embedder
from indexer.extract import extract
from indexer.generation import open_current
from indexer.intake import Extractors
from indexer.records import StoredDocument
from indexer.shard import ShardReader

DAY = datetime(2024, 1, 1, tzinfo=UTC)
COOKIES = "We use cookies to give you the best experience on this site, as all of our partners do."
NEWSLETTER = "Sign up for our newsletter and never miss a story about the lakes of this region."
ASIDE = "Advertisement: nothing keeps you as warm as a boat that is heated all through the winter."
JATS = """<article><front><article-meta><article-id pub-id-type="doi">10.1/ice</article-id>
<title-group><article-title>On Ice</article-title></title-group></article-meta></front>
<body><sec><title>Results</title><p>{}</p></sec></body></article>"""
PUBMED = """<?xml version="1.0"?><PubmedArticleSet>{}</PubmedArticleSet>"""
PUBMED_ARTICLE = """<PubmedArticle><MedlineCitation><PMID>{0}</PMID><Article><ArticleTitle>Ice {0}
</ArticleTitle><Abstract><AbstractText>{1}</AbstractText></Abstract></Article></MedlineCitation>
</PubmedArticle>"""


def prose(topic: str, sentences: int = 5) -> str:
    """Text with characters beyond ASCII, so that code points and bytes differ."""
    return " ".join(
        f"Sentence {n} says – as “everyone” knows – that a {topic} is übel."
        for n in range(sentences)
    )


def html(*paragraphs: str, title: str = "Åland") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def page(name: str, *paragraphs: str, day: int = 1, host: str = "example.org") -> Exchange:
    url = f"https://{host}/{name}"
    return Exchange(url, DAY.replace(day=day), html(*paragraphs, title=name).encode())


def site() -> list[Exchange]:
    """Pages in furniture, which is also between their paragraphs."""
    bodies = [
        (COOKIES, prose(f"lake {n}"), ASIDE, prose(f"reed {n}"), NEWSLETTER) for n in range(8)
    ]
    return [page(f"p{n}", *body, host="site.example") for n, body in enumerate(bodies)]


@dataclass(frozen=True)
class Built:
    """An index, the folder of its sources, and its passages."""

    index: Path
    folder: Path
    passages: dict[PassageId, tuple[StoredDocument, str]]

    def of(self, file: str) -> dict[PassageId, str]:
        """Passages of a file."""
        found = {
            key: text
            for key, (about, text) in self.passages.items()
            if f"/{file}" in about.source.file
        }
        assert found, file
        return found

    def cite(
        self, key: PassageId, folder: Path | None = None, *, record_only: bool = False
    ) -> Citation:
        return cite(self.index, key, folder or self.folder, record_only=record_only)


def passages(index: Path) -> Iterator[tuple[PassageId, tuple[StoredDocument, str]]]:
    for shard in open_current(index).shards:
        reader = ShardReader.open(index, shard)
        for row, key in enumerate(reader.passages.ids(range(len(reader.passages)))):
            document = int(reader.passages.document[row])
            start, end = (int(each[row]) for each in (
                reader.passages.start_char, reader.passages.end_char))  # fmt: skip
            yield (
                key,
                (reader.documents.get(document), reader.documents.slice(document, start, end)),
            )


def build(folder: Path, index: Path, embedder: Embedder) -> Built:
    build_index(find_sources([folder]), index, embedder, BuildSettings(workers=1))
    return Built(index, folder, dict(passages(index)))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, fake_embedder: Embedder) -> Built:
    """One file of each kind."""
    root = tmp_path_factory.mktemp("cite")
    folder = root / "sources"
    (folder / "beir").mkdir(parents=True)
    write_warc(folder / "plain.warc", [page("plain", prose("plain warc")), page("x", prose("x"))])
    write_warc(folder / "members.warc.gz", [page("y", prose("y")), page("gz", prose("gz warc"))])
    write_warc(folder / "whole.warc", [page("z", prose("z")), page("whole", prose("whole warc"))])
    whole = gzip.compress((folder / "whole.warc").read_bytes())
    (folder / "whole.warc.gz").write_bytes(whole)
    (folder / "whole.warc").unlink()
    again = replace(
        page("revisited", prose("revisit")), revisit_of=DAY, fetched_at=DAY.replace(day=3)
    )
    first = replace(page("revisited", prose("revisit")), fetched_at=DAY)
    write_warc(folder / "revisit.warc.gz", [first, page("w", prose("w")), again])
    write_warc(root / "inner.warc.gz", [page("v", prose("v")), page("wacz", prose("wacz"))])
    with zipfile.ZipFile(folder / "crawl.wacz", "w") as package:
        package.write(root / "inner.warc.gz", "archive/inner.warc.gz")
    write_warc(root / "inner.warc", [page("u", prose("u")), page("packed", prose("packed"))])
    with zipfile.ZipFile(folder / "packed.wacz", "w", zipfile.ZIP_DEFLATED) as package:
        package.write(root / "inner.warc", "archive/inner.warc")
    write_warc(folder / "site.warc.gz", site())
    lines = [
        {"_id": str(n), "title": f"Title {n}", "text": prose(f"beir {n}", n + 2)} for n in range(3)
    ]
    corpus = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "beir" / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    (folder / "page.html").write_text(html(prose("file of html")), encoding="utf-8")
    (folder / "ice.nxml").write_text(JATS.format(prose("jats")), encoding="utf-8")
    articles = "".join(PUBMED_ARTICLE.format(n, prose(f"pubmed {n}")) for n in range(3))
    with gzip.open(folder / "pubmed.xml.gz", "wt", encoding="utf-8") as file:
        file.write(PUBMED.format(articles))
    return build(folder, root / "index", fake_embedder)


FILES = (
    "plain.warc", "members.warc.gz", "whole.warc.gz", "revisit.warc.gz", "crawl.wacz",
    "packed.wacz", "site.warc.gz", "corpus.jsonl", "page.html", "ice.nxml", "pubmed.xml.gz",
)  # fmt: skip


def outcomes(found: Citation) -> dict[str, str]:
    return {check.step.value: check.outcome.value for check in found.checks}


def differing(found: Citation) -> list[Step]:
    return [check.step for check in found.checks if check.outcome is Outcome.DIFFERS]


def detail(found: Citation, step: Step) -> str:
    return next(check.detail for check in found.checks if check.step is step)


def texts_of(folder: Path, file: str) -> list[str]:
    """Oracle: the texts of all documents of a file, as reader and extraction give them."""
    (source,) = find_sources([next(folder.rglob(file))]).found
    read_now = (extract(each) for each in read(source) if isinstance(each, Document))
    return [each.text for each in read_now if isinstance(each, Document)]


@pytest.mark.parametrize("file", FILES)
def test_every_passage_of_every_kind_is_proven(built: Built, file: str) -> None:
    texts = texts_of(built.folder, file)
    for key, text in list(built.of(file).items())[:4]:
        found = built.cite(key)
        assert set(outcomes(found).values()) == {"ok"}, outcomes(found)
        assert found.is_proven
        assert found.stored is not None
        assert found.stored.text == text
        quoted = ["".join(each[start:end] for start, end in found.spans) for each in texts]
        assert text in quoted


def test_furniture_leaves_several_spans(built: Built) -> None:
    counts = set()
    for key, text in list(built.of("site.warc.gz").items())[:3]:
        found = built.cite(key)
        assert COOKIES not in text
        assert ASIDE not in text
        assert found.is_proven
        counts.add(len(found.spans))
    assert counts == {3}  # title, first and second part


def test_the_revisit_that_counts_is_the_one_that_is_proven(built: Built) -> None:
    found = [built.cite(key) for key in built.of("revisit.warc.gz")]
    dates = {each.stored.document.source.fetched_at for each in found if each.stored is not None}
    assert dates == {DAY, DAY.replace(day=3)}


@pytest.mark.parametrize("file", FILES)
def test_moved_files_are_found(built: Built, tmp_path: Path, file: str) -> None:
    key = next(iter(built.of(file)))
    original = next(built.folder.rglob(file))
    # Of two files of that name the one with the right content; then by its own name.
    for place in ("other", "deep/er"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "other" / file).write_bytes(b"x" * original.stat().st_size)
    shutil.copy(original, tmp_path / "deep" / "er" / file)
    found = built.cite(key, tmp_path)
    assert found.is_proven
    assert found.path == tmp_path / "deep" / "er" / file
    assert built.cite(key, original).is_proven
    # Unread, they cannot be told apart.
    found = built.cite(key, tmp_path, record_only=True)
    assert differing(found) == [Step.FILE]
    assert f"2 files {file}" in detail(found, Step.FILE)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_not_there(built: Built, tmp_path: Path, file: str) -> None:
    found = built.cite(next(iter(built.of(file))), tmp_path)
    assert differing(found) == [Step.FILE]
    assert detail(found, Step.FILE) == f"there is no {file} in {tmp_path}, nor below it"
    assert (found.path, found.spans, found.is_proven) == (None, (), False)
    assert outcomes(found)["text"] == "skipped"


@pytest.fixture
def flipped(built: Built, tmp_path: Path) -> Path:
    """A folder for a file with a byte that is not as it was."""
    folder = tmp_path / "flipped"
    folder.mkdir()
    return folder


def flip(built: Built, folder: Path, file: str, at: float, bit: int, within: bool) -> int:
    """Flips a bit of a copy, somewhere in its record or in all of it; returns where."""
    data = bytearray(next(built.folder.rglob(file)).read_bytes())
    about = next(about for about, _ in built.passages.values() if f"/{file}" in about.source.file)
    start, length = 0, len(data)
    if within and "!/" not in file and about.source.base == "file":
        start, length = about.source.offset, about.source.length or length
    place = start + int(at * (length - 1))
    data[place] ^= 1 << bit
    (folder / file).write_bytes(data)
    return place


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), bit=st.integers(0, 7), within=st.booleans())
def test_one_flipped_bit_is_caught(
    built: Built, flipped: Path, file: str, at: float, bit: int, within: bool
) -> None:
    flip(built, flipped, file, at, bit, within)
    found = built.cite(next(iter(built.of(file))), flipped)
    assert not found.is_proven
    assert Step.DIGEST in differing(found)
    check = next(check for check in found.checks if check.step is Step.DIGEST)
    assert check.indexed != check.found
    assert all(each in check.detail for each in (check.indexed or "-", check.found or "-"))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), bit=st.integers(0, 7))
def test_one_flipped_bit_of_the_payload_is_caught_by_the_record_alone(
    built: Built, flipped: Path, at: float, bit: int
) -> None:
    data = bytearray((built.folder / "plain.warc").read_bytes())
    payload = html(prose("plain warc"), title="plain").encode()
    place = data.index(payload) + int(at * (len(payload) - 1))
    data[place] ^= 1 << bit
    (flipped / "plain.warc").write_bytes(data)
    key = next(key for key, text in built.of("plain.warc").items() if "plain warc" in text)
    found = built.cite(key, flipped, record_only=True)
    assert not found.is_proven
    assert outcomes(found)["digest"] == "skipped"
    assert Step.PAYLOAD in differing(found)


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        (b"https://example.org/plain", b"https://example.com/plain", Step.ADDRESS),
        (b"2024-01-01T", b"2023-01-01T", Step.FETCHED),
        (b"WARC/1.1", b"WARC/a.b", Step.RECORD),
        (b"Content-Length: ", b"Content-Length: 1", Step.RECORD),
        (b"text/html", b"image/png", Step.RECORD),
        (b"<p>Sentence 0 says", b"<p>Sentence 7 says", Step.TEXT),
    ],
)
def test_what_differs_is_named(
    built: Built, flipped: Path, old: bytes, new: bytes, step: Step
) -> None:
    data = (built.folder / "plain.warc").read_bytes()
    assert old in data
    (flipped / "plain.warc").write_bytes(data.replace(old, new, 1 if old != b"text/html" else 9))
    key = next(key for key, text in built.of("plain.warc").items() if "plain warc" in text)
    found = built.cite(key, flipped)
    assert not found.is_proven
    assert {Step.DIGEST, step} <= set(differing(found))
    if step is Step.TEXT:
        check = next(check for check in found.checks if check.step is step)
        assert "Sentence 0 says" in (check.indexed or "")
        assert "Sentence 7 says" in (check.found or "")
        assert (
            f"from character {len('plain') + 2 + len('Sentence ')} of the passage" in check.detail
        )


def test_a_record_that_has_moved(built: Built, flipped: Path) -> None:
    data = (built.folder / "members.warc.gz").read_bytes()
    (flipped / "members.warc.gz").write_bytes(gzip.compress(b"") + data)
    key = next(key for key, text in built.of("members.warc.gz").items() if "gz warc" in text)
    found = built.cite(key, flipped)
    assert differing(found) == [Step.DIGEST, Step.RECORD]


def test_a_file_that_was_cut_off(built: Built, flipped: Path) -> None:
    for file in FILES:
        path = next(built.folder.rglob(file))
        data = path.read_bytes()
        for size in (0, 3, len(data) // 2):
            (flipped / file).write_bytes(data[:size])
            found = built.cite(list(built.of(file))[-1], flipped / file)
            assert Step.DIGEST in differing(found)
            assert not found.is_proven


@pytest.mark.parametrize("step", [Step.FILE, Step.DIGEST, Step.RECORD])
def test_a_disk_that_fails(built: Built, monkeypatch: pytest.MonkeyPatch, step: Step) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    name = {Step.FILE: "find_original", Step.DIGEST: "digest_of", Step.RECORD: "read_again"}[step]
    monkeypatch.setattr(f"indexer.cite.{name}", fail)
    found = built.cite(next(iter(built.of("page.html"))))
    assert differing(found) == [step]
    assert "cannot be read: Input/output error" in detail(found, step)
    assert set(outcomes(found)) == {each.value for each in Step}


def test_ids_that_are_none_of_a_passage(built: Built) -> None:
    found = built.cite(PassageId("0" * 32))
    assert differing(found) == [Step.PASSAGE]
    assert "no passage with this id" in detail(found, Step.PASSAGE)
    assert found.stored is None
    about, _ = next(iter(built.passages.values()))
    found = built.cite(PassageId(about.document_id))
    assert "the id of a document" in detail(found, Step.PASSAGE)


def test_an_index_that_does_not_list_the_file(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.cite.read_inputs", lambda _: ())
    for file in ("crawl.wacz", "corpus.jsonl"):
        key = next(iter(built.of(file)))
        folder = next(built.folder.rglob(file)).parent
        found = built.cite(key, folder)
        assert differing(found) == [Step.DIGEST]
        assert built.cite(key, folder, record_only=True).is_proven


def test_another_extractor_is_noted(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.cite.EXTRACTOR_VERSION", "next")
    found = built.cite(next(iter(built.of("page.html"))))
    assert found.is_proven
    assert outcomes(found)["extractor"] == "noted"


def test_extraction_that_does_not_end(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.cite.prepare", hang)
    monkeypatch.setattr("indexer.cite.Extractors", partial(Extractors, seconds=0.5))
    found = built.cite(next(iter(built.of("page.html"))))
    assert differing(found) == [Step.TEXT]
    assert "timed out" in detail(found, Step.TEXT)


def hang(document: Document) -> Document:
    """A page that keeps its worker for ever."""
    while document.payload is None or isinstance(document.payload, Payload):
        pass
    return document


def test_a_revisit_in_another_file(tmp_path: Path, fake_embedder: Embedder) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    first = replace(page("a", prose("ice")), fetched_at=DAY)
    again = replace(first, fetched_at=DAY.replace(day=2), revisit_of=DAY)
    write_warc(folder / "1.warc.gz", [first])
    write_warc(folder / "2.warc.gz", [page("b", prose("b")), again])
    write_warc(folder / "3.warc", [page("c", prose("c"))])
    built = build(folder, tmp_path / "index", fake_embedder)
    (key,) = built.of("1.warc.gz")
    assert built.passages[key][0].source.fetched_at == DAY.replace(day=2)
    found = built.cite(key)
    assert found.is_proven
    for step in (Step.ADDRESS, Step.FETCHED):
        assert f" of {folder / '2.warc.gz'}" in detail(found, step)
    (folder / "2.warc.gz").unlink()
    (folder / "3.warc").write_bytes(b"no archive any more")
    found = built.cite(key)
    assert differing(found) == [Step.FETCHED]
    assert "2024-01-02" in detail(found, Step.FETCHED)


def test_what_an_older_generation_held(tmp_path: Path, fake_embedder: Embedder) -> None:
    folder, index = tmp_path / "sources", tmp_path / "index"
    folder.mkdir()
    write_warc(folder / "1.warc", [page("a", prose("old"))])
    old = build(folder, index, fake_embedder)
    (key,) = old.passages
    moment = datetime.fromisoformat(open_current(index).created_at)
    write_warc(folder / "2.warc", [page("a", prose("new"), day=2)])
    new = build(folder, index, fake_embedder)
    assert not new.cite(key).is_proven
    assert cite(index, key, folder, moment).is_proven
