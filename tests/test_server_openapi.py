"""The API is what its description says: requests made from it get the answers it announces."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from pydantic import BaseModel
from schemathesis.engine import Status, events, from_schema

from server import examples
from server.api import create_app
from server.live import Live
from server.schemas import SearchReply, SearchRequest
from server.schemas_open import OpenReply, OpenRequest
from server.schemas_status import (
    AuthorityDescription,
    ErrorReply,
    GenerationsReply,
    HealthReply,
    ReadyReply,
)
from server.search import Searcher

OPERATIONS = {
    "POST /v1/search": {200, 400, 413, 422, 500, 503},
    "POST /v1/open": {200, 400, 404, 413, 422, 500},
    "GET /v1/authority/{source}": {200, 422, 500},
    "GET /v1/generations": {200, 500},
    "GET /healthz": {200, 500},
    "GET /readyz": {200, 500, 503},
    "GET /metrics": {200, 500},
}

# Boundary values of every field first (coverage), then generated requests, valid and not; the
# same ones in every run.
CONFIG = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": 60},
    "phases": {"stateful": {"enabled": False}},  # no operation makes what another one uses
    "checks": {
        # What JSON Schema cannot say is refused too: a start after the end, a text that is no
        # address, white space that asks nothing, min_tier missing where the mode needs it.
        "positive_data_acceptance": {"enabled": False},
        # The key is optional and not checked yet.
        "ignored_auth": {"enabled": False},
        "object_level_authorization": {"enabled": False},
        # Nothing is ever created or deleted over HTTP.
        "use_after_free": {"enabled": False},
        "ensure_resource_availability": {"enabled": False},
        # No header is required.
        "missing_required_header": {"enabled": False},
    },
}
CHECKED = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "unsupported_method", "allow_header_conformance",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(searcher: Searcher, index: Path) -> FastAPI:
    live = Live(index, searcher, lambda before: before.reopen(index))
    # A list that is too long is to be refused for that, not for its bytes.
    return create_app(live, max_body_bytes=8 * 1024 * 1024)


@pytest.fixture(scope="module")
def description(app: FastAPI) -> dict[str, Any]:
    return json.loads(json.dumps(app.openapi()))  # type: ignore[no-any-return]


def test_answers_are_as_described(app: FastAPI) -> None:
    config = schemathesis.Config.from_dict(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    cases: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    failures: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(repr(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        cases[str(event.label)] += len(event.recorder.cases)
        for node in (node for nodes in event.recorder.checks.values() for node in nodes):
            checks[node.name] += 1
            if node.status is not Status.SUCCESS:
                info = node.failure_info
                failures.append(
                    f"{event.label}: {info and info.failure} {info and info.code_sample}"
                )
    assert not failures, "\n".join(failures)
    assert set(cases) == set(OPERATIONS)
    assert cases["POST /v1/search"] > 200
    assert cases["POST /v1/open"] > 100
    assert set(checks) == CHECKED


def test_every_route_says_how_it_can_fail(description: dict[str, Any]) -> None:
    found = {
        f"{method.upper()} {path}": operation
        for path, item in description["paths"].items()
        for method, operation in item.items()
    }
    assert set(found) == set(OPERATIONS)
    for name, operation in found.items():
        assert {int(status) for status in operation["responses"]} == OPERATIONS[name]
        assert operation["description"]
        for status, response in operation["responses"].items():
            assert response["description"]
            ((media, content),) = response["content"].items()
            assert media == (
                "text/plain" if (name, status) == ("GET /metrics", "200") else "application/json"
            )
            if status not in ("200", "503"):
                assert content["schema"] == {"$ref": "#/components/schemas/ErrorReply"}
                assert content["example"]["error"]["message"]
    assert "HTTPValidationError" not in json.dumps(description)


def test_every_field_is_described(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, value in schema.get("properties", {}).items()
        if not value.get("description")
    ]
    assert bare == []
    assert len(schemas) > 15


def test_both_names_of_top_k_are_described(description: dict[str, Any]) -> None:
    properties = description["components"]["schemas"]["SearchRequest"]["properties"]
    bounds = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    assert bounds.items() <= properties["n"].items()
    assert bounds.items() <= properties["top_k"].items()


def test_a_key_is_optional(description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert description["security"] == [{}, {"bearer": []}]
    assert "every one is accepted" in description["info"]["description"]


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (SearchReply, examples.SEARCH_REPLY),
        (OpenReply, examples.OPEN_REPLY),
        (AuthorityDescription, examples.AUTHORITY),
        (GenerationsReply, examples.GENERATIONS),
        (HealthReply, examples.HEALTH),
        (ReadyReply, examples.READY),
        (ReadyReply, examples.BEHIND),
        *((ErrorReply, example) for _, example in examples.ERRORS.values()),
    ],
)
def test_replies_of_the_examples_are_whole(model: type[BaseModel], example: dict[str, Any]) -> None:
    assert model.model_validate(example).model_dump(mode="json") == example


@pytest.mark.parametrize("example", examples.SEARCH_REQUESTS)
def test_searches_of_the_examples_are_allowed(example: dict[str, Any]) -> None:
    SearchRequest.model_validate(example).to_request().check()


@pytest.mark.parametrize("example", examples.OPEN_REQUESTS)
def test_openings_of_the_examples_are_allowed(example: dict[str, Any]) -> None:
    OpenRequest.model_validate(example).to_opening().check()


def test_examples_are_published_whole(description: dict[str, Any]) -> None:
    """The framework strips nulls from them, which the models require."""
    schemas = description["components"]["schemas"]
    for name, example in examples.REPLIES.items():
        assert schemas[name]["examples"] == [example]
    for operations in description["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                if content.get("schema", {}).get("$ref", "").endswith("ErrorReply"):
                    assert content["example"] == examples.ERRORS[int(status)][1]
