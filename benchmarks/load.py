"""Closed-loop load on a running server, beside a Search-R1 style server over the same passages.

    .venv/bin/python benchmarks/load.py --index DIR/index [--clients 1 16 32] [--peer]

Starts `auctor serve`, and with --peer `benchmarks/peers/search_r1.py`, on free ports. Each of N
clients sends its next query as soon as it has the answer to the last one; no query is sent twice
in a run, so nothing is answered from a cache. Query encoding is part of every answer. Rounds of
the two servers alternate; figures are medians over rounds. Prints one JSON object.

`load_average` is the machine's before the start: above 1 the figures mean nothing.
`http_overhead_ms` is, for a lone client, the median of what the client waited beyond what the
server says it spent inside the search (`Server-Timing`).
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.sentences import sentence_spans
from server.snapshot import Snapshot

WARM_UP_S = 3.0
START_S = 600.0
MOST_QUERIES = 30_000
QUERY_WORDS = (6, 16)
"""Fewest and most words of a query made from a sentence of the index."""


_PLAIN = re.compile(r"\(?[A-Z]?[a-z]+(?:[-'’][a-z]+)*\)?[.,;:]?")


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load.

    Attributes:
        name: in the report.
        path: of the search route.
        marker: what every good answer contains.
    """

    name: str
    path: str
    marker: bytes

    def body(self, query: str, results: int) -> bytes:
        """The request for one query."""
        if self.name == "auctor":
            return json.dumps({"query": query, "n": results}).encode()
        return json.dumps({"queries": [query], "topk": results, "return_scores": True}).encode()


AUCTOR = Target("auctor", "/v1/search", b'"position":1')
SEARCH_R1 = Target("search_r1", "/retrieve", b'"contents"')


@dataclass
class Round:
    """What one closed loop measured.

    Attributes:
        waited_ms: client's wait for each answer.
        inside_ms: of the same requests, what the server says it spent searching.
        errors: answers that were no answers.
        seconds: how long the loop ran.
    """

    waited_ms: list[float] = field(default_factory=list)
    inside_ms: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--queries", type=Path, help="one a line; sentences of the index without")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 32])
    parser.add_argument("--seconds", type=float, default=8.0, help="of each loop")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=int, default=10)
    parser.add_argument("--peer", action="store_true", help="measure the Search-R1 style server")
    parser.add_argument("--serve-options", default="", help="more options for auctor serve")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    snapshot = Snapshot.open(arguments.index)
    # Made beforehand: to make one costs as much as a part of an answer.
    queries = list(itertools.islice(_queries(arguments.queries, snapshot), MOST_QUERIES))
    passages = snapshot.generation.passages
    del snapshot
    targets = [AUCTOR, SEARCH_R1] if arguments.peer else [AUCTOR]
    rounds: dict[tuple[str, int], list[Round]] = {}
    with contextlib.ExitStack() as stack:
        servers = {
            target: stack.enter_context(_server(target, arguments.index, arguments.serve_options))
            for target in targets
        }
        for target, server in servers.items():
            run(target, server.port, queries, 4, WARM_UP_S, arguments.results)
        for _ in range(arguments.rounds):
            for clients in arguments.clients:
                for target, server in servers.items():
                    measured = run(
                        target,
                        server.port,
                        queries,
                        clients,
                        arguments.seconds,
                        arguments.results,
                    )
                    rounds.setdefault((target.name, clients), []).append(measured)
        rss = {target.name: _rss_mb(server.pid) for target, server in servers.items()}
    print(
        json.dumps(
            {
                "passages": passages,
                "results": arguments.results,
                "rounds": arguments.rounds,
                "seconds": arguments.seconds,
                "load_average": load,
                "rss_mb": rss,
                "figures": [
                    {"server": name, "clients": clients} | _summary(measured)
                    for (name, clients), measured in rounds.items()
                ],
            },
            indent=1,
        )
    )


def run(
    target: Target, port: int, queries: list[str], clients: int, seconds: float, results: int
) -> Round:
    """One closed loop.

    Args:
        target: the server.
        port: where it listens.
        queries: taken from the end, each once.
        clients: that ask at the same time.
        seconds: until nobody asks any more.
        results: wanted of each query.

    Raises:
        SystemExit: there were not enough queries.
    """
    result = Round()
    lock = threading.Lock()
    over = time.perf_counter() + seconds

    def client() -> None:
        waited: list[float] = []
        inside: list[float] = []
        errors = 0
        connection: Connection | None = None
        while time.perf_counter() < over:
            with lock:
                query = queries.pop()
            body = target.body(query, results)
            start = time.perf_counter()
            try:
                connection = connection or Connection(port)
                head, content = connection.post(target.path, body)
            except OSError:
                errors, connection = errors + 1, None
                continue
            waited.append((time.perf_counter() - start) * 1_000)
            if not head.startswith(b"HTTP/1.1 200") or target.marker not in content:
                errors += 1
            timing = re.search(rb"search;dur=([\d.]+)", head)
            if timing:
                inside.append(float(timing[1]))
        if connection is not None:
            connection.close()
        with lock:
            result.waited_ms += waited
            result.inside_ms += inside
            result.errors += errors

    begin = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - begin
    _check(target, result, queries)
    return result


