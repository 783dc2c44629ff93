import contextlib
import gc
import hashlib
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from authority.prior import PriorTable
from authority.registry import load_registry
from authority.resolve import Resolver
from corpora.document import DocumentId, identify
from corpora.errors import QueryError
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from server.api import create_app
from server.budget import MIN_TOKENS, TokenCounter
from server.live import Live
from server.open import NotIndexed, Opened, Opening, open_document
from server.search import Searcher

WHO = "https://www.who.int/measles"


@pytest.fixture(scope="module")
def count(embedder: Embedder) -> TokenCounter:
    return TokenCounter(embedder)


@pytest.fixture(scope="module")
def client(searcher: Searcher, index: Path) -> TestClient:
    return TestClient(create_app(Live(index, searcher, lambda before: before.reopen(index))))


def open_(searcher: Searcher, count: TokenCounter, **wanted: Any) -> Opened:  # noqa: ANN401
    return open_document(Opening(**wanted), searcher.snapshot, searcher.trust, count)


def passage_texts(
    searcher: Searcher,
) -> Iterator[tuple[DocumentId, str | None, list[str], list[str]]]:
    """(id, url, ids of its passages, their texts) of every document of the index.

    The texts as a search delivers them; together they are the document's.
    """
    for shard in searcher.snapshot.shards:
        passages = shard.passages
        for row in range(len(shard.documents)):
            document = shard.documents.get(row)
            rows = [n for n in range(len(passages)) if passages.document[n] == row]
            text = shard.documents.text(row)
            spans = [(int(passages.start_char[n]), int(passages.end_char[n])) for n in rows]
            texts = [text[start:end] for start, end in spans]
            yield document.document_id, document.url, list(passages.ids(rows)), texts


def test_every_document_is_its_passages(searcher: Searcher, count: TokenCounter) -> None:
    documents = list(passage_texts(searcher))
    assert len(documents) == 8
    for document_id, url, ids, texts in documents:
        whole = "".join(texts)
        assert url is not None
        for wanted in ({"id": document_id}, {"id": document_id.upper()}, {"url": url}):
            opened = open_(searcher, count, **wanted)
            assert (opened.text, opened.document.document_id) == (whole, document_id)
            assert (opened.passage_id, opened.start_char, opened.end_char) == (None, 0, len(whole))
            assert (opened.total_chars, opened.next_start_char) == (len(whole), None)
            assert [opened.tokens] == count([whole])
        for number, passage_id in enumerate(ids):
            opened = open_(searcher, count, id=passage_id)
            assert opened.document.document_id == document_id
            assert opened.passage_id == passage_id
            assert opened.text == "".join(texts[number:])
            assert opened.end_char == opened.start_char + len(opened.text) == len(whole)


def test_a_hit_can_be_opened_as_it_was_found(client: TestClient) -> None:
    hits = client.post("/v1/search", json={"query": "measles vaccine doses", "n": 20}).json()
    assert len(hits["results"]) == 20
    for hit in hits["results"]:
        span = {"start_char": hit["start_char"], "end_char": hit["end_char"]}
        for name in ({"url": hit["url"]}, {"id": hit["document_id"]}, {"id": hit["passage_id"]}):
            reply = client.post("/v1/open", json=name | span).json()
            assert reply["text"] == hit["content"]
            for field in (
                "url", "title", "time", "kind", "language", "heading", "document_id",
                "text_digest", "authority", "source", "retracted", "start_char", "end_char",
            ):  # fmt: skip
                assert reply[field] == hit[field], field
            assert reply["truncated"] is False
            assert reply["next_start_char"] is None
            assert reply["passage_id"] == (
                hit["passage_id"] if name == {"id": hit["passage_id"]} else None
            )


@given(st.data())
def test_a_range_is_a_slice(searcher: Searcher, count: TokenCounter, data: st.DataObject) -> None:
    document_id, _, ids, texts = data.draw(st.sampled_from(list(passage_texts(searcher))))
    whole = "".join(texts)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole) + 50))
    name = data.draw(st.sampled_from([document_id, *ids]))
    opened = open_(searcher, count, id=name, start_char=start, end_char=end)
    assert opened.text == whole[start:end]
    assert (opened.start_char, opened.end_char) == (start, min(end, len(whole)))
    assert [opened.tokens] == count([whole[start:end]])
    to_the_end = open_(searcher, count, id=name, start_char=start)
    assert to_the_end.text == whole[start:]
    from_the_beginning = open_(searcher, count, id=name, end_char=end)
    assert from_the_beginning.text == whole[:end]


