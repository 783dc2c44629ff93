"""Runs of one set of queries beside each other, with what is more than chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import CorpusError
from corpora.trec import Run, read_judgements, read_run
from server.bench import MEASURES, measure_each
from server.significance import Comparison, compare, holm

_SHOWN = 5

Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade."""


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
class Loss:
    """A query that a run answers worse than the first run, by the first measure.

    Attributes:
        run: its file.
        query: its id.
        value, first_value: of the measure, of this run and of the first.
        ranking, first_ranking: (document, grade) at the top of both; None for an unjudged one.
    """

    run: str
    query: str
    value: float
    first_value: float
    ranking: tuple[tuple[str, int | None], ...]
    first_ranking: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs beside each other.

    Attributes:
        queries: judged ones that have a relevant document; all means are over these.
        without_relevant: judged queries that no document is relevant for; left out.
        unanswered: run -> judged queries that it holds nothing for, which count as 0.
        unjudged: run -> its queries that nobody judged; left out.
        rows: measure by measure, in the order of the runs.
        losses: of each run, the largest first.
    """

    queries: int
    without_relevant: int
    unanswered: dict[str, int]
    unjudged: dict[str, int]
    rows: tuple[Row, ...]
    losses: tuple[Loss, ...]


def compare_runs(
    qrels_file: Path,
    run_files: Sequence[Path],
    measures: Sequence[str] = tuple(MEASURES),
    losses: int = 0,
) -> Compared:
    """Compares each run with the first.

    Args:
        qrels_file: judgements.
        run_files: runs.
        measures: names that ir-measures knows.
        losses: most queries of each run that are told one by one.

    Raises:
        CorpusError: a file is broken, a measure unknown, or a run answers no judged query.
    """
    judged = _judged(qrels_file)
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
        losses=tuple(
            Loss(
                str(run_files[number]),
                query,
                values[number][measures[0]][query],
                values[0][measures[0]][query],
                _top(runs[number], query, judged),
                _top(runs[0], query, judged),
            )
            for number in range(1, len(runs))
            for query in _worst(values[number][measures[0]], values[0][measures[0]])[:losses]
        ),
    )


def _judged(path: Path) -> Qrels:
    """Judgements by query.

    Raises:
        CorpusError: a document is judged twice for a query.
    """
    qrels: Qrels = {}
    for query, document, grade in read_judgements(path):
        if document in qrels.setdefault(query, {}):
            raise CorpusError(f"{path}: {document} is judged twice for query {query}")
        qrels[query][document] = grade
    return qrels


def _worst(values: Mapping[str, float], first: Mapping[str, float]) -> list[str]:
    """Queries whose value is less than the first run's, the largest loss first."""
    lost = [query for query in values if values[query] < first[query]]
    return sorted(lost, key=lambda query: (values[query] - first[query], query))


def _top(run: Run, query: str, judged: Qrels) -> tuple[tuple[str, int | None], ...]:
    grades = judged[query]
    return tuple((name, grades.get(name)) for name in list(run.get(query, ()))[:_SHOWN])


def _in_order(values: Mapping[str, float]) -> list[float]:
    return [values[query] for query in sorted(values)]


def _mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values)


def _counts(
    files: Sequence[Path], runs: Sequence[Run], count: Callable[[Run], int]
) -> dict[str, int]:
    return {str(path): count(run) for path, run in zip(files, runs, strict=True)}
