"""Latency of a search beside the latency of encoding its query alone, in one run.

    .venv/bin/python benchmarks/latency.py --index .demo/index [--queries FILE] [--repeats 5]

Prints one JSON object. Times are wall milliseconds in process, after warming up, one query at a
time. `load_average` is the machine's before the start: above 1 the figures mean nothing.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from indexer.embed import Embedder
from server.encode import QueryEncoder
from server.retrieve import propose_dense, propose_lexical, score
from server.search import Request, Searcher
from server.snapshot import Snapshot
from server.trust import Trust

WARM_UP = 20


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--queries", type=Path, help="one a line; headings of the index without")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    snapshot = Snapshot.open(arguments.index)
    embedder = Embedder.for_index(snapshot.generation.model)
    searcher = Searcher(snapshot, QueryEncoder(embedder, remembered=0), Trust(snapshot.shards))
    queries = _queries(arguments.queries, snapshot)
    for query in queries[:WARM_UP]:
        searcher.search(Request(query))
    encode: list[float] = []
    search: list[float] = []
    # Interleaved, so that both see the same machine.
    for _ in range(arguments.repeats):
        for query in queries:
            encode.append(_milliseconds(partial(embedder.encode_queries, [query])))
            search.append(_milliseconds(partial(searcher.search, Request(query))))
    second, candidates = _second_phase(searcher, queries)
    result = {
        "passages": snapshot.generation.passages,
        "queries": len(queries),
        "repeats": arguments.repeats,
        "load_average": load,
        "encode_ms": _summary(encode),
        "search_ms": _summary(search),
        "search_over_encode_p50": round(float(np.median(search) / np.median(encode)), 3),
        "search_p99_over_p50": round(float(np.percentile(search, 99) / np.median(search)), 3),
        "second_phase_ms": _summary(second),
        "second_phase_candidates": _summary(candidates),
    }
    print(json.dumps(result))


def _second_phase(searcher: Searcher, queries: list[str]) -> tuple[list[float], list[float]]:
    """Scoring and fusing of a pool that is already proposed."""
    times: list[float] = []
    sizes: list[float] = []
    snapshot, settings = searcher.snapshot, searcher.settings
    for text in queries:
        query = searcher.prepare(text)
        pool = {
            *propose_lexical(query, snapshot, settings, settings.depth),
            *propose_dense(query, snapshot, settings.depth),
        }
        start = time.perf_counter()
        candidates = score(pool, query, snapshot, searcher.families, settings)
        searcher.relevance(query, candidates)
        times.append((time.perf_counter() - start) * 1_000)
        sizes.append(float(len(pool)))
    return times, sizes


def _queries(path: Path | None, snapshot: Snapshot) -> list[str]:
    if path is not None:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip()]
    headings = {
        heading
        for shard in snapshot.shards
        for row in range(0, len(shard.passages), max(1, len(shard.passages) // 400))
        if (heading := shard.passages.heading(row))
    }
    return [f"what is said about {heading}" for heading in sorted(headings)][:200]


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def _summary(values: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(values, (50, 99)).tolist()
    return {"p50": round(p50, 3), "p99": round(p99, 3)}


if __name__ == "__main__":
    main()
