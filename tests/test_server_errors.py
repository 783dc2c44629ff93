"""Whatever is sent, the answer is JSON of one shape, says which field, and the server lives on."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorruptIndex
from indexer.embed import Embedder
from server.api import create_app
from server.encode import QueryEncoder
from server.errors import FAILED, MAX_DETAILS, Guard, refuse
from server.live import Live
from server.open import open_document
from server.search import Searcher
from server.trust import Trust

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client(searcher: Searcher, index: Path) -> TestClient:
    live = Live(index, searcher, lambda before: before.reopen(index))
    return TestClient(create_app(live))


def fail_once(function: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """The function, after it has failed once."""
    failures = [error]

    def wrapped(*args: object) -> object:
        if failures:
            raise failures.pop()
        return function(*args)

    return wrapped


def check_shape(reply: Any, status: int, field: str | None) -> str:  # noqa: ANN401 - httpx or httpx2
    """The message of an error whose body is as all are."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    error = reply.json()["error"]
    assert set(error) == {"field", "message", "details"}
    assert error["details"][0] == {"field": error["field"], "message": error["message"]}
    assert error["field"] == field
    assert error["message"]
    message: str = error["message"]
    return message


@pytest.mark.parametrize("path", ["/v1/search", "/v1/open"])
@pytest.mark.parametrize(
    ("raw", "status", "message"),
    [
        (b"", 422, "is empty"),
        (b"{", 400, "is not JSON"),
        (b'{"query": "a"', 400, "is not JSON"),
        (b"\xff\xfe", 400, "is not JSON"),
        (b'{"query": "\xff"}', 400, "is not UTF-8"),
        (b'{"query": ' + b"[" * 40_000, 400, "is nested too deeply"),
        (b"[" * 40_000 + b"]" * 40_000, 400, "is nested too deeply"),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400, "is nested too deeply"),
        (b'{"top_k": ' + b"9" * 10_000 + b"}", 400, "cannot be read as JSON"),
        (b"null", 422, "should be a JSON object"),
        (b"[]", 422, "should be a JSON object"),
        (b'"query"', 422, "should be a JSON object"),
        (b"NaN", 422, "should be a JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused(
    client: TestClient, path: str, raw: bytes, status: int, message: str
) -> None:
    reply = client.post(path, content=raw, headers=JSON)
    assert message in check_shape(reply, status, "body")


@pytest.mark.parametrize("path", ["/v1/search", "/v1/open"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"},
     {"content-type": "json"}, {"content-type": "application/"}],
)  # fmt: skip
def test_a_body_that_is_not_called_json_is_refused(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    reply = client.post(path, content=b'{"query": "a"}', headers=headers)
    assert "content-type: application/json" in check_shape(reply, 422, "body")


@pytest.mark.parametrize(
    ("path", "raw", "field"),
    [
        ("/v1/search", '{"query": "a", "top_k": NaN}', "top_k"),
        ("/v1/search", '{"query": "a", "n": Infinity}', "n"),
        ("/v1/search", '{"query": "a", "top_k": %s}' % ("9" * 4_000), "top_k"),
        ("/v1/search", '{"query": "a", "top_k": 1e400}', "top_k"),
        ("/v1/search", '{"query": "a", "authority": {"epsilon": NaN}}', "authority.epsilon"),
        ("/v1/search", '{"query": "a", "authority": {"epsilon": -Infinity}}', "authority.epsilon"),
        ("/v1/search", '{"query": "a", "authority": {"epsilon": %s}}' % ("9" * 4_000), "authority.epsilon"),
        ("/v1/search", '{"query": "a", "authority": {"epsilon": "0.1"}}', "authority.epsilon"),
        ("/v1/search", '{"query": "a", "explain": 1}', "explain"),
        ("/v1/search", '{"query": "a", "explain": "yes"}', "explain"),
        ("/v1/search", '{"query": NaN}', "query"),
        ("/v1/open", '{"url": "https://a.b/", "max_tokens": NaN}', "max_tokens"),
        ("/v1/open", '{"url": "https://a.b/", "start_char": -Infinity}', "start_char"),
        ("/v1/open", '{"url": "https://a.b/", "end_char": %s}' % ("9" * 4_000), "end_char"),
        ("/v1/open", '{"url": "https://a.b/", "start_char": 1e2}', "start_char"),
        ("/v1/open", '{"url": Infinity}', "url"),
    ],
)  # fmt: skip
def test_numbers_that_are_none_or_too_large_name_their_field(
    client: TestClient, path: str, raw: str, field: str
) -> None:
    check_shape(client.post(path, content=raw, headers=JSON), 422, field)


@pytest.mark.parametrize(
    ("path", "raw", "field"),
    [
        ("/v1/search", '{"query": "a \\ud800 b"}', "query"),
        ("/v1/search", '{"query": "a", "include_domains": ["\\udfff.org"]}', "include_domains.0"),
        ("/v1/search", '{"query": "a", "exclude_domains": ["a.b", "\\ud800"]}', "exclude_domains.1"),
        ("/v1/search", '{"query": "a", "languages": ["\\ud800"]}', "languages.0"),
        ("/v1/search", '{"query": "a", "collections": ["\\ud800"]}', "collections.0"),
        ("/v1/search", '{"query": "a", "kinds": ["\\ud800"]}', "kinds.0"),
        ("/v1/search", '{"query": "a", "undated": "\\ud800"}', "undated"),
        ("/v1/search", '{"query": "a", "published_after": "\\ud800"}', "published_after"),
        ("/v1/search", '{"query": "a", "domains_mode": "\\ud800"}', "domains_mode"),
        ("/v1/search", '{"query": "a", "authority": {"mode": "\\ud800"}}', "authority.mode"),
        ("/v1/search", '{"query": "a", "\\ud800": 1}', "body"),
        ("/v1/search", '{"query": "a", "authority": {"\\ud800": 1}}', "authority"),
        ("/v1/open", '{"url": "https://e.org/\\ud800"}', "url"),
        ("/v1/open", '{"id": "\\ud800"}', "id"),
        ("/v1/open", '{"\\udc00": {"\\ud800": 1}, "id": "0"}', "body"),
    ],
)  # fmt: skip
def test_half_a_surrogate_pair_names_its_field(
    client: TestClient, path: str, raw: str, field: str
) -> None:
    check_shape(client.post(path, content=raw, headers=JSON), 422, field)


def test_a_key_that_is_there_twice_is_no_error(client: TestClient) -> None:
    raw = '{"query": "a", "query": "measles", "n": 1}'
    reply = client.post("/v1/search", content=raw, headers=JSON)
    assert (reply.status_code, reply.json()["query"]) == (200, "measles")


def test_everything_that_is_wrong_is_told(client: TestClient) -> None:
    reply = client.post("/v1/search", json={"query": "", "n": 0, "kinds": ["book"], "colour": 1})
    check_shape(reply, 422, "query")
    fields = [detail["field"] for detail in reply.json()["error"]["details"]]
    assert fields == ["query", "n", "kinds.0", "colour"]


def test_a_refusal_stays_small(client: TestClient) -> None:
    body = {"query": "a", **{"x" * 2_000 + str(n): n for n in range(90)}}
    reply = client.post("/v1/search", json=body)
    check_shape(reply, 422, "x" * 200)
    assert len(reply.json()["error"]["details"]) == MAX_DETAILS
    assert len(reply.content) < 20_000


@pytest.mark.parametrize("path", ["/v1/search", "/v1/open"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused(client: TestClient, path: str, chunked: bool) -> None:
    raw = b'{"query": "' + b"a" * 300_000 + b'"}'
    content = (raw[i : i + 4_096] for i in range(0, len(raw), 4_096)) if chunked else raw
    reply = client.post(path, content=content, headers=JSON)
    assert "262,144" in check_shape(reply, 413, "body")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/search", "POST"),
        ("DELETE", "/v1/open", "POST"),
        ("OPTIONS", "/v1/search", "POST"),
        ("POST", "/healthz", "GET"),
        ("PUT", "/v1/authority/who.int", "GET"),
        ("BREW", "/metrics", "GET"),
    ],
)
def test_a_wrong_method_is_refused(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    reply = client.request(method, path)
    assert allowed in check_shape(reply, 405, None)
    assert reply.headers["allow"] == allowed


def test_head_is_refused_without_a_body(client: TestClient) -> None:
    reply = client.head("/healthz")
    assert (reply.status_code, reply.headers["content-type"]) == (405, "application/json")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/v1/search/x", "/docs", "/redoc", "/%ff%00"])
def test_nothing_is_there(client: TestClient, path: str) -> None:
    check_shape(client.get(path), 404, None)


@pytest.mark.parametrize("path", ["/v1/authority/", f"/v1/authority/{'a' * 2_001}",
                                  f"/v1/authority/a.org?{'b' * 2_000}"])  # fmt: skip
def test_a_source_has_a_length(client: TestClient, path: str) -> None:
    check_shape(client.get(path), 422, "source")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ZeroDivisionError("in /secret/place.py"), 500, FAILED),
        (RecursionError("deep"), 500, FAILED),
        (MemoryError(), 500, FAILED),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), 500, FAILED),
        (CorruptIndex("shards/1: a file is missing"), 500, "shards/1: a file is missing"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/search", "/v1/open"])
def test_a_failure_costs_one_request(
    searcher: Searcher,
    index: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    error: Exception,
    status: int,
    message: str,
) -> None:
    monkeypatch.setattr(searcher, "search", fail_once(searcher.search, error))
    monkeypatch.setattr("server.api.open_document", fail_once(open_document, error))
    live = Live(index, searcher, lambda before: before.reopen(index))
    client = TestClient(create_app(live))
    body = {"query": "measles"} if path == "/v1/search" else {"url": "https://www.who.int/measles"}
    with caplog.at_level(logging.ERROR, logger="server.errors"):
        reply = client.post(path, json=body)
    assert check_shape(reply, status, None) == message
    assert "Traceback" in caplog.text
    assert type(error).__name__ in caplog.text
    assert client.post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA error: device-side assert triggered\nlong story"), ValueError("x")]
)
def test_a_question_that_cannot_be_encoded_is_a_503(
    searcher: Searcher, index: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:  # fmt: skip
    monkeypatch.setattr(embedder, "encode_queries", fail_once(embedder.encode_queries, error))
    # An encoder that remembers no questions of other tests.
    own = Searcher(searcher.snapshot, QueryEncoder(embedder), Trust(searcher.snapshot.shards))
    client = TestClient(create_app(Live(index, own, lambda before: before.reopen(index))))
    reply = client.post("/v1/search", json={"query": "measles"})
    message = check_shape(reply, 503, None)
    assert message.startswith("the question could not be encoded")
    assert "long story" not in message
    assert client.post("/v1/search", json={"query": "measles"}).status_code == 200


ANY_TEXT = st.text(st.sampled_from('a\ud800\udfff\x00é"\n'))  # half surrogate pairs too


@given(ANY_TEXT, ANY_TEXT)
def test_every_refusal_can_be_sent(field: str, message: str) -> None:
    body = json.loads(bytes(refuse(422, [(field, message)]).body))
    assert set(body["error"]) == {"field", "message", "details"}


def test_too_late_for_another_answer() -> None:
    async def half(_: object, __: object, send: Any) -> None:  # noqa: ANN401 - ASGI
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        TestClient(Guard(half)).get("/")