def _check(target: Target, result: Round, queries: list[str]) -> None:
    if not queries:
        raise SystemExit("there are too few queries for so many rounds")
    if not result.waited_ms:
        raise SystemExit(f"{target.name} answered nothing ({result.errors} errors)")


class Connection:
    """One kept-alive connection.

    A client shares the cores with the server it measures, so it must be cheap: the standard
    library's took up to a tenth of both cores.
    """

    def __init__(self, port: int) -> None:
        """Connects."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer."""
        self._socket.sendall(
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = bytes(received[:end])
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if length is None:
            raise OSError(f"an answer without a length: {head[:200]!r}")
        whole = end + 4 + int(length[1])
        while len(received) < whole:
            received += self._receive()
        return head, bytes(received[end + 4 :])

    def close(self) -> None:
        """Hangs up."""
        self._socket.close()

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 16)
        if not data:
            raise OSError("the server hung up")
        return data


@dataclass(frozen=True, slots=True)
class Server:
    """A started server."""

    port: int
    pid: int


@contextlib.contextmanager
def _server(target: Target, index: Path, options: str) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    if target is AUCTOR:
        command = [str(Path(sys.executable).parent / "auctor"), "serve", *options.split()]
    else:
        command = [sys.executable, str(Path(__file__).parent / "peers" / "search_r1.py")]
    process = subprocess.Popen(
        [*command, "--index", str(index), "--port", str(port)], stderr=subprocess.PIPE, text=True
    )
    try:
        if target is AUCTOR:  # says so once all its processes are ready
            assert process.stderr is not None
            print(next((line for line in process.stderr if "serving" in line), ""), file=sys.stderr)
        _wait(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.perf_counter() + START_S
    while time.perf_counter() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise SystemExit("the server did not start")


def _queries(path: Path | None, snapshot: Snapshot) -> Iterator[str]:
    """Queries, none twice; raises StopIteration when there are no more."""
    texts = (
        path.read_text(encoding="utf-8").splitlines() if path is not None else _sentences(snapshot)
    )
    seen: set[str] = set()
    for text in texts:
        query = text.strip()
        if query and query not in seen:
            seen.add(query)
            yield query


def _sentences(snapshot: Snapshot) -> Iterator[str]:
    """Beginnings of sentences from all over the index, of 6 to 16 words.

    Only of plain words: people ask in words, and a name from a program is many tokens.
    """
    fewest, most = QUERY_WORDS
    for step in itertools.count():
        for shard in snapshot.shards:
            count = len(shard.passages)
            # A stride prime to the count walks through all rows in an order far from theirs.
            for number in range(count):
                row = (number * 7_919 + step) % count
                document = int(shard.passages.document[row])
                start, end = int(shard.passages.start_char[row]), int(shard.passages.end_char[row])
                text = shard.documents.text(document)[start:end]
                spans = sentence_spans(text)
                begin, stop = spans[step % len(spans)]
                words = text[begin:stop].split()[: fewest + (number % (most - fewest + 1))]
                if len(words) >= fewest and all(map(_PLAIN.fullmatch, words)):
                    yield " ".join(words).rstrip(".,;:")


def _summary(rounds: list[Round]) -> dict[str, Any]:
    def median(values: Iterator[float]) -> float:
        return round(statistics.median(values), 2)

    def percentile(values: list[float], share: float) -> float:
        return sorted(values)[min(len(values) - 1, int(share * len(values)))]

    summary: dict[str, Any] = {
        "queries_per_s": median(len(r.waited_ms) / r.seconds for r in rounds),
        "p50_ms": median(percentile(r.waited_ms, 0.5) for r in rounds),
        "p99_ms": median(percentile(r.waited_ms, 0.99) for r in rounds),
        "errors": sum(r.errors for r in rounds),
    }
    paired = [r for r in rounds if r.inside_ms and len(r.inside_ms) == len(r.waited_ms)]
    if paired:
        summary["inside_p50_ms"] = median(percentile(r.inside_ms, 0.5) for r in paired)
        summary["http_overhead_ms"] = median(
            statistics.median(a - b for a, b in zip(r.waited_ms, r.inside_ms, strict=True))
            for r in paired
        )
    return summary


def _rss_mb(pid: int) -> int:
    """Resident memory of a process and of those it started; what they share counts twice."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return (int(found[1]) // 1_024 if found else 0) + sum(_rss_mb(int(c)) for c in children)


if __name__ == "__main__":
    main()
