"""TREC files: runs and judgements, as trec_eval reads them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from corpora.errors import CorpusError

_RUN_FIELDS = 6
_QREL_FIELDS = (3, 4)
_SHOWN = 3

Run = dict[str, dict[str, float]]
"""Query id -> document id -> score, best first."""
Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade."""


def read_run(path: Path) -> Run:
    """A run; ranks are ignored for scores, as trec_eval does, and equal scores go by document id.

    Raises:
        CorpusError: it cannot be read, is empty, or lines are broken: no number for a score, a
            document twice for a query. Says how many, and the first.
    """
    run: Run = {}
    problems: list[str] = []
    for number, fields in _lines(path):
        score = _number(fields[4]) if len(fields) == _RUN_FIELDS else None
        if score is None:
            problems.append(f"line {number}: not query, Q0, document, rank, finite score and name")
        elif fields[2] in run.setdefault(fields[0], {}):
            problems.append(f"line {number}: {fields[2]} twice for query {fields[0]}")
        else:
            run[fields[0]][fields[2]] = score
    _check(path, problems, is_empty=not run)
    return {
        query: dict(sorted(scores.items(), key=lambda each: (each[1], each[0]), reverse=True))
        for query, scores in run.items()
    }


def read_qrels(path: Path) -> Qrels:
    """Judgements: query, iteration, document and grade, or those of BEIR, without the iteration.

    A first line whose last field is no number is a header.

    Raises:
        CorpusError: it cannot be read, is empty, lines are broken, or a document is judged twice.
    """
    qrels: Qrels = {}
    problems: list[str] = []
    for number, fields in _lines(path):
        grade = _number(fields[-1]) if len(fields) in _QREL_FIELDS else None
        query, document = fields[0], fields[-2] if len(fields) > 1 else ""
        if number == 1 and _number(fields[-1]) is None:
            continue
        if grade is None or grade != int(grade):
            problems.append(f"line {number}: not query, iteration, document and whole grade")
        elif document in qrels.setdefault(query, {}):
            problems.append(f"line {number}: {document} judged twice for query {query}")
        else:
            qrels[query][document] = int(grade)
    _check(path, problems, is_empty=not qrels)
    return qrels


def write_run(path: Path, run: Mapping[str, Sequence[str]], name: str) -> None:
    """Writes rankings, best first, whole or not at all.

    Scores say the order and nothing else.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        for query, ranking in run.items():
            for rank, document in enumerate(ranking, start=1):
                file.write(f"{query} Q0 {document} {rank} {1 / rank:.9f} {name}\n")
    temporary.replace(path)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if fields := line.split():
                    yield number, fields
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from error


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _check(path: Path, problems: Sequence[str], *, is_empty: bool) -> None:
    if problems:
        shown = "; ".join(problems[:_SHOWN])
        raise CorpusError(f"{path}: {len(problems)} broken lines, first {shown}")
    if is_empty:
        raise CorpusError(f"{path}: holds nothing")