@given(st.data(), st.integers(MIN_TOKENS, 400))
def test_a_reader_with_any_budget_gets_the_whole_text(
    searcher: Searcher, count: TokenCounter, data: st.DataObject, budget: int
) -> None:
    document_id, _, _, texts = data.draw(st.sampled_from(list(passage_texts(searcher))))
    whole = "".join(texts)
    end = data.draw(st.integers(1, len(whole)))
    pieces = []
    start: int | None = data.draw(st.integers(0, end - 1))
    first = start
    while start is not None:
        opened = open_(
            searcher, count, id=document_id, start_char=start, end_char=end, max_tokens=budget
        )
        assert opened.start_char == start
        assert opened.text
        assert [opened.tokens] == count([opened.text])
        assert opened.tokens <= budget
        pieces.append(opened.text)
        start = opened.next_start_char
    assert "".join(pieces) == whole[first:end]


def test_a_budget_cuts_after_a_sentence(searcher: Searcher, count: TokenCounter) -> None:
    whole = open_(searcher, count, url=WHO)
    opened = open_(searcher, count, url=WHO, max_tokens=whole.tokens - 1)
    assert opened.text.rstrip().endswith(".")
    assert opened.next_start_char == opened.end_char
    assert opened.end_char < whole.end_char


@pytest.mark.parametrize(
    "url",
    [
        "http://www.who.int/measles",
        "HTTPS://WWW.WHO.INT/measles",
        " https://www.who.int:443/measles#doses ",
        "http://www.who.int:80/x/../measles?utm_source=mail&fbclid=1",
        "https://reader@www.who.int./measles",
    ],
)
def test_one_page_has_many_spellings(searcher: Searcher, count: TokenCounter, url: str) -> None:
    assert open_(searcher, count, url=url).document.url == WHO


@pytest.mark.parametrize(
    "url",
    [
        "https://www.who.int/measles/more",
        "https://www.who.int/measles?page=2",
        "https://who.int/measles",
        "https://www.who.int.evil.example/measles",
        "https://doi.org/10.1000/nothing",
        "doi:10.1000/nothing",
        "http://127.0.0.1:8000/healthz",
    ],
)
def test_what_is_not_indexed_is_not_fetched(client: TestClient, url: str) -> None:
    reply = client.post("/v1/open", json={"url": url})
    assert reply.status_code == 404
    assert reply.json()["error"]["field"] == "url"
    assert "this index has no such page" in reply.json()["error"]["message"]


def test_a_paper_is_found_by_doi(
    searcher: Searcher, count: TokenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No paper of the small index has a DOI; the id of one that had is that of its DOI.
    documents = searcher.snapshot.shards[0].documents
    wanted = identify("doi:10.1002/(sici)1<1::aid>3.0.co;2-#")
    find = documents.find
    monkeypatch.setattr(documents, "find", lambda each: 0 if each == wanted else find(each))
    for url in (
        "https://doi.org/10.1002/(SICI)1<1::AID>3.0.CO;2-#",
        "http://dx.doi.org/10.1002/(sici)1%3C1::aid%3E3.0.co;2-%23",
        "doi:10.1002/(SICI)1<1::AID>3.0.CO;2-#",
    ):
        opened = open_(searcher, count, url=url)
        assert opened.document == documents.get(0)


def test_an_id_that_is_not_there_is_a_404(client: TestClient) -> None:
    reply = client.post("/v1/open", json={"id": "f" * 32})
    assert reply.status_code == 404
    assert reply.json()["error"]["field"] == "id"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "url", "is missing"),
        ({"url": None, "id": None}, "url", "is missing"),
        ({"url": WHO, "id": "0" * 32}, "id", "together"),
        ({"url": ""}, "url", "at least 1 character"),
        ({"url": "measles"}, "url", "neither an http or https address nor a DOI"),
        ({"url": "ftp://who.int/measles"}, "url", "neither"),
        ({"url": "https://"}, "url", "neither"),
        ({"url": "javascript:alert(1)"}, "url", "neither"),
        ({"url": "https://a.org/" + "x" * 9_000}, "url", "at most 8192 characters"),
        ({"url": 7}, "url", "string"),
        ({"id": "0" * 31}, "id", "match"),
        ({"id": "0" * 31 + "g"}, "id", "match"),
        ({"id": "0" * 32 + "\n"}, "id", "match"),
        ({"url": WHO, "start_char": -1}, "start_char", "greater than or equal to 0"),
        ({"url": WHO, "start_char": True}, "start_char", "integer"),
        ({"url": WHO, "start_char": 1_000_000}, "start_char", "the document has 396 characters"),
        ({"url": WHO, "start_char": 10, "end_char": 9}, "end_char", "before start_char, 10"),
        ({"url": WHO, "max_tokens": 0}, "max_tokens", "16"),
        ({"url": WHO, "max_tokens": 15}, "max_tokens", "16"),
        ({"url": WHO, "max_tokens": 10**9}, "max_tokens", "10000000"),
        ({"url": WHO, "page": 2}, "page", "is not a field"),
    ],
)
def test_a_bad_request_names_its_field(
    client: TestClient, body: dict[str, object], field: str, message: str
) -> None:
    reply = client.post("/v1/open", json=body)
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert error["field"] == field
    assert message in error["message"]


