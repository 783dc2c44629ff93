"""`auctor serve --processes 2`, as a user starts it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import build_index
from indexer.embed import Embedder

START_S = 120.0


class Server:
    """A started server."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def children(self) -> list[int]:
        """Its serving processes (Python's own helper process is none)."""
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
        return [
            int(child)
            for child in text.split()
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]

    def get(self, path: str) -> str:
        with urlopen(f"{self.address}{path}", timeout=30) as reply:
            return str(reply.read().decode())

    def ask(self, query: str) -> list[str]:
        """Ids of the passages found, over a connection of its own."""
        body = json.dumps({"query": query, "n": 3}).encode()
        request = Request(f"{self.address}/v1/search", body, {"content-type": "application/json"})
        with urlopen(request, timeout=30) as reply:
            return [result["passage_id"] for result in json.load(reply)["results"]]

    def answered(self) -> int:
        """Searches that all processes together count."""
        found = re.search(
            r'auctor_http_requests_total\{[^}]*route="/v1/search"[^}]*\} ([\d.]+)',
            self.get("/metrics"),
        )
        return int(float(found[1])) if found else 0


@pytest.fixture
def copy(index: Path, tmp_path: Path) -> Path:
    """An index that may be changed."""
    return Path(shutil.copytree(index, tmp_path / "index"))


@pytest.fixture
def server(copy: Path) -> Iterator[Server]:
    command = "from server.cli import main; main()"
    arguments = ["serve", "--index", str(copy), "--port", "0", "--processes", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *arguments], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://[\d.:]+", line):
            break
    else:
        pytest.fail("the server did not start")
    try:
        yield Server(process, found[0])
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def is_alive(pid: int) -> bool:
    """Whether a process still runs; a zombie does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")
def test_processes_answer_together_and_are_replaced(server: Server) -> None:
    first = server.ask("what protects a child from measles")
    assert len(first) == 3
    for _ in range(11):
        assert server.ask("what protects a child from measles") == first
    assert server.answered() == 12, "whichever process is asked, it knows of all answers"
    assert len(server.children()) == 2

    # One is killed: the other goes on, and another takes its place.
    victim = server.children()[0]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: not is_alive(victim), 10)
    wait_for(lambda: len(server.children()) == 2 and victim not in server.children(), START_S)
    failures = 0
    for _ in range(10):
        try:
            assert server.ask("what protects a child from measles") == first
        except (URLError, ConnectionError):
            failures += 1
    assert failures == 0

    # SIGTERM ends all of them.
    children = server.children()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 128 + signal.SIGTERM
    wait_for(lambda: not any(map(is_alive, children)), 10)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")
def test_no_process_outlives_the_one_that_started_it(server: Server) -> None:
    children = server.children()
    server.process.kill()
    server.process.wait()
    wait_for(lambda: not any(map(is_alive, children)), 20)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")
def test_all_processes_follow_and_let_go_and_live_on(
    server: Server, copy: Path, embedder: Embedder, make_warc: Callable[[Path], Path]
) -> None:
    """What was served first is closed as well, and a broken index stops nobody."""
    [first] = [folder.name for folder in (copy / "shards").iterdir()]
    assert all(first in mapped(child) for child in server.children())
    build_index(find_sources([make_warc(copy.parent)]), copy, embedder)
    wait_for(lambda: not any(first in mapped(child) for child in server.children()), 30)
    before = server.ask("how do glaciers move")
    assert before

    shutil.rmtree(copy)
    victim, survivor = server.children()
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: not is_alive(victim), 10)
    time.sleep(3)  # a replacement has been tried by now, in vain
    assert server.process.poll() is None
    assert is_alive(survivor)
    for _ in range(5):
        assert server.ask("how do glaciers move") == before


def mapped(pid: int) -> str:
    """The files that a process has mapped."""
    return Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")


@pytest.fixture
def make_warc() -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        html = (
            "<html lang=en><head><title>Glaciers</title></head><body><main><h1>Glaciers</h1><p>"
            "Glaciers move because the ice deforms under its own weight and slides over its bed, "
            "faster in the middle than at the sides, and faster in summer than in winter.</p>"
            "</main></body></html>"
        )
        fetched = datetime(2026, 3, 14, tzinfo=UTC)
        path = folder / "new.warc.gz"
        write_warc(path, [Exchange("https://ice.example/", fetched, html.encode())])
        return path

    return make
