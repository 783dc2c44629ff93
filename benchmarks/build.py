"""Throughput of a build on real pages: reading, extraction, embedding, memory, going on.

    python -m benchmarks.build                      all of it, in 8 minutes on two cores
    python -m benchmarks.build --json               one JSON object instead of a table
    python -m benchmarks.build --only read extract  parts of it
    python -m benchmarks.build --whole-memory       memory of four whole crawls (5 minutes more)

The pages are those of `benchmarks.build_pages`, made once (two minutes, `apt-get update` first).
A load average above 1 before the start voids all timings.

- read: every record of a crawl, unpacked and checked, without extracting it; beside FastWARC,
  which checks less.
- extract: `read_units` with one worker and with two, in turns, all of them started before; the
  better of two runs each. `scaling_at_most` is what the main process's share of the processor
  time allows.
- build: a whole build of some pages with the default model, and where its time goes. `cpu_s` are
  processor seconds that steps take for the same pages, one after another in one process.
- memory: builds with a model that costs nothing, see `benchmarks.build_memory`.
- resume: the same build, stopped and run again. What a process costs to start is not in it, since
  that does not grow with the build.
"""

import argparse
import contextlib
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator
from rich.console import Console
from rich.table import Table

from benchmarks.build_memory import watch
from benchmarks.build_pages import CRAWLS, cut, make_crawls
from benchmarks.build_tools import (
    Processors,
    Stopped,
    StopwatchEmbedder,
    content_of,
    costs,
    processor_seconds,
)
from corpora.document import Document
from corpora.sources import find_sources, read
from indexer.build import BuildReport, build_index
from indexer.intake import Extractors, prepare, read_units
from indexer.work import InputWork
from indexer.workers import worker_count

MOST_LOAD = 1.0
PARTS = ("read", "extract", "build", "memory", "resume")
_MEMORY_PARTS = 4
_ROUNDS = 2