def test_python_refuses_what_http_refuses(searcher: Searcher, count: TokenCounter) -> None:
    for wanted in (
        {}, {"url": WHO, "id": "0" * 32}, {"id": "0" * 31}, {"url": WHO, "start_char": -1},
        {"url": WHO, "end_char": -1}, {"url": WHO, "max_tokens": MIN_TOKENS - 1},
    ):  # fmt: skip
        with pytest.raises(QueryError) as raised:
            open_(searcher, count, **wanted)
        assert not isinstance(raised.value, NotIndexed)


def test_a_character_no_budget_holds_is_refused(searcher: Searcher) -> None:
    opening = Opening(url=WHO, max_tokens=MIN_TOKENS)
    with pytest.raises(QueryError, match="max_tokens"):
        open_document(opening, searcher.snapshot, searcher.trust, lambda texts: [17 for _ in texts])


def test_the_reply_can_be_checked(client: TestClient, searcher: Searcher, index: Path) -> None:
    reply = client.post("/v1/open", json={"url": WHO, "max_tokens": 40}).json()
    assert list(reply) == [
        "url", "document_id", "passage_id", "generation", "title", "time", "kind", "language",
        "heading", "text", "start_char", "end_char", "total_chars", "truncated",
        "next_start_char", "tokens", "text_digest", "authority", "also_at", "retracted", "source",
    ]  # fmt: skip
    digest = hashlib.sha256(reply["text"].encode()).hexdigest()
    assert reply["text_digest"] == f"sha256:{digest}"
    assert reply["generation"] == searcher.snapshot.generation.generation_id
    assert (reply["url"], reply["title"], reply["kind"]) == (WHO, "Measles", "web")
    assert (reply["truncated"], reply["next_start_char"]) == (True, reply["end_char"])
    assert reply["authority"]["tier"] == 1
    assert reply["authority"]["reasons"]
    source = reply["source"]
    record = Path(source["file"]).read_bytes()[source["offset"] :][: source["length"]]
    assert source["file"].endswith("web.warc.gz")
    assert source["base"] == "file"
    assert record.startswith(b"\x1f\x8b")


def test_documents_are_found_in_every_shard(
    corpus: Path, embedder: Embedder, count: TokenCounter, tmp_path: Path
) -> None:
    sources = find_sources([corpus / "web.warc.gz"])
    build_index(sources, tmp_path / "index", embedder, BuildSettings(shard_passages=2))
    searcher = Searcher.open(tmp_path / "index", embedder)
    assert len(searcher.snapshot.shards) > 2
    for document_id, url, ids, texts in passage_texts(searcher):
        for wanted in ({"id": document_id}, {"url": url}, {"id": ids[0]}):
            opened = open_(searcher, count, **wanted)
            assert (opened.document.document_id, opened.text) == (document_id, "".join(texts))
            assert opened.prior == PriorTable(Resolver(load_registry())).prior_of(url)


def test_what_was_opened_is_closed_with_its_last_reader(
    index: Path, searcher: Searcher, count: TokenCounter
) -> None:
    reader = searcher.reopen(index)
    paper = next(url for _, url, *_ in passage_texts(reader) if url and "aclanthology" in url)
    for wanted in ({"url": WHO}, {"url": paper}, {"id": "0" * 32}):
        with contextlib.suppress(NotIndexed):
            open_(reader, count, **wanted)
    shard = reader.snapshot.shards[0]
    parts: list[weakref.ref[Any]] = [weakref.ref(shard.documents), weakref.ref(shard.passages)]
    gc.disable()
    try:
        del reader, shard
        assert [part() for part in parts] == [None, None]
    finally:
        gc.enable()


def test_answers_go_on_when_the_index_is_deleted(
    index: Path, searcher: Searcher, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = Live(copy, searcher.reopen(copy), lambda before: before.reopen(copy))
    client = TestClient(create_app(live))
    question = {"query": "measles vaccination", "n": 20}
    page = {"url": WHO}
    before = (
        client.post("/v1/search", json=question).json(),
        client.post("/v1/open", json=page).json(),
    )
    assert client.get("/readyz").status_code == 200
    shutil.rmtree(copy)
    live.look()
    after = (
        client.post("/v1/search", json=question).json(),
        client.post("/v1/open", json=page).json(),
    )
    assert after == before
    papers = client.post("/v1/open", json={"url": "https://aclanthology.org/nothing"})
    assert papers.status_code == 404
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["status"] == "behind"
    assert "no such folder" in ready.json()["failure"]
    assert client.get("/healthz").status_code == 200
    [only] = client.get("/v1/generations").json()["generations"]
    assert only["live"] is True


@pytest.mark.parametrize("url", [f"{WHO}/", WHO.removeprefix("https://"), f"  {WHO}#part "])
def test_addresses_are_read_as_people_write_them(client: TestClient, url: str) -> None:
    assert client.post("/v1/open", json={"url": url}).json()["url"] == WHO
