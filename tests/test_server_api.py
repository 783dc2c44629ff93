import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from fastapi.testclient import TestClient

from authority.prior import describe, weigh
from corpora.document import PaperMetadata
from server.api import create_app
from server.live import Live
from server.schemas import to_reply
from server.search import Request, Searcher

QUESTION = "When is the finally clause of a try statement executed?"


@pytest.fixture(scope="module")
def client(searcher: Searcher, index: Path) -> TestClient:
    live = Live(index, searcher, lambda before: before.reopen(index))
    return TestClient(create_app(live), raise_server_exceptions=False)


def post(client: TestClient, **body: object) -> dict[str, Any]:
    reply = client.post("/v1/search", json=body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


@pytest.mark.parametrize("n", [1, 3, 20])
def test_the_seed_agents_request_gets_the_reply_it_reads(client: TestClient, n: int) -> None:
    answer = client.post(
        "/v1/search", json={"query": QUESTION, "n": n}, headers={"Authorization": "Bearer KEY"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    reply = answer.json()
    assert reply["query"] == QUESTION
    assert reply["category"] is None
    assert [result["position"] for result in reply["results"]] == list(range(1, n + 1))
    for result in reply["results"]:
        for field in ("url", "title", "time", "snippet", "content"):
            assert isinstance(result[field], str)
        assert result["url"].startswith("https://")
        assert result["content"].strip()
        assert result["snippet"]
        assert len(result["snippet"]) <= 300
        assert re.fullmatch(r"(\d{4}(-\d{2}-\d{2})?)?", result["time"])
    # Pages of the small crawl have no date; papers have their year.
    times = {urlsplit(result["url"]).hostname: result["time"] for result in reply["results"]}
    assert times["docs.python.org"] == ""
    assert n < 20 or times["aclanthology.org"] == "2020"


def test_no_key_and_any_key_are_accepted(client: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}):
        reply = client.post("/v1/search", json={"query": QUESTION}, headers=headers)
        assert reply.status_code == 200


@pytest.mark.parametrize(
    ("url", "doi", "shown"),
    [
        ("https://e.org/a", "10.1/x", "https://e.org/a"),
        (None, "10.1/x", "https://doi.org/10.1/x"),
        (None, None, ""),
    ],
)
def test_a_result_has_an_address_where_its_document_has_one(
    searcher: Searcher, url: str | None, doi: str | None, shown: str
) -> None:
    answer = searcher.search(Request(QUESTION, 1))
    (hit,) = answer.hits
    hit = replace(hit, document=replace(hit.document, url=url, doi=doi, title=None))
    (result,) = to_reply(replace(answer, hits=(hit,))).results
    assert (result.url, result.title) == (shown, "")


@pytest.mark.parametrize(
    ("published", "year", "time"),
    [
        (date(2020, 1, 31), 2019, "2020-01-31"),
        (None, 2019, "2019"),
        (None, 987, "0987"),
        (None, None, ""),
    ],
)
def test_the_time_of_a_result_is_a_string(
    searcher: Searcher, published: date | None, year: int | None, time: str
) -> None:
    answer = searcher.search(Request(QUESTION, 1))
    (hit,) = answer.hits
    paper = PaperMetadata("p", (), None, year, ())
    hit = replace(hit, document=replace(hit.document, published=published, paper=paper))
    (result,) = to_reply(replace(answer, hits=(hit,))).results
    assert result.time == time


def test_every_field_of_the_contract_is_there(client: TestClient) -> None:
    result = post(client, query=QUESTION, top_k=1)["results"][0]
    contract = (
        "url position title time snippet content passage_id document_id text_digest start_char "
        "end_char heading final relevance match signals authority rank_without_authority also_at "
        "retracted language source"
    )
    assert set(contract.split()) <= set(result)
    assert set(result["authority"]) == {"prior", "tier", "reasons"}
    assert {"file", "offset", "length", "digest"} <= set(result["source"])
    assert len(result["content"]) == result["end_char"] - result["start_char"]


def test_http_and_python_give_the_same(client: TestClient, searcher: Searcher) -> None:
    over_http = post(client, query=QUESTION, top_k=5)
    in_process = to_reply(searcher.search(Request(QUESTION, 5)))
    assert over_http == json.loads(in_process.model_dump_json())


def test_authority_can_be_turned_off(client: TestClient) -> None:
    reply = post(client, query=QUESTION, authority={"mode": "off"})
    assert reply["epsilon"] == 0
    assert all(result["final"] == result["relevance"] for result in reply["results"])


def test_epsilon_can_be_set(client: TestClient) -> None:
    assert post(client, query=QUESTION, authority={"epsilon": 0.1})["epsilon"] == 0.1


def test_the_best_evidence_is_told(client: TestClient) -> None:
    def best(query: str) -> dict[str, float]:
        match: dict[str, float] = post(client, query=query, top_k=1)["match"]
        return match

    here, nowhere = best(QUESTION), best("sourdough bread with rye")
    assert set(here) == {"cosine", "lexical"}
    assert here["cosine"] > nowhere["cosine"] + 0.2
    assert here["lexical"] > nowhere["lexical"] + 0.2


@pytest.mark.parametrize(
    "more",
    [{}, {"authority": {"mode": "off"}}, {"authority": {"epsilon": 0.5}},
     {"include_domains": ["example"], "domains_mode": "boost"}],
)  # fmt: skip
def test_explain_says_how_a_position_came_about(client: TestClient, more: dict[str, Any]) -> None:
    results = post(client, query=QUESTION, explain=True, **more)["results"]
    formula = (
        r"final ([\d.]+) = relevance ([\d.]+) \+ epsilon ([\d.]+) \* prior ([\d.]+)( \(boosted\))?"
    )
    for result in results:
        match = re.fullmatch(formula, result["explanation"]["formula"])
        assert match is not None
        final, relevance, epsilon, prior = map(float, match.groups()[:4])
        assert final == pytest.approx(relevance + epsilon * prior, abs=5e-4)
        assert bool(match[5]) == ("domains_mode" in more and ".example/" in result["url"])
        moved = result["rank_without_authority"] - result["position"]
        assert result["explanation"]["moved_by_authority"] == moved
    assert post(client, query=QUESTION)["results"][0]["explanation"] is None


def test_health(client: TestClient, searcher: Searcher) -> None:
    reply = client.get("/healthz").json()
    assert reply == {
        "status": "ok",
        "generation": searcher.snapshot.generation.generation_id,
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": "  "}, "query"),
        ({"query": "a" * 100_000}, "query"),
        ({"query": 5}, "query"),
        ({"query": None}, "query"),
        ({"query": "a", "n": 0}, "n"),
        ({"query": "a", "n": 101}, "n"),
        ({"query": "a", "n": "five"}, "n"),
        ({"query": "a", "top_k": True}, "top_k"),
        ({"query": "a", "authority": {"mode": "always"}}, "authority.mode"),
        ({"query": "a", "authority": {"epsilon": -1}}, "authority.epsilon"),
        ({"query": "a", "authority": {"epsilon": 2}}, "authority.epsilon"),
        ({"query": "a", "include_domains": "who.int"}, "include_domains"),
        ({"query": "a", "include_domains": ["who.int", "a b"]}, "include_domains.1"),
        ({"query": "a", "include_domains": ["a.b"] * 1_001}, "include_domains"),
        ({"query": "a", "domains_mode": "maybe"}, "domains_mode"),
        ({"query": "a", "kinds": ["book"]}, "kinds.0"),
        ({"query": "a", "languages": ["English"]}, "languages.0"),
        ({"query": "a", "published_after": "2021-02-30"}, "published_after"),
        ({"query": "a", "published_after": 1_700_000_000}, "published_after"),
        ({"query": "a", "published_after": "yesterday"}, "published_after"),
        (
            {"query": "a", "published_after": "2021-01-02", "published_before": "2021-01-01"},
            "published_after",
        ),
        ({"query": "a", "undated": "drop"}, "undated"),
        ({"query": "a", "passages_per_document": 0}, "passages_per_document"),
        ({"query": "a", "authority": {"min_tier": 5}}, "authority.min_tier"),
        ({"query": "a", "authority": {"mode": "filter"}}, "authority.min_tier"),
        ({"query": "a", "rerank": True}, "rerank"),
        ([], "body"),
    ],
)
def test_a_bad_request_names_its_field(client: TestClient, body: object, field: str) -> None:
    reply = client.post("/v1/search", json=body)
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert error["field"] == field
    assert error["message"]


def test_an_index_that_fails_is_a_500_with_a_body(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch, index: Path
) -> None:
    from corpora.errors import CorruptIndex

    def fail(_: Request) -> None:
        raise CorruptIndex(f"{index.name}: a file is missing")

    monkeypatch.setattr(searcher, "search", fail)
    live = Live(index, searcher, lambda before: before.reopen(index))
    client = TestClient(create_app(live), raise_server_exceptions=False)
    reply = client.post("/v1/search", json={"query": "a"})
    assert reply.status_code == 500
    assert "a file is missing" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/nowhere", b"", 404),
        ("GET", "/v1/search", b"", 405),
        ("POST", "/v1/search", b'{"query": "\xff"}', 400),
    ],
)
def test_every_refusal_has_the_same_shape(
    client: TestClient, method: str, path: str, content: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"}
    reply = client.request(method, path, content=content, headers=headers)
    assert reply.status_code == status
    assert set(reply.json()["error"]) == {"field", "message", "details"}


def test_both_names_of_a_field_are_explained(client: TestClient) -> None:
    reply = client.post("/v1/search", json={"query": "x", "n": 1, "top_k": 2})
    assert reply.json()["error"]["message"] == "n and top_k are one field"


@pytest.mark.parametrize(
    ("source", "tier"),
    [
        ("www.who.int", 1),
        ("https://www.who.int/news?id=1", 1),
        ("docs.python.org/3/", 2),
        ("nobody.example", None),
    ],
)
def test_authority_of_a_host_or_url(
    client: TestClient, searcher: Searcher, source: str, tier: int | None
) -> None:
    reply = client.get(f"/v1/authority/{source}")
    assert reply.status_code == 200
    assert reply.json()["tier"] == tier
    resolution = searcher.trust.resolver.resolve(unquote(source))
    assert reply.json() == describe(resolution, weigh(resolution))


def test_ready(client: TestClient, searcher: Searcher) -> None:
    reply = client.get("/readyz")
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "ready",
        "generation": searcher.snapshot.generation.generation_id,
        "swaps": 0,
        "failure": None,
    }


def test_generations_are_listed(client: TestClient, searcher: Searcher) -> None:
    [only] = client.get("/v1/generations").json()["generations"]
    assert only["live"]
    assert only["generation"] == searcher.snapshot.generation.generation_id
    assert only["passages"] == searcher.snapshot.generation.passages
    assert only["error"] is None


@pytest.mark.parametrize("source", ["%00", "who.int%00", "javascript:alert(1)", "http://["])
def test_what_is_no_source_is_refused(client: TestClient, source: str) -> None:
    reply = client.get(f"/v1/authority/{source}")
    assert reply.status_code == 422
    assert reply.json()["error"]["field"] == "source"


def test_a_slash_at_the_end_is_another_path(client: TestClient) -> None:
    reply = client.post("/v1/search/", json={"query": "a"}, follow_redirects=False)
    assert reply.status_code == 404
