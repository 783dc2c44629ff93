"""What a server counts, in Prometheus' text format; only user of prometheus_client.

    auctor_http_requests_total{route, method, status}   requests answered
    auctor_http_request_seconds{route}                  from the first byte read to the last sent
    auctor_http_requests_in_flight                      being answered now
    auctor_generation_info{generation}                  what answers are given from
    auctor_documents, auctor_passages                   held by it
    auctor_ready                                        1 where it is the published one
    auctor_generation_swaps_total                       generations taken over
    auctor_generation_failures_total                    generations that could not be

With several processes the requests are those of all; the generation, its readiness and its swaps
are those of the process that answers, which follows the index by itself.

Routes are counted by their template and methods by name: nothing a client may choose freely
becomes a label.
"""

import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.live import Live

CONTENT_TYPE = CONTENT_TYPE_LATEST

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

NO_ROUTE = "none"
"""The route of requests that lead nowhere."""
OTHER_METHOD = "other"
CLIENT_GONE = 499
"""The status of requests whose client left before there was an answer."""

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


_SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library keeps the numbers of all processes; it looks when it is imported."""
_OURS = "AUCTOR_SHARED_NUMBERS"
"""Set beside it, so that a folder of somebody else's is not taken for ours."""


@contextmanager
def shared_numbers() -> Iterator[None]:
    """Processes that are started meanwhile add up what they count."""
    with tempfile.TemporaryDirectory(prefix="auctor-metrics-") as folder:
        os.environ[_SHARED_FOLDER] = os.environ[_OURS] = folder
        try:
            yield
        finally:
            del os.environ[_SHARED_FOLDER], os.environ[_OURS]


def forget_process(pid: int) -> None:
    """Leaves out what a dead process was doing when it died; what it counted stays."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]


class Metrics:
    """The numbers of one application, apart from those of any other in the process."""

    def __init__(self, live: Live) -> None:
        """Counts from zero."""
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "auctor_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "auctor_http_request_seconds",
            "From the first byte read to the last sent.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "auctor_http_requests_in_flight",
            "Requests being answered.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._shown = self._registry
        if _OURS in os.environ:
            # What all processes counted, instead of what this one did.
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=self._shown)
        self._shown.register(_LiveCollector(live))

    def render(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._shown)


class Measure:
    """ASGI middleware: counts and times every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str] = ()) -> None:
        """Wraps an application.

        Args:
            app: the application.
            metrics: where to count.
            paths: its routes, to name them also where a request is refused before the
                application looks where it leads.
        """
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)
        # Looking a labelled number up costs more than counting. There are few of them.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = CLIENT_GONE

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.in_flight.inc()
        start = time.perf_counter()
        try:
            await self._app(scope, receive, watch)
        finally:
            seconds = time.perf_counter() - start
            self._metrics.in_flight.dec()
            self._count(self._route(scope), scope["method"], status, seconds)

    def _route(self, scope: Scope) -> str:
        """The route as it is written in the application's description."""
        route = scope.get("route")
        if route is not None:
            return str(getattr(route, "path_format", NO_ROUTE))
        path = str(scope["path"])
        return path if path in self._paths else NO_ROUTE

    def _count(self, route: str, method: str, status: int, seconds: float) -> None:
        key = (route, method if method in _METHODS else OTHER_METHOD, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._metrics.requests.labels(*key)
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self._metrics.seconds.labels(route)
        counter.inc()
        timer.observe(seconds)


class _LiveCollector(Collector):
    """Reads the state of the index when it is asked for."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        live = self._live
        generation = live.searcher.snapshot.generation
        yield InfoMetricFamily(
            "auctor_generation",
            "What answers are given from.",
            {"generation": generation.generation_id},
        )
        yield GaugeMetricFamily("auctor_documents", "Documents held.", generation.documents)
        yield GaugeMetricFamily("auctor_passages", "Passages held.", generation.passages)
        yield GaugeMetricFamily(
            "auctor_ready",
            "Whether answers are given from the published generation.",
            float(live.failure is None),
        )
        yield CounterMetricFamily("auctor_generation_swaps", "Generations taken over.", live.swaps)
        yield CounterMetricFamily(
            "auctor_generation_failures",
            "Generations that could not be taken over.",
            live.failures,
        )
