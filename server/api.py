"""HTTP over the search pipeline: thin routes and error bodies."""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request as HttpRequest
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from authority.prior import describe, weigh
from corpora.errors import AuctorError, QueryError
from indexer.generation import list_generations
from server.live import Live
from server.schemas import GenerationsReply, SearchReply, SearchRequest, to_generations, to_reply


def create_app(live: Live) -> FastAPI:
    """The application over the live generation of an index."""
    app = FastAPI(title="Auctor", summary="Authority-aware retrieval for deep-research agents")

    @app.post("/v1/search", response_model_exclude_none=False)
    def search(request: SearchRequest) -> SearchReply:
        """Paragraphs that answer a question, trusted sources first among equals."""
        answer = live.searcher.search(request.to_request())
        return to_reply(answer, explain=request.explain)

    @app.get("/v1/authority/{source:path}")
    def authority(source: str, http: HttpRequest) -> dict[str, object]:
        """How far a host or URL is trusted, and on what evidence."""
        query = http.url.query
        resolver = live.searcher.trust.resolver
        resolution = resolver.resolve(f"{source}?{query}" if query else source)
        return describe(resolution, weigh(resolution))

    @app.get("/v1/generations")
    def generations() -> GenerationsReply:
        """What has been published and is still on disk, newest first."""
        answering = live.searcher.snapshot.generation.generation_id
        return to_generations(list_generations(live.index), answering)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Says that the server answers, and from which generation."""
        return {
            "status": "ok",
            "generation": live.searcher.snapshot.generation.generation_id,
        }

    @app.get("/readyz")
    def readyz() -> dict[str, object]:
        """Says whether the answers come from the published generation."""
        return {
            "status": "ready" if live.failure is None else "behind",
            "generation": live.searcher.snapshot.generation.generation_id,
            "swaps": live.swaps,
            "failure": live.failure,
        }

    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(AuctorError)(_failed)
    return app


async def _invalid(_: HttpRequest, error: Exception) -> JSONResponse:
    """A body that is not a request: which field, what is wrong with it."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _error(400, "body", f"is not JSON: {first.get('ctx', {}).get('error', '')}")
    path = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    return _error(422, path, _explain(first))


async def _refused(_: HttpRequest, error: Exception) -> JSONResponse:
    """No such path, wrong method, a body that is not UTF-8."""
    assert isinstance(error, HTTPException)
    field = "body" if error.status_code == 400 else None
    return _error(error.status_code, field, str(error.detail))


async def _failed(_: HttpRequest, error: Exception) -> JSONResponse:
    if isinstance(error, QueryError):
        return _error(422, error.field, error.message)
    return _error(500, None, str(error))


def _error(status: int, field: str | None, message: str) -> JSONResponse:
    return JSONResponse({"error": {"field": field, "message": message}}, status)


def _explain(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        alias = error["loc"][-1] in ("n", "top_k")
        return "n and top_k are one field" if alias else "is not a field of this request"
    if error["type"] == "model_attributes_type":
        return "should be a JSON object, sent with content-type: application/json"
    return str(error["msg"]).lower()