Figures = dict[str, Any]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(tempfile.gettempdir()) / "auctor-build-pages"
    parser.add_argument("--cache", type=Path, default=default, help="for packages and crawls")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--extracted", type=int, default=600, help="pages of extract")
    parser.add_argument("--embedded", type=int, default=300, help="pages of build and resume")
    parser.add_argument("--whole-memory", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    crawls = make_crawls(arguments.cache, CRAWLS if arguments.whole_memory else 1)
    figures: Figures = {"load_average": load, "cores": worker_count()}
    if load > MOST_LOAD:
        figures["void"] = f"load {load:.2f} before the start: no timing is valid"
    with tempfile.TemporaryDirectory(dir=arguments.cache) as folder:
        work = Path(folder)
        if "read" in arguments.only:
            figures["read"] = measure_reading(crawls[0])
        if "extract" in arguments.only:
            figures["extract"] = measure_extraction(crawls[0], arguments.extracted, work)
        if "build" in arguments.only or "resume" in arguments.only:
            figures |= measure_builds(crawls[0], arguments.embedded, work, arguments.only)
        if "memory" in arguments.only:
            figures["memory"] = measure_memory(crawls, work)
    if {"read", "extract"} <= figures.keys():
        stage = figures["extract"]["pages_per_s"]["2"]
        figures["read"]["share_of_stage"] = round(stage / figures["read"]["records_per_s"], 4)
    if arguments.json:
        print(json.dumps(figures, indent=1))
    else:
        show(Console(), figures)


def measure_reading(crawl: Path) -> Figures:
    """Every record, and nothing else."""
    (source,) = find_sources([crawl]).found
    start = time.perf_counter()
    sizes = [
        len(item.payload.content) if isinstance(item, Document) and item.payload else 0
        for item in read(source)
    ]
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    list(read(source, skip=len(sizes)))
    passing = time.perf_counter() - start
    start = time.perf_counter()
    with crawl.open("rb") as file:
        fast = sum(len(record.reader.read()) for record in ArchiveIterator(file, parse_http=True))
    fastwarc = time.perf_counter() - start
    assert fast == sum(sizes)
    return {
        "records": len(sizes),
        "payload_mb": round(fast / 1e6, 1),
        "file_mb": round(source.size_bytes / 1e6, 1),
        "records_per_s": round(len(sizes) / seconds, 1),
        "mb_per_s": round(fast / 1e6 / seconds, 1),
        "passed_over_per_s": round(len(sizes) / passing, 1),
        "fastwarc_records_per_s": round(len(sizes) / fastwarc, 1),
    }


def measure_extraction(crawl: Path, pages: int, work: Path) -> Figures:
    """The stage that reads and extracts, with one worker and with two."""
    part = cut(crawl, 0, _stride(crawl, pages))
    runs: dict[int, list[Extraction]] = {1: [], 2: []}
    for number in range(_ROUNDS):
        for workers in (1, 2) if number % 2 == 0 else (2, 1):
            place = InputWork(work / f"extract-{workers}-{number}")
            runs[workers].append(_extract(part, workers, place))
    best = {workers: min(done, key=lambda run: run.seconds) for workers, done in runs.items()}
    own, theirs = best[2].main_cpu_s, best[2].workers_cpu_s
    return {
        "pages": best[1].pages,
        "pages_per_s": {str(n): round(run.pages / run.seconds, 1) for n, run in best.items()},
        "scaling": round(best[1].seconds / best[2].seconds, 3),
        "scaling_at_most": round(2 * theirs / max(0.01, own + theirs), 3),
        "cores_busy": {str(n): run.cores_busy for n, run in best.items()},
        "main_cpu_s": round(own, 2),
        "workers_cpu_s": round(theirs, 2),
    }


@dataclass(frozen=True, slots=True)
class Extraction:
    """One run of the stage that reads and extracts.

    Attributes:
        pages: records read.
        seconds: wall time.
        cores_busy: share of all cores that was busy, with whatever.
        main_cpu_s, workers_cpu_s: processor time.
    """

    pages: int
    seconds: float
    cores_busy: float
    main_cpu_s: float
    workers_cpu_s: float


def _extract(part: Path, workers: int, place: InputWork) -> Extraction:
    (source,) = find_sources([part]).found
    with Extractors(prepare, workers) as extractors:
        warm = [item for item, _ in zip(read(source), range(8 * workers), strict=False)]
        list(extractors.map(item for item in warm if isinstance(item, Document)))
        processors, pids = Processors(), extractors.pids()
        before = sum(map(processor_seconds, pids))
        own, start = time.process_time(), time.perf_counter()
        pages = sum(unit.records for unit in read_units(source, place, extractors, _unused))
        return Extraction(
            pages,
            time.perf_counter() - start,
            processors.busy(),
            time.process_time() - own,
            sum(map(processor_seconds, pids)) - before,
        )


def measure_builds(crawl: Path, pages: int, work: Path, parts: Sequence[str]) -> Figures:
    """A whole build, and the same one stopped at two places and run again."""
    part = cut(crawl, 1, _stride(crawl, pages))
    start = time.perf_counter()
    embedder = StopwatchEmbedder()
    embedder.encode_passages(["a page of documentation"] * 64)
    loading = time.perf_counter() - start
    # Whatever is started once and kept would otherwise be a cost of the first build alone.
    documents = _documents(part, work / "costs")
    embedder.restart()
    processors = Processors()
    start = time.perf_counter()
    report = _build(part, work / "undisturbed", embedder)
    whole = time.perf_counter() - start
    busy, embedding, texts = processors.busy(), embedder.seconds, embedder.texts
    figures: Figures = {}
    if "build" in parts:
        figures["build"] = {
            "pages": report.kept,
            "passages": report.generation.passages,
            "texts": texts,
            "start_s": round(loading, 1),
            "stages_s": report.seconds,
            "embedding_s": round(embedding, 1),
            "texts_per_s": round(texts / embedding, 1),
            "embedding_share_of_stage": round(embedding / report.seconds["embed"], 3),
            "embedding_share": round(embedding / whole, 3),
            "cores_busy": busy,
            "cpu_s": asdict(costs(documents, embedder)),
        }
    if "resume" in parts:
        figures["resume"] = {"undisturbed_s": round(whole, 1)}
        for name, stop in (("after_reading", 0), ("half_embedded", texts // 2)):
            index = work / name
            embedder.restart(stop)
            start = time.perf_counter()
            with contextlib.suppress(Stopped):
                _build(part, index, embedder)
                raise SystemExit("one batch is all there is: take more --embedded pages")
            stopped_after = embedder.texts
            embedder.restart()
            _build(part, index, embedder)
            seconds = time.perf_counter() - start
            figures["resume"][name] = {
                "texts_before_the_stop": stopped_after,
                "seconds": round(seconds, 1),
                "overhead": round(seconds / whole - 1, 4),
                "same_vectors": content_of(index) == content_of(work / "undisturbed"),
            }
    return figures


def measure_memory(crawls: Sequence[Path], work: Path) -> Figures:
    """Peaks with a quarter of a crawl and with four, or with one crawl and with four."""
    files = list(crawls)
    if len(files) == 1:
        files = [cut(crawls[0], start, _MEMORY_PARTS) for start in range(_MEMORY_PARTS)]
    one, all_of_them = watch(files[:1], work / "memory-1"), watch(files, work / "memory-4")
    return {
        "files": [1, len(files)],
        "main_mb": [one.main_mb, all_of_them.main_mb],
        "with_workers_mb": [one.all_mb, all_of_them.all_mb],
        "seconds": [one.seconds, all_of_them.seconds],
    }


def _build(part: Path, index: Path, embedder: StopwatchEmbedder) -> BuildReport:
    return build_index(find_sources([part]), index, embedder)


def _documents(part: Path, place: Path) -> list[Document]:
    (source,) = find_sources([part]).found
    with Extractors(prepare, worker_count()) as extractors:
        units = list(read_units(source, InputWork(place), extractors, _unused))
    return [document for unit in units for document in unit.documents]


def _stride(crawl: Path, pages: int) -> int:
    (source,) = find_sources([crawl]).found
    return max(1, sum(1 for _ in read(source)) // pages)


def _unused(_: int) -> None:
    """Stands where nobody wants to know of progress."""


def show(console: Console, figures: Figures) -> None:
    """A row for each figure."""
    table = Table("", "figure", "value")
    for part, value in figures.items():
        if not isinstance(value, dict):
            table.add_row(part, "", str(value))
            continue
        for name, figure in value.items():
            table.add_row(part, name, str(figure))
    console.print(table)


if __name__ == "__main__":
    main()
