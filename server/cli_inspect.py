"""`auctor index list|verify|history|info`: what an index holds, whether it is whole, where it came from."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from corpora.errors import IndexFolderError
from server.cli_index import app
from server.options import ERR, EXIT_FAILED, OUT, IndexOption, JsonOption
from server.progress import show_progress


@app.command("list")
def list_all(index: IndexOption, as_json: JsonOption = False) -> None:
    """List the generations of an index, latest first."""
    from indexer.generation import current_id, list_generations

    current = current_id(index)
    rows: list[dict[str, Any]] = [
        {"generation": name, "live": name == current, "problem": found}
        if isinstance(found, str)
        else {
            "generation": name,
            "live": name == current,
            "created_at": found.created_at,
            "parent": found.parent,
            "documents": found.documents,
            "passages": found.passages,
            "shards": len(found.shards),
            "sources": found.sources,
        }
        for name, found in list_generations(index)
    ]
    if as_json:
        print(json.dumps(rows))
        return
    if not rows:
        raise IndexFolderError(f"{index} holds no generation; make one with: auctor index build")
    table = Table("", "generation", "made", "documents", "passages", "shards", "sources", box=None)
    for row in rows:
        if "problem" in row:
            table.add_row("*" if row["live"] else "", row["generation"], row["problem"])
        else:
            counts = (f"{row[name]:,}" for name in ("documents", "passages", "shards", "sources"))
            live = "*" if row["live"] else ""
            table.add_row(live, row["generation"], row["created_at"][:19], *counts)
    OUT.print(table)


@app.command("verify")
def verify(
    index: IndexOption,
    generation: Annotated[
        str | None, typer.Option(help="check this one instead of the live one")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every digest and every reference of a generation; status 1 where one is wrong."""
    from indexer.generation import Hold, hold_current, open_generation
    from indexer.manifest import GenerationId
    from indexer.verify import verify as verify_index

    if generation is None:
        found, hold = hold_current(index)
    else:
        found = open_generation(index, GenerationId(generation))
        hold = Hold(index, found.generation_id)
    with show_progress(ERR) as advance:
        problems = list(verify_index(index, found, advance))
    del hold  # until here nothing of it may be collected
    if as_json:
        listed = [{"file": problem.file, "detail": problem.detail} for problem in problems]
        print(json.dumps({"generation": found.generation_id, "problems": listed}))
    else:
        for problem in problems:
            OUT.print(f"{problem.file}: {problem.detail}", highlight=False, markup=False)
        verdict = f"{len(problems)} problems" if problems else "all is well"
        OUT.print(f"{found.generation_id}: {verdict}", highlight=False)
    if problems:
        raise typer.Exit(EXIT_FAILED)


def _warn_of_gaps(index: Path, known: list[dict[str, Any]]) -> None:
    """Says where the live index has sources that its ledger does not know."""
    from indexer.generation import GENERATIONS, open_current
    from indexer.inputs import SOURCES, read_inputs

    try:
        live = open_current(index).generation_id
        sources = read_inputs(index / GENERATIONS / live / SOURCES)
    except IndexFolderError:
        return  # whose history may be wanted all the more
    digests = {each["digest"] for each in known}
    lacking = sum(each.digest not in digests for each in sources)
    if lacking:
        ERR.print(
            f"this ledger knows nothing of {lacking:,} of {len(sources):,} sources of the index: it "
            "was lost, or lies in another database (AUCTOR_DATABASE_URL)",
            style="yellow",
            soft_wrap=True,
        )


@app.command("history")
def history(
    index: IndexOption,
    source: Annotated[
        str | None, typer.Argument(help="a source by name, path or digest; all runs without it")
    ] = None,
    rejected: Annotated[
        bool,
        typer.Option(
            "--rejected", help="its rejected records and those read in part, one JSON a line"
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what came from where: every run, every source, every rejected record."""
    from indexer.ledger import Ledger
    from indexer.workspace import index_id

    if not index.is_dir():
        raise IndexFolderError(f"{index} is no index folder")
    with Ledger.open(index, index_id(index)) as ledger:
        inputs = ledger.inputs(source)
        if source is not None and not inputs:
            raise IndexFolderError(f"{source} is no source that this index ever read")
        _warn_of_gaps(index, ledger.inputs())
        if rejected:
            numbers = [each["input_id"] for each in inputs] if source is not None else None
            for record in ledger.rejections(numbers):
                print(json.dumps(record, ensure_ascii=False))
            return
        runs = ledger.runs() if source is None else []
    if as_json:
        print(json.dumps({"runs": runs, "sources": inputs}, default=str))
        return
    if source is None:
        table = _table("run", "command", "began", "state", "generation", "what")
        for run in runs:
            table.add_row(
                str(run["run_id"]),
                run["command"],
                f"{run['started_at']:%Y-%m-%d %H:%M:%S}",
                run["state"],
                run["generation"] or "",
                run["error"] or _counts(run["counts"]),
            )
        OUT.print(table)
    table = _table("source", "state", "kind", "read", "kept", "generation", "digest")
    for each in inputs:
        table.add_row(
            each["file"],
            each["state"],
            each["kind"],
            f"{each['read']:,}",
            f"{each['kept']:,}",
            each["generation"] or "",
            each["digest"][:19],
        )
    OUT.print(table)


@app.command("info")
def info(
    index: IndexOption,
    rejected: Annotated[
        bool,
        typer.Option(
            "--rejected", help="list every record left out or read in part instead, one JSON a line"
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what an index holds."""
    from indexer.generation import bytes_of_parts, open_current

    generation = open_current(index)
    if rejected:
        history(index, rejected=True)
        return
    facts: dict[str, Any] = {
        "generation": generation.generation_id,
        "documents": generation.documents,
        "passages": generation.passages,
        "shards": len(generation.shards),
        "dead": sum(shard.documents for shard in generation.shards) - generation.documents,
        "model": generation.model.name,
        "dimension": generation.model.dimension,
        "hosts": generation.hosts,
        "sources": generation.sources,
        "rejected": dict(generation.rejected),
        "bytes": bytes_of_parts(generation),
    }
    if as_json:
        print(json.dumps(facts))
        return
    table = Table(show_header=False, box=None)
    for name, value in facts.items():
        if isinstance(value, dict):
            value = "\n".join(f"{count:>13,}  {reason}" for reason, count in value.items()) or "-"
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    OUT.print(table)


def _table(*names: str) -> Table:
    """A table whose names and paths are whole however narrow the terminal: they are to be copied."""
    return Table(*(Column(name, overflow="fold") for name in names), box=None)


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:,}" for name, value in counts.items() if isinstance(value, int) and value
    )
