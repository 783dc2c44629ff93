"""HTTP over the search pipeline: thin routes."""

import time
from importlib.metadata import version
from typing import Annotated

from fastapi import FastAPI, Path, Response
from fastapi.requests import Request as HttpRequest
from starlette.routing import Route

from corpora.errors import QueryError
from indexer.generation import list_generations
from server.budget import TokenCounter
from server.errors import Guard, register
from server.limits import MAX_BODY_BYTES, BodyLimit
from server.live import Live
from server.metrics import CONTENT_TYPE, Measure, Metrics
from server.open import open_document
from server.openapi import BEHIND, METRICS, DescribedApp, errors
from server.schemas import SearchReply, SearchRequest, to_reply
from server.schemas_open import OpenReply, OpenRequest, to_open_reply
from server.schemas_status import (
    AuthorityDescription,
    GenerationsReply,
    HealthReply,
    ReadyReply,
    to_description,
    to_generations,
)

MAX_SOURCE_CHARS = 2_000


def create_app(live: Live, max_body_bytes: int = MAX_BODY_BYTES) -> FastAPI:
    """The application over the live generation of an index.

    Args:
        live: what answers.
        max_body_bytes: larger bodies are refused.
    """
    app = DescribedApp(version("auctor"))
    metrics = Metrics(live)
    _add_questions(app, live)
    _add_status(app, live, metrics)
    register(app)
    # The last one is the outermost: what the others refuse is counted too.
    app.add_middleware(Guard)
    app.add_middleware(BodyLimit, max_bytes=max_body_bytes)
    paths = [route.path for route in app.routes if isinstance(route, Route)]
    app.add_middleware(Measure, metrics=metrics, paths=paths)
    return app


def _add_questions(app: FastAPI, live: Live) -> None:
    count = TokenCounter(live.searcher.encoder.embedder)

    @app.post("/v1/search", response_model=SearchReply, responses=errors(400, 413, 422, 500, 503))
    def search(request: SearchRequest) -> Response:
        """Paragraphs that answer a question, trusted sources first among equals.

        The header `Server-Timing` says how many milliseconds the search took.
        """
        start = time.perf_counter()
        answer = live.searcher.search(request.to_request())
        milliseconds = (time.perf_counter() - start) * 1_000
        # Written here, in the thread of the request: the framework would check it all once more.
        return Response(
            to_reply(answer, explain=request.explain).model_dump_json(),
            media_type="application/json",
            headers={"server-timing": f"search;dur={milliseconds:.2f}"},
        )

    @app.post("/v1/open", name="open", responses=errors(400, 404, 413, 422, 500))
    def open_(request: OpenRequest) -> OpenReply:
        """A document, whole or in pieces that fit a budget of tokens.

        Named by its address, its `document_id` or one of its passages. A `passage_id` opens the
        document from the beginning of the passage, unless a range is given. What is not in the
        index is not fetched.
        """
        searcher = live.searcher
        opened = open_document(request.to_opening(), searcher.snapshot, searcher.trust, count)
        return to_open_reply(opened)

    @app.get("/v1/authority/{source:path}", responses=errors(422, 500))
    def authority(
        source: Annotated[
            str,
            Path(
                min_length=1,
                max_length=MAX_SOURCE_CHARS,
                description="a host or a URL, with its query if it has one",
            ),
        ],
        http: HttpRequest,
    ) -> AuthorityDescription:
        """How far a host or URL is trusted, and on what evidence."""
        whole = f"{source}?{http.url.query}" if http.url.query else source
        if len(whole) > MAX_SOURCE_CHARS:
            raise QueryError("source", f"should have at most {MAX_SOURCE_CHARS} characters")
        resolution = live.searcher.trust.resolver.resolve(whole)
        if resolution.host is None or not whole.isprintable():
            raise QueryError("source", "is no host and no web address")
        return to_description(resolution)


def _add_status(app: FastAPI, live: Live, metrics: Metrics) -> None:
    @app.get("/v1/generations", responses=errors(500))
    def generations() -> GenerationsReply:
        """What has been published and is still on disk, newest first."""
        return to_generations(list_generations(live.index), live.searcher.snapshot.generation)

    # The following need no thread: they answer also while all threads are busy with questions.
    @app.get("/healthz", responses=errors(500))
    async def healthz() -> HealthReply:
        """Says that the server answers, and from which generation."""
        generation = live.searcher.snapshot.generation.generation_id
        return HealthReply(status="ok", generation=generation)

    @app.get("/readyz", responses=errors(500) | BEHIND)
    async def readyz(response: Response) -> ReadyReply:
        """Says whether the answers come from the published generation; 503 where they do not."""
        failure = live.failure
        if failure is not None:
            response.status_code = 503
        return ReadyReply(
            status="ready" if failure is None else "behind",
            generation=live.searcher.snapshot.generation.generation_id,
            swaps=live.swaps,
            failure=failure,
        )

    @app.get(
        "/metrics",
        name="metrics",
        response_class=Response,
        responses=errors(500) | METRICS,
    )
    async def metrics_() -> Response:
        """Counts and times of requests, and the state of the index, for Prometheus."""
        return Response(metrics.render(), headers={"content-type": CONTENT_TYPE})
