import asyncio
import re
import shutil
import threading
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from indexer.generation import CURRENT
from server import metrics
from server.api import create_app
from server.live import Live
from server.metrics import BUCKETS_S, Measure, Metrics
from server.search import Searcher

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def client(searcher: Searcher, index: Path) -> TestClient:
    live = Live(index, searcher, lambda before: before.reopen(index))
    return TestClient(create_app(live))


def parse(text: str) -> Samples:
    """Every sample by name and labels, as Prometheus' own parser reads them."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client: TestClient) -> Samples:
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=")
    return parse(reply.text)


def requests(route: str, method: str, status: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    labels = {"route": route, "method": method, "status": str(status)}
    return "auctor_http_requests_total", tuple(sorted(labels.items()))


def test_requests_are_counted_by_template_method_and_status(client: TestClient) -> None:
    for _ in range(3):
        client.post("/v1/search", json={"query": "measles", "n": 1})
    client.post("/v1/search", json={})
    client.post("/v1/search", content=b"x" * 2_000_000)
    client.post("/v1/open", json={"id": "0" * 32})
    for source in ("who.int", "https://a.example/1?x=2", "b.example/2"):
        client.get(f"/v1/authority/{source}")
    client.get("/v1/search")
    client.get("/nowhere/1")
    client.get("/nowhere/2")
    client.request("BREW", "/nowhere/3")
    found = {
        key: value
        for key, value in read(client).items()
        if key[0].startswith("auctor_http_requests_total")
    }
    assert found == {
        requests("/v1/search", "POST", 200): 3,
        requests("/v1/search", "POST", 422): 1,
        requests("/v1/search", "POST", 413): 1,
        requests("/v1/open", "POST", 404): 1,
        requests("/v1/authority/{source}", "GET", 200): 3,
        requests("/v1/search", "GET", 405): 1,
        requests("none", "GET", 404): 2,
        requests("none", "other", 404): 1,
    }


def test_requests_are_timed_by_template(client: TestClient) -> None:
    for _ in range(4):
        client.post("/v1/search", json={"query": "measles", "n": 1})
    samples = read(client)
    route = ("route", "/v1/search")
    assert samples["auctor_http_request_seconds_count", (route,)] == 4
    assert 0 < samples["auctor_http_request_seconds_sum", (route,)] < 60
    buckets = [
        samples["auctor_http_request_seconds_bucket", (("le", str(edge)), route)]
        for edge in (*BUCKETS_S, "+Inf")
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 4
    assert (BUCKETS_S[0], BUCKETS_S[-1]) == (0.001, 10.0)


def test_a_failure_is_counted_as_500(
    searcher: Searcher, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(searcher, "search", fail)
    client = TestClient(create_app(Live(index, searcher, lambda before: before.reopen(index))))
    client.post("/v1/search", json={"query": "measles"})
    assert read(client)[requests("/v1/search", "POST", 500)] == 1


def test_requests_in_flight(
    searcher: Searcher, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, over = threading.Event(), threading.Event()
    search = searcher.search

    def wait(request: Any) -> object:  # noqa: ANN401 - whatever is asked
        began.set()
        assert over.wait(10)
        return search(request)

    monkeypatch.setattr(searcher, "search", wait)
    client = TestClient(create_app(Live(index, searcher, lambda before: before.reopen(index))))
    in_flight = "auctor_http_requests_in_flight", ()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, "/v1/search", json={"query": "measles"})
        assert began.wait(10)
        assert read(client)[in_flight] == 2  # the question, and the one that reads this
        over.set()
        asked.result()
    assert read(client)[in_flight] == 1


def test_the_index_is_described(index: Path, searcher: Searcher, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = Live(copy, searcher.reopen(copy), lambda before: before.reopen(copy))
    client = TestClient(create_app(live))
    generation = searcher.snapshot.generation
    expected = {
        ("auctor_generation_info", (("generation", generation.generation_id),)): 1.0,
        ("auctor_documents", ()): generation.documents,
        ("auctor_passages", ()): generation.passages,
        ("auctor_ready", ()): 1.0,
        ("auctor_generation_swaps_total", ()): 0.0,
        ("auctor_generation_failures_total", ()): 0.0,
    }
    assert expected.items() <= read(client).items()
    assert generation.passages > generation.documents > 1

    (copy / CURRENT).write_text("missing", encoding="utf-8")
    for _ in range(3):
        live.look()
    samples = read(client)
    assert samples["auctor_generation_failures_total", ()] == 1
    assert samples["auctor_ready", ()] == 0
    (copy / CURRENT).write_text(generation.generation_id, encoding="utf-8")
    live.look()
    assert read(client)["auctor_ready", ()] == 1


def test_two_applications_count_apart(client: TestClient, searcher: Searcher, index: Path) -> None:
    other = TestClient(create_app(Live(index, searcher, lambda before: before.reopen(index))))
    client.get("/healthz")
    assert read(client)[requests("/healthz", "GET", 200)] == 1
    assert requests("/healthz", "GET", 200) not in read(other)
    assert "auctor" not in {name.partition("_")[0] for name in REGISTRY._names_to_collectors}


def test_a_client_that_leaves_is_no_failure(searcher: Searcher, index: Path) -> None:
    async def nothing(*_: object) -> None:
        return

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: MutableMapping[str, Any]) -> None:
        raise AssertionError("nobody listens")

    own = Metrics(Live(index, searcher, lambda before: before.reopen(index)))
    scope = {"type": "http", "method": "POST", "path": "/v1/search", "headers": []}
    asyncio.run(Measure(nothing, own)(scope, receive, send))
    samples = parse(own.render().decode())
    assert samples[requests("none", "POST", 499)] == 1
    assert samples["auctor_http_requests_in_flight", ()] == 0


def test_every_number_of_ours_is_explained(client: TestClient) -> None:
    client.get("/healthz")
    text = client.get("/metrics").text
    named = set(re.findall(r"^# TYPE (auctor_\w+)", text, re.MULTILINE))
    named -= {name for name in named if name.endswith("_created")}  # the library's own addition
    assert metrics.__doc__ is not None
    assert named == set(re.findall(r"\bauctor_\w+", metrics.__doc__))
