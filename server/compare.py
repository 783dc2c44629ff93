"""Runs of one set of queries beside each other, with what is more than chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import CorpusError
from corpora.trec import Qrels, Run, read_qrels, read_run
from server.bench import measure_each
from server.significance import Comparison, compare, holm

MEASURES = ("nDCG@10", "R@10", "R@100", "RR@10")


@dataclass(frozen=True, slots=True)
class Row:
    """A run under one measure.

    Attributes:
        run: its file.
        measure: of which values are told.
        mean: over all judged queries.
        against_first: how it differs from the first run; None for that itself.
        corrected_p: its p-value, corrected for all comparisons of this table (Holm).
    """

    run: str
    measure: str
    mean: float
    against_first: Comparison | None
    corrected_p: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs beside each other.

    Attributes:
        queries: judged ones that have a relevant document; all means are over these.
        without_relevant: judged queries that no document is relevant for; left out.
        unanswered: run -> judged queries that it holds nothing for, which count as 0.
        unjudged: run -> its queries that nobody judged; left out.
        rows: measure by measure, in the order of the runs.
    """

    queries: int
    without_relevant: int
    unanswered: dict[str, int]
    unjudged: dict[str, int]
    rows: tuple[Row, ...]


def compare_runs(
    qrels_file: Path, run_files: Sequence[Path], measures: Sequence[str] = MEASURES
) -> Compared:
    """Compares each run with the first.

    Raises:
        CorpusError: a file is broken, a measure unknown, or a run answers no judged query.
    """
    judged = read_qrels(qrels_file)
    qrels: Qrels = {query: grades for query, grades in judged.items() if max(grades.values()) > 0}
    if not qrels:
        raise CorpusError(f"{qrels_file}: no query has a relevant document")
    runs = [read_run(path) for path in run_files]
    for path, run in zip(run_files, runs, strict=True):
        if not run.keys() & qrels.keys():
            raise CorpusError(f"{path}: answers none of the {len(qrels)} judged queries")
    values = [measure_each(qrels, run, measures) for run in runs]
    table = [(name, number) for name in measures for number in range(len(runs))]
    tests = {
        (name, number): compare(_in_order(values[number][name]), _in_order(values[0][name]))
        for name, number in table
        if number
    }
    corrected = dict(zip(tests, holm([each.p for each in tests.values()]), strict=True))
    return Compared(
        queries=len(qrels),
        without_relevant=len(judged) - len(qrels),
        unanswered=_counts(run_files, runs, lambda run: len(qrels.keys() - run.keys())),
        unjudged=_counts(run_files, runs, lambda run: len(run.keys() - judged.keys())),
        rows=tuple(
            Row(
                str(run_files[number]),
                name,
                _mean(values[number][name]),
                tests.get((name, number)),
                corrected.get((name, number)),
            )
            for name, number in table
        ),
    )


def _in_order(values: Mapping[str, float]) -> list[float]:
    return [values[query] for query in sorted(values)]


def _mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values)


def _counts(
    files: Sequence[Path], runs: Sequence[Run], count: Callable[[Run], int]
) -> dict[str, int]:
    return {str(path): count(run) for path, run in zip(files, runs, strict=True)}
