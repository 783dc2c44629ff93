"""How the API is described: errors of every route, the bearer key, what is no JSON."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from server import examples
from server.schemas_status import ErrorReply, ReadyReply

Responses = dict[int | str, dict[str, Any]]

_DESCRIPTION = """\
Paragraphs of papers and trusted sites that answer a question; among about equally relevant ones
the more trustworthy source comes first.

A key may be sent as `Authorization: Bearer KEY`. No key is checked today: every one is accepted,
and so are requests without one.

Every refusal and failure has the same body: `{"error": {"field", "message", "details"}}`.
"""
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "Optional. No key is checked today: every one is accepted.",
}


class DescribedApp(FastAPI):
    """FastAPI with a description of its own, and without pages that load scripts from elsewhere."""

    def __init__(self, version: str) -> None:
        """An application without routes."""
        super().__init__(
            title="Auctor",
            summary="Authority-aware retrieval for deep-research agents",
            description=_DESCRIPTION,
            version=version,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            generate_unique_id_function=_route_name,
        )

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            schema = super().openapi()
            schema.setdefault("components", {})["securitySchemes"] = {"bearer": _BEARER}
            schema["security"] = [{}, {"bearer": []}]  # with or without
            _restore_examples(schema)
        return self.openapi_schema or {}


def _restore_examples(schema: dict[str, Any]) -> None:
    """Puts the examples of replies in again as they are: FastAPI strips every null from them."""
    for name, example in examples.REPLIES.items():
        schema["components"]["schemas"][name]["examples"] = [example]
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                if content.get("schema", {}).get("$ref", "").endswith("/ErrorReply"):
                    content["example"] = examples.ERRORS[int(status)][1]


def errors(*statuses: int) -> Responses:
    """The refusals and failures that a route can answer with."""
    return {
        status: {
            "model": ErrorReply,
            "description": examples.ERRORS[status][0],
            "content": {"application/json": {"example": examples.ERRORS[status][1]}},
        }
        for status in statuses
    }


BEHIND: Responses = {
    503: {
        "model": ReadyReply,
        "description": "The published generation could not be taken over; the one before answers.",
        "content": {"application/json": {"example": examples.BEHIND}},
    }
}

METRICS: Responses = {
    200: {
        "description": "Prometheus' text format.",
        "content": {"text/plain": {"schema": {"type": "string"}, "example": examples.METRICS}},
    }
}


def _route_name(route: APIRoute) -> str:
    return route.name
