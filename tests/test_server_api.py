import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

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


def test_the_seed_agents_request_gets_the_reply_it_reads(client: TestClient) -> None:
    reply = client.post(
        "/v1/search", json={"query": QUESTION, "n": 3}, headers={"Authorization": "Bearer KEY"}
    ).json()
    assert reply["query"] == QUESTION
    assert reply["category"] is None
    assert [result["position"] for result in reply["results"]] == [1, 2, 3]
    for result in reply["results"]:
        assert result["url"].startswith("http")
        for field in ("title", "time", "snippet", "content"):
            assert isinstance(result[field], str)


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


def test_explain_says_how_a_position_came_about(client: TestClient) -> None:
    result = post(client, query=QUESTION, explain=True)["results"][0]
    assert result["explanation"]["formula"].startswith("final ")
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
        ({"query": "a", "authority": {"mode": "filter"}}, "min_tier"),
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


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'{"query": "a"'])
def test_what_is_no_json_is_refused(client: TestClient, raw: bytes) -> None:
    reply = client.post("/v1/search", content=raw, headers={"content-type": "application/json"})
    assert 400 <= reply.status_code < 500
    assert reply.json()["error"]["field"] in ("body", "query")


def test_a_lone_surrogate_names_its_field(client: TestClient) -> None:
    reply = client.post(
        "/v1/search",
        content=b'{"query": "finally \\ud800 clause", "n": 1}',
        headers={"content-type": "application/json"},
    )
    assert reply.status_code == 422
    assert reply.json()["error"]["field"] == "query"


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
    assert set(reply.json()["error"]) == {"field", "message"}


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
        ("%00", None),
    ],
)
def test_authority_of_a_host_or_url(client: TestClient, source: str, tier: int | None) -> None:
    reply = client.get(f"/v1/authority/{source}")
    assert reply.status_code == 200
    assert reply.json()["tier"] == tier
    assert reply.json()["evidence"]


def test_ready(client: TestClient, searcher: Searcher) -> None:
    assert client.get("/readyz").json() == {
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
