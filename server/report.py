"""Answers and reports for a person's eyes; only printer beside the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from indexer.build import BuildReport
from server.bench import BenchResult
from server.compare import Compared
from server.hit import Answer, Hit
from server.search import AuthorityMode, Request, Searcher

_SHOWN_FAILURES = 10


def summarise_build(report: BuildReport) -> dict[str, object]:
    """What a build did, for machines."""
    generation = report.generation
    return {
        "generation": generation.generation_id,
        "published": report.published,
        "skipped": report.skipped,
        "read": report.read,
        "kept": report.kept,
        "rejected": report.rejected,
        "damaged": report.damaged,
        "failures": list(report.failures),
        "documents": generation.documents,
        "passages": generation.passages,
        "embedded": report.embedded,
        "truncated": report.truncated,
        "furniture_blocks": report.furniture_blocks,
        "furniture_pages": report.furniture_pages,
        "seconds": report.seconds,
    }


def print_build(console: Console, report: BuildReport) -> None:
    """What was read, kept and rejected, and why."""
    generation = report.generation
    console.print(
        f"read {report.read:,} records, kept {report.kept:,} documents "
        f"({generation.passages:,} passages), rejected {sum(report.rejected.values()):,}",
        highlight=False,
    )
    for reason, count in sorted(report.rejected.items(), key=lambda item: (-item[1], item[0])):
        console.print(f"  {count:>9,}  {reason}", highlight=False, markup=False)
    if report.furniture_blocks:
        console.print(
            f"furniture: {report.furniture_blocks:,} blocks on {report.furniture_pages:,} pages "
            "dropped",
            highlight=False,
        )
    if report.skipped:
        console.print(f"{report.skipped:,} sources are in the index already", highlight=False)
    if report.truncated:
        console.print(f"{report.truncated:,} passages were longer than the model reads")
    for failure in report.failures[:_SHOWN_FAILURES]:
        console.print(f"could not be read: {failure}", style="yellow", markup=False)
    if report.damaged > _SHOWN_FAILURES:
        more = f"... and {report.damaged - _SHOWN_FAILURES:,} more"
        console.print(f"{more}; all: auctor index history --rejected", style="yellow")
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items())
    verb = "published" if report.published else "nothing to do: live is"
    console.print(f"{verb} {generation.generation_id} ({steps})", highlight=False)


def summarise_bench(result: BenchResult) -> dict[str, object]:
    """What was measured, for machines."""
    return {
        "dataset": result.dataset,
        "documents": result.documents,
        "queries": result.queries,
        "modes": result.modes,
        "latency_ms": result.latency_ms,
        "index_s": result.index_s,
        "embed_s": result.embed_s,
    }


def print_answer(console: Console, answer: Answer, *, explain: bool) -> None:
    """The passages found: title, paragraph, source, tier, why."""
    if not answer.hits:
        console.print("nothing found")
    for hit in answer.hits:
        _print_hit(console, hit, answer.epsilon, explain=explain)


def print_comparison(console: Console, searcher: Searcher, question: str, n: int = 3) -> None:
    """An answer with authority on; beside it the one without, where the two differ."""
    console.rule(Text(question, style="bold"), align="left")
    on = searcher.search(Request(question, n))
    off = searcher.search(Request(question, n, AuthorityMode.OFF))
    if [hit.passage_id for hit in on.hits] == [hit.passage_id for hit in off.hits]:
        console.print("the same with authority on and off\n", style="dim")
    else:
        table = Table(expand=True)
        table.add_column("authority on", ratio=1)
        table.add_column("authority off", ratio=1)
        for with_trust, without in zip(on.hits, off.hits, strict=False):
            table.add_row(_brief(with_trust), _brief(without))
        console.print(table)
    print_answer(console, on, explain=False)


def print_authority(console: Console, description: Mapping[str, Any]) -> None:
    """How far one host is trusted, and on what evidence."""
    tier = f"tier {description['tier']}" if description["tier"] else "no tier"
    console.print(f"{description['input']}: prior {description['prior']:.3f}, {tier}", markup=False)
    for evidence in description["evidence"]:
        facts = ", ".join(f"{name}: {value}" for name, value in evidence.items() if value)
        console.print(Padding(Text(facts), (0, 0, 0, 2)))


def print_bench(console: Console, result: BenchResult) -> None:
    """A table of modes and measures."""
    console.print(
        f"{result.dataset} ({result.split}): {result.documents:,} documents, "
        f"{result.passages:,} passages, {result.queries:,} queries",
        highlight=False,
    )
    measures = list(next(iter(result.modes.values())))
    table = Table("mode", *measures)
    for mode, values in result.modes.items():
        table.add_row(mode, *(f"{values[measure]:.4f}" for measure in measures))
    console.print(table)
    console.print(f"latency of a search: {result.latency_ms} ms", highlight=False)
    if result.index_s is not None:
        console.print(f"built in {result.index_s} s + {result.embed_s} s of embedding")


def _print_hit(console: Console, hit: Hit, epsilon: float, *, explain: bool) -> None:
    document = hit.document
    title = Text(f"{hit.position}. {document.title or 'untitled'}", style="bold")
    if hit.heading:
        title.append(f"  {hit.heading}", style="not bold dim")
    console.print(title)
    console.print(Padding(Text(hit.snippet), (0, 0, 0, 3)))
    console.print(Text(f"   {document.url or document.source.file}", style="cyan"))
    tier = f"tier {hit.prior.tier}" if hit.prior.tier else "no tier"
    console.print(Text(f"   {tier}: {hit.prior.reasons[0]}"))
    if hit.rank_without_authority != hit.position:
        console.print(f"   was {hit.rank_without_authority} without authority", style="magenta")
    for copy in hit.also_at:
        console.print(Text(f"   same text at {copy.url or copy.passage_id}", style="dim"))
    if explain:
        signals = ", ".join(f"{name} {value:.4f}" for name, value in hit.signals.items())
        console.print(
            f"   final {hit.final:.4f} = relevance {hit.relevance:.4f} + {epsilon:g} * prior "
            f"{hit.prior.value:.3f}; {signals}",
            highlight=False,
        )
    console.print()


def _brief(hit: Hit) -> Text:
    tier = f"tier {hit.prior.tier}" if hit.prior.tier else "no tier"
    text = Text(f"{hit.position}. {hit.document.title or 'untitled'}\n", style="bold")
    text.append(f"{hit.document.url or hit.document.source.file}\n", style="not bold cyan")
    text.append(f"relevance {hit.relevance:.4f}, {tier}", style="not bold")
    return text


def print_compared(console: Console, compared: Compared) -> None:
    """A row for each run and measure, and what was left out."""
    table = Table("run", "measure", box=None, padding=(0, 1), pad_edge=False)
    for name in ("mean", "diff", "from", "to", "p", "Holm", "+/-"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in compared.rows:
        test = row.against_first
        cells = (
            [
                f"{test.difference:+.4f}",
                f"{test.low:+.4f}",
                f"{test.high:+.4f}",
                f"{test.p:.4f}",
                f"{row.corrected_p:.4f}",
                f"{test.wins}/{test.losses}",
            ]
            if test is not None
            else [""] * 6
        )
        table.add_row(Text(Path(row.run).name), row.measure, f"{row.mean:.4f}", *cells)
    console.print(table)
    console.print("diff, its 95% interval, p and Holm's correction of it: against the first run")
    console.print(
        f"{compared.queries} queries; {compared.without_relevant} without a relevant document"
    )
    for what, counts in (("unanswered", compared.unanswered), ("unjudged", compared.unjudged)):
        for run, count in counts.items():
            if count:
                console.print(f"{run}: {count} queries {what}", style="yellow", markup=False)
    for loss in compared.losses:
        name = Path(loss.run).name
        console.print(
            f"\n{name}, query {loss.query}: {loss.value:.4f}, first {loss.first_value:.4f}",
            markup=False,
        )
        for whose, ranking in (("", loss.ranking), ("first: ", loss.first_ranking)):
            shown = ", ".join(f"{document} ({_grade(grade)})" for document, grade in ranking)
            console.print(f"  {whose}{shown or 'nothing'}", markup=False)


def _grade(grade: int | None) -> str:
    return "unjudged" if grade is None else str(grade)
