"""The quality gate: retrieval on judged collections against pinned floors.

    .venv/bin/python benchmarks/quality.py --data DIR             checks
    .venv/bin/python benchmarks/quality.py --data DIR --update    raises floors to what is measured

DIR holds collections in BEIR layout under the names in quality_floors.json. The file pins the
SHA-256 and the counts of each corpus too: a changed collection is a failure, not a surprise.
Lowering a floor takes --update --allow-regression, and a word in the commit on why.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from indexer.embed import Embedder
from server.bench import BenchResult, bench_beir

FLOORS = Path(__file__).parent / "quality_floors.json"
EPSILON = 0.002
"""Below a floor by less than this is no failure: bfloat16 and fp32 machines differ by about .001."""

Floors = dict[str, dict[str, Any]]


def main() -> None:
    """Measures every pinned collection and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of BEIR collections")
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-regression", action="store_true")
    arguments = parser.parse_args()
    if arguments.allow_regression and not arguments.update:
        parser.error("--allow-regression only says what --update may do")
    floors: Floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    embedder = Embedder()
    problems: list[str] = []
    for name, pinned in floors.items():
        result = bench_beir(arguments.data / name, pinned["split"], arguments.cache, embedder)
        print(json.dumps(asdict(result)))
        found = compare(name, pinned, result)
        problems += found
        if arguments.update and (not found or arguments.allow_regression):
            pin(pinned, result, allow_regression=arguments.allow_regression)
    if arguments.update:
        write(floors)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems and not arguments.allow_regression else 0)


def compare(name: str, pinned: dict[str, Any], result: BenchResult) -> list[str]:
    """What is not as pinned: one line each."""
    problems = [
        f"{name}: {field} is {getattr(result, field)}, pinned is {pinned[field]}"
        for field in ("corpus_sha256", "documents", "queries")
        if getattr(result, field) != pinned[field]
    ]
    for mode, measures in pinned["floors"].items():
        for measure, floor in measures.items():
            value = result.modes[mode][measure]
            if value < floor - EPSILON:
                problems.append(f"{name}: {mode} {measure} is {value}, the floor is {floor}")
    return problems


def pin(pinned: dict[str, Any], result: BenchResult, *, allow_regression: bool) -> None:
    """Raises floors to what was measured; lowers them only when told to."""
    pinned["documents"], pinned["queries"] = result.documents, result.queries
    pinned["corpus_sha256"] = result.corpus_sha256
    for mode, measures in result.modes.items():
        floors = pinned["floors"].setdefault(mode, {})
        for measure, value in measures.items():
            floors[measure] = value if allow_regression else max(value, floors.get(measure, 0.0))


def write(floors: Floors) -> None:
    """Writes the file whole or not at all."""
    temporary = FLOORS.with_suffix(".tmp")
    temporary.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")
    temporary.replace(FLOORS)


if __name__ == "__main__":
    main()
