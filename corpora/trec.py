"""TREC files: runs and judgements, as trec_eval reads them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from corpora.errors import CorpusError
from corpora.members import BrokenStream, MemberStream

_RUN_FIELDS = 6
_JUDGEMENT_FIELDS = (3, 4)
_GRADE = re.compile(r"-?\d+")
_LINE_BYTES = 64 * 1024
_SHOWN = 3

Run = dict[str, dict[str, float]]
"""Query id -> document id -> score, best first."""


class Judgement(NamedTuple):
    """How relevant a document is to a query.

    Attributes:
        query_id: the query's id.
        doc_id: the collection's own id of the document, its `paper.paper_id`.
        grade: higher is more relevant; 0 is not at all.
    """

    query_id: str
    doc_id: str
    grade: int


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


def read_judgements(path: Path) -> tuple[Judgement, ...]:
    """All judgements in file order: query, iteration, document, grade; BEIR has no iteration.

    A first line whose last field is no number is a header. The file may be compressed.

    Raises:
        CorpusError: it cannot be read, is empty, or lines are broken; says how many, and the first.
    """
    judgements: list[Judgement] = []
    problems: list[str] = []
    for number, fields in _lines(path):
        is_graded = _GRADE.fullmatch(fields[-1]) is not None
        if number == 1 and _number(fields[-1]) is None:
            continue
        if len(fields) in _JUDGEMENT_FIELDS and is_graded:
            judgements.append(Judgement(fields[0], fields[-2], int(fields[-1])))
        else:
            problems.append(f"line {number}: not a query id, a document id and a grade")
    _check(path, problems, is_empty=not judgements)
    return tuple(judgements)


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
    """Number and fields of each line that has any; tabs part them where there are some."""
    try:
        with path.open("rb") as file:
            stream = MemberStream(file)
            number = 0
            while stream.next_member():
                while line := stream.readline(_LINE_BYTES):
                    number += 1
                    text = line.decode("utf-8-sig").strip()
                    if text:
                        yield (
                            number,
                            [part.strip() for part in text.split("\t" if "\t" in text else None)],
                        )
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (BrokenStream, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: {error}") from error


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _check(path: Path, problems: Sequence[str], *, is_empty: bool) -> None:
    if problems:
        shown = "; ".join(problems[:_SHOWN])
        raise CorpusError(f"{path}: {len(problems)} broken lines; {shown}")
    if is_empty:
        raise CorpusError(f"{path}: holds nothing")
