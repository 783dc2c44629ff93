import gc
import shutil
import threading
import time
import weakref
from pathlib import Path

import pytest

from corpora.errors import CorruptIndex
from indexer.generation import CURRENT, GENERATIONS, MANIFEST
from server.filters import Domain, Filters
from server.live import Live
from server.search import Request, Searcher

QUESTION = "When is the finally clause of a try statement executed?"


def publish_again(index: Path, name: str) -> None:
    """Publishes the live generation under another name: the smallest new generation there is."""
    live = (index / CURRENT).read_text().strip()
    folder = index / GENERATIONS / name
    shutil.copytree(index / GENERATIONS / live, folder)
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text().replace(f'"{live}"', f'"{name}"'))
    pointer = index / "CURRENT.tmp"
    pointer.write_text(name)
    pointer.replace(index / CURRENT)


def follow(index: Path, searcher: Searcher) -> Live:
    return Live(index, searcher.reopen(index), lambda before: before.reopen(index), poll_s=0.02)


def test_a_new_generation_is_taken_over(index: Path, searcher: Searcher, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = follow(copy, searcher)
    publish_again(copy, "second")
    assert live.searcher.search(Request(QUESTION)).generation_id != "second"
    live.look()
    assert live.searcher.search(Request(QUESTION)).generation_id == "second"
    assert (live.swaps, live.failure) == (1, None)


def test_the_old_one_is_closed_when_its_last_reader_leaves(
    index: Path, searcher: Searcher, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = follow(copy, searcher)
    reader = live.searcher
    old = weakref.ref(reader.snapshot.shards[0].passages)
    publish_again(copy, "second")
    live.look()
    filters = Filters(include_domains=(Domain("who.int"),))
    assert reader.search(Request(QUESTION, filters=filters)).hits
    assert old() is not None
    # Nobody collects garbage here: the files are closed the moment the last reader leaves.
    gc.disable()
    try:
        del reader
        assert old() is None
    finally:
        gc.enable()


def test_a_broken_generation_leaves_the_old_one_in_place(
    index: Path, searcher: Searcher, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = follow(copy, searcher)
    before = live.searcher.snapshot.generation.generation_id
    publish_again(copy, "broken")
    (copy / GENERATIONS / "broken" / MANIFEST).write_text("{}")
    live.look()
    assert live.failure is not None
    assert live.searcher.search(Request(QUESTION)).generation_id == before
    (copy / CURRENT).write_text(before)
    live.look()
    assert live.failure is None


def test_failures_are_counted_once_each(index: Path, searcher: Searcher, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = follow(copy, searcher)
    before = live.searcher.snapshot.generation.generation_id
    for pointer, failures in (("one", 1), ("one", 1), ("two", 2), (before, 2), ("two", 3)):
        (copy / CURRENT).write_text(pointer)
        live.look()
        assert live.failures == failures
        assert (live.failure is None) == (pointer == before)


def test_watching_survives_what_nobody_expected(
    index: Path, searcher: Searcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    answers: list[Exception] = [MemoryError(), ZeroDivisionError("odd")]

    def reopen(before: Searcher) -> Searcher:
        if answers:
            raise answers.pop()
        return before.reopen(copy)

    live = Live(copy, searcher.reopen(copy), reopen, poll_s=0)
    publish_again(copy, "second")
    live.look()
    assert live.failure == "odd"
    assert "ZeroDivisionError" in caplog.text
    live.look()
    assert live.failure == "MemoryError"
    assert live.searcher.search(Request(QUESTION)).hits
    live.look()
    assert (live.swaps, live.failures) == (1, 2)
    assert live.searcher.snapshot.generation.generation_id == "second"


def test_no_answer_fails_or_mixes_while_generations_come_and_go(
    index: Path, searcher: Searcher, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    expected = [hit.passage_id for hit in searcher.search(Request(QUESTION)).hits]
    failures: list[object] = []
    seen: set[str] = set()
    over = threading.Event()

    def ask(live: Live) -> None:
        while not over.is_set():
            try:
                answer = live.searcher.search(Request(QUESTION))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
                failures.append(error)
                return
            seen.add(answer.generation_id)
            if [hit.passage_id for hit in answer.hits] != expected:
                failures.append(answer)

    with follow(copy, searcher) as live:
        readers = [threading.Thread(target=ask, args=(live,)) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(8):
            publish_again(copy, f"swap-{number}")
            time.sleep(0.3)
        over.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert live.swaps >= 4
    assert len(seen) >= 4


def test_what_cannot_be_opened_is_tried_less_and_less(
    index: Path, searcher: Searcher, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    tried: list[str] = []

    def refuse(_: Searcher) -> Searcher:
        tried.append((copy / CURRENT).read_text())
        raise CorruptIndex("broken")

    live = Live(copy, searcher.reopen(copy), refuse, poll_s=30)
    (copy / CURRENT).write_text("one")
    for _ in range(5):
        live.look()
    assert tried == ["one"]
    (copy / CURRENT).write_text("two")  # another one is tried at once
    for _ in range(5):
        live.look()
    assert tried == ["one", "two"]
    assert live.failure == "broken"


def test_another_model_is_noticed_before_anything_large_is_read(
    index: Path, searcher: Searcher, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))
    live = follow(copy, searcher)
    publish_again(copy, "other")
    manifest = copy / GENERATIONS / "other" / MANIFEST
    manifest.write_text(manifest.read_text().replace("all-MiniLM-L6-v2", "some-other-model"))
    for shard in (copy / "shards").iterdir():
        passages = shard / "passages.arrow"
        passages.write_bytes(bytes(passages.stat().st_size))  # would be told, were it read
    live.look()
    assert live.failure is not None
    assert "some-other-model" in live.failure
