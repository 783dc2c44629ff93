"""A server under load while a generation is published every second."""

import http.client
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import methodcaller
from pathlib import Path

import uvicorn

from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import build_index
from indexer.embed import Embedder
from indexer.generation import CURRENT, GENERATIONS, MANIFEST
from server.api import create_app
from server.live import Live
from server.search import Request, Searcher

SWAPS = 30
SECONDS_BETWEEN = 1.0
CLIENTS = 4
QUESTIONS = ("how do glaciers move", "what melts the ice", "measurements of a glacier's speed")


def write_edition(path: Path, edition: str, pages: int) -> None:
    """Pages whose every paragraph names the edition, so that a mixed answer shows."""
    exchanges = []
    for number in range(pages):
        text = (
            f"In edition {edition}, page {number} explains how glaciers move: the ice deforms "
            f"under its own weight and slides over its bed, and edition {edition} lists "
            f"measurement {number * 7} of the speed of the glacier and of what melts the ice."
        )
        html = (
            f"<html lang=en><head><title>Glaciers {number}</title></head><body><main>"
            f"<h1>Glaciers {number}</h1><p>{text}</p></main></body></html>"
        )
        url = f"https://{edition}.example/glaciers/{number}"
        exchanges.append(Exchange(url, datetime(2026, 3, 14, tzinfo=UTC), html.encode()))
    write_warc(path, exchanges)


def publish(index: Path, built: str, name: str) -> None:
    """Publishes what a generation holds under another name, as a build would: pointer last."""
    folder = index / GENERATIONS / name
    shutil.copytree(index / GENERATIONS / built, folder)
    manifest = (index / GENERATIONS / built / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(manifest.replace(f'"{built}"', f'"{name}"'), encoding="utf-8")
    pointer = index / "CURRENT.tmp"
    pointer.write_text(name, encoding="utf-8")
    pointer.replace(index / CURRENT)


def mapped_files(folder: Path) -> list[str]:
    """The files below a folder that this process has mapped, but for their generation's name."""
    # A thread that maps a file meanwhile makes a reading skip lines: two have to agree.
    maps, again = "", "-"
    while maps != again:
        maps, again = again, Path("/proc/self/maps").read_text(encoding="utf-8")
    files = {
        line.split(maxsplit=5)[5].removeprefix(str(folder))
        for line in maps.splitlines()
        if str(folder) in line
    }
    return sorted(re.sub(r"^/generations/[^/]+", "/generations/*", file) for file in files)


@contextmanager
def served(index: Path, embedder: Embedder) -> Iterator[tuple[Live, int]]:
    """The server as `auctor serve` runs it, in a thread."""
    reopen = methodcaller("reopen", index)
    with Live(index, Searcher.open(index, embedder), reopen, poll_s=0.1) as live:
        server = uvicorn.Server(uvicorn.Config(create_app(live), port=0, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield live, server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


class Client(threading.Thread):
    """Asks until it is told to stop; keeps what went wrong and which generations answered."""

    def __init__(self, port: int, editions: dict[str, str], over: threading.Event) -> None:
        super().__init__()
        self._port, self._editions, self._over = port, editions, over
        self.failures: list[str] = []
        self.seen: set[str] = set()
        self.answers = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._over.is_set():
            question = QUESTIONS[self.answers % len(QUESTIONS)]
            body = json.dumps({"query": question, "n": 20})
            connection.request("POST", "/v1/search", body, {"content-type": "application/json"})
            reply = connection.getresponse()
            raw = reply.read()
            self.answers += 1
            if reply.status != 200:
                self.failures.append(f"{reply.status}: {raw[:200]!r}")
                continue
            answer = json.loads(raw)
            generation = answer["generation"]
            self.seen.add(generation)
            edition = self._editions[generation]
            urls = [result["url"] for result in answer["results"]]
            texts = [result["content"] for result in answer["results"]]
            if len(urls) != 20 or not all(f"edition {edition}" in text for text in texts):
                self.failures.append(f"{generation} ({edition}): {urls}")
        connection.close()


def test_a_swap_a_second_under_load_fails_and_mixes_nothing(
    embedder: Embedder, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    built: dict[str, str] = {}
    for edition, pages in (("first", 40), ("second", 30)):
        write_edition(tmp_path / f"{edition}.warc.gz", edition, pages)
        sources = find_sources([tmp_path / f"{edition}.warc.gz"])
        built[edition] = build_index(sources, index, embedder).generation.generation_id
    editions = {generation: edition for edition, generation in built.items()}
    over = threading.Event()
    with served(index, embedder) as (live, port):
        live.searcher.search(Request(QUESTIONS[0]))  # some files are mapped by the first search
        mapped_at_first = mapped_files(index)
        clients = [Client(port, editions, over) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for number in range(SWAPS):
            edition = ("first", "second")[number % 2]
            name = f"swap-{number}"
            editions[name] = edition
            publish(index, built[edition], name)
            time.sleep(SECONDS_BETWEEN)
        over.set()
        for client in clients:
            client.join()
        assert live.failure is None
        assert live.swaps == SWAPS
        assert mapped_at_first
        deadline = time.monotonic() + 5  # Arrow unmaps in a thread of its own
        while mapped_files(index) != mapped_at_first and time.monotonic() < deadline:
            time.sleep(0.05)
        assert mapped_files(index) == mapped_at_first
    assert [failure for client in clients for failure in client.failures] == []
    seen = set().union(*(client.seen for client in clients))
    assert len(seen) >= SWAPS
    assert min(client.answers for client in clients) > SWAPS
