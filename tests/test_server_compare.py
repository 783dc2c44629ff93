"""Runs beside each other, from files to the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpora.errors import CorpusError
from corpora.trec import Judgement, read_judgements, read_run, write_run
from server.cli import app
from server.compare import compare_runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty queries with one relevant document each; a perfect run, one that has it second."""
    queries = [f"q{number}" for number in range(20)]
    lines = [f"{query} 0 d-{query} 1\n" for query in queries]
    (tmp_path / "qrels").write_text("".join([*lines, "empty 0 d 0\n"]), encoding="utf-8")
    write_run(tmp_path / "good.run", {q: [f"d-{q}", "x"] for q in queries}, "good")
    write_run(tmp_path / "late.run", {q: ["x", f"d-{q}"] for q in queries}, "late")
    write_run(tmp_path / "half.run", {q: [f"d-{q}"] for q in [*queries[:10], "odd"]}, "half")
    return tmp_path


def test_means_differences_and_what_is_missing(folder: Path) -> None:
    runs = [folder / name for name in ("late.run", "good.run", "half.run")]
    found = compare_runs(folder / "qrels", runs, ("RR@10", "R@10"))
    assert (found.queries, found.without_relevant) == (20, 1)
    rows = {(Path(row.run).stem, row.measure): row for row in found.rows}
    assert [rows[name, "RR@10"].mean for name in ("late", "good", "half")] == [0.5, 1.0, 0.5]
    better = rows["good", "RR@10"]
    assert better.against_first is not None
    assert better.corrected_p is not None
    assert (better.against_first.difference, better.against_first.wins) == (0.5, 20)
    assert better.against_first.p <= better.corrected_p < 0.01
    assert rows["late", "RR@10"].against_first is None
    same = rows["good", "R@10"].against_first
    assert same is not None
    assert same.p == 1
    assert found.unanswered[str(runs[2])] == 10
    assert found.unjudged[str(runs[2])] == 1


def test_losses_are_told_query_by_query(folder: Path) -> None:
    runs = [folder / name for name in ("good.run", "late.run", "half.run")]
    found = compare_runs(folder / "qrels", runs, ("RR@10",), losses=2)
    assert [(Path(each.run).stem, each.query) for each in found.losses] == [
        ("late", "q0"), ("late", "q1"), ("half", "q10"), ("half", "q11"),
    ]  # fmt: skip
    first = found.losses[0]
    assert (first.value, first.first_value) == (0.5, 1.0)
    assert first.ranking == (("x", None), ("d-q0", 1))
    assert first.first_ranking == (("d-q0", 1), ("x", None))
    assert found.losses[-1].ranking == ()
    assert compare_runs(folder / "qrels", runs, ("RR@10",)).losses == ()


def test_equal_scores_go_as_in_trec_eval(tmp_path: Path) -> None:
    path = tmp_path / "x.run"
    path.write_text("q Q0 a 1 .5 n\nq Q0 b 2 .5 n\nq Q0 c 3 .7 n\n", encoding="utf-8")
    assert list(read_run(path)["q"]) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q Q0 a 1 nan n\n", "1 broken lines; line 1"),
        ("q Q0 a 1 inf n\nq Q0 a 1\n", "2 broken lines"),
        ("q Q0 a 1 2 n\nq Q0 a 2 1 n\n", "line 2: a twice for query q"),
        ("\n", "holds nothing"),
    ],
)
def test_broken_runs_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.run"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=words):
        read_run(path)


def test_judgements_as_beir_has_them(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text("query-id\tcorpus-id\tscore\n1\t102\t2\n1\t7\t0\n", encoding="utf-8")
    assert read_judgements(path) == (Judgement("1", "102", 2), Judgement("1", "7", 0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q 0 a 1\nq 0 b x\n", "1 broken lines"),
        ("q 0 a 1.5\nq\n", "2 broken lines"),
        ("query-id corpus-id score\n", "holds nothing"),
    ],
)
def test_broken_judgements_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "qrels"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=words):
        read_judgements(path)


def test_what_cannot_be_compared_says_why(folder: Path) -> None:
    (folder / "other.run").write_text("zz Q0 a 1 1 n\n", encoding="utf-8")
    (folder / "none").write_text("q0 0 a 0\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="answers none of the 20"):
        compare_runs(folder / "qrels", [folder / "good.run", folder / "other.run"])
    with pytest.raises(CorpusError, match="measure"):
        compare_runs(folder / "qrels", [folder / "good.run"], ("nonsense@10",))
    (folder / "twice").write_text("q0 0 a 1\nq0 0 a 0\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="a is judged twice for query q0"):
        compare_runs(folder / "twice", [folder / "good.run"])
    with pytest.raises(CorpusError, match="relevant document"):
        compare_runs(folder / "none", [folder / "good.run"])


def test_the_command(folder: Path) -> None:
    files = [str(folder / name) for name in ("qrels", "late.run", "good.run")]
    qrels, late, good = files
    shown = CliRunner().invoke(app, ["bench", "compare", qrels, good, late, "--losses", "1"])
    assert "query q0" in shown.output
    assert shown.exit_code == 0
    assert "20 queries" in shown.output
    made = CliRunner().invoke(app, ["bench", "compare", *files, "--measure", "RR@10", "--json"])
    rows = json.loads(made.output)["rows"]
    assert [row["mean"] for row in rows] == [0.5, 1.0]
