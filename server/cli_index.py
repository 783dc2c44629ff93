"""`auctor index ...`: build, add to, change and inspect indexes."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from corpora.errors import IndexFolderError
from server.options import (
    ERR,
    EXIT_DAMAGED,
    EXIT_FAILED,
    OUT,
    DeviceOption,
    DtypeOption,
    IndexOption,
    JsonOption,
    ModelOption,
)
from server.progress import show_progress

if TYPE_CHECKING:
    from indexer.build import BuildReport
    from indexer.maintain import Change

app = typer.Typer(no_args_is_help=True, help="Build, change and inspect indexes.")

SourcesArgument = Annotated[list[str], typer.Argument(help="files, folders and globs")]
KindOption = Annotated[
    str | None, typer.Option(help="read every source as this kind instead of detecting it")
]
CollectionOption = Annotated[str, typer.Option(help="name that the documents carry")]
BatchOption = Annotated[int, typer.Option(min=1, help="texts embedded at once")]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="processes that extract; one a core by default")
]
ShardOption = Annotated[
    int, typer.Option("--shard-passages", min=1, help="passages after which a shard is closed")
]

_SHARD_PASSAGES = 1_000_000


@app.command("build")
def build(
    sources: SourcesArgument,
    index: IndexOption,
    kind: KindOption = None,
    collection: CollectionOption = "default",
    model: ModelOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    dimension: Annotated[
        int | None, typer.Option(help="cut vectors to this many components")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(help="longest input of the model, if not its own")
    ] = None,
    query_prompt: Annotated[str | None, typer.Option(help="put before each query")] = None,
    passage_prompt: Annotated[str | None, typer.Option(help="put before each passage")] = None,
    batch_size: BatchOption = 32,
    workers: WorkersOption = None,
    shard_passages: ShardOption = _SHARD_PASSAGES,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="read everything again, whatever the index holds")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build an index of exactly these sources and publish it.

    What the index holds already is not read again; what is not given any more is taken out.
    A build that was stopped goes on where it was.
    """
    from corpora.sources import find_sources
    from indexer.build import BuildSettings, build_index
    from indexer.embed import DEFAULT_MODEL, Embedder, EmbedderSettings

    found = find_sources(sources, kind)
    embedder = Embedder(
        EmbedderSettings(
            model=model or DEFAULT_MODEL,
            device=device,
            dtype=dtype,
            dimension=dimension,
            max_tokens=max_tokens,
            query_prompt=query_prompt,
            passage_prompt=passage_prompt,
            batch_size=batch_size,
        )
    )
    settings = BuildSettings(
        collection, fresh=fresh, shard_passages=shard_passages, workers=workers
    )
    with show_progress(ERR) as advance:
        report = build_index(found, index, embedder, settings, advance)
    _tell_build(report, as_json=as_json)


@app.command("add")
def add(
    sources: SourcesArgument,
    index: IndexOption,
    kind: KindOption = None,
    collection: CollectionOption = "default",
    model: ModelOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    batch_size: BatchOption = 32,
    workers: WorkersOption = None,
    shard_passages: ShardOption = _SHARD_PASSAGES,
    as_json: JsonOption = False,
) -> None:
    """Add sources to an index and publish the result; what it holds stays.

    A page fetched later takes the place of its older copy, one that answers 404 or 410 goes. A
    file that has changed since it was added takes the place of what it was.
    """
    from corpora.sources import find_sources
    from indexer.build import BuildSettings, build_index
    from indexer.embed import Embedder, EmbedderSettings
    from indexer.generation import open_current

    record = open_current(index).model
    found = find_sources(sources, kind)
    embedder = Embedder(
        EmbedderSettings(
            model=model or record.name,
            device=device,
            dtype=dtype,
            query_prompt=record.query_prompt,
            passage_prompt=record.passage_prompt,
            dimension=record.dimension,
            max_tokens=record.max_tokens,
            batch_size=batch_size,
        )
    )
    settings = BuildSettings(collection, add=True, shard_passages=shard_passages, workers=workers)
    with show_progress(ERR) as advance:
        report = build_index(found, index, embedder, settings, advance)
    _tell_build(report, as_json=as_json)


@app.command("remove")
def remove(
    index: IndexOption,
    host: Annotated[
        list[str] | None, typer.Option(help="a host with everything below it; may be repeated")
    ] = None,
    url: Annotated[list[str] | None, typer.Option(help="a page; may be repeated")] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="a source by name, path or digest (see history); may be repeated"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents out and publish the result.

    Nothing removed is found or opened any more. What is added later is not concerned.
    """
    from indexer.maintain import remove as remove_documents

    if not (host or url or source):
        raise typer.BadParameter("say what: --host, --url or --source")
    change = remove_documents(index, host or (), url or (), source or ())
    _tell_change("removed", change, as_json=as_json)


@app.command("compact")
def compact(
    index: IndexOption,
    shard_passages: ShardOption = _SHARD_PASSAGES,
    as_json: JsonOption = False,
) -> None:
    """Merge shards, leave dead documents behind, and publish the result."""
    from indexer.maintain import compact as compact_index

    change = compact_index(index, shard_passages)
    _tell_change("compacted", change, as_json=as_json)


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
            table.add_row(live, row["generation"], row["created_at"], *counts)
    OUT.print(table)


@app.command("rollback")
def rollback(
    index: IndexOption,
    to: Annotated[
        str | None, typer.Argument(help="a generation; the one before the live one by default")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an earlier generation the live one again."""
    from indexer.maintain import rollback as roll_back

    generation = roll_back(index, to)
    if as_json:
        print(json.dumps({"generation": generation.generation_id}))
    else:
        OUT.print(f"live is {generation.generation_id}", highlight=False)


@app.command("gc")
def collect_garbage(
    index: IndexOption,
    keep: Annotated[
        int, typer.Option(min=1, help="latest generations that stay, the live one included")
    ] = 2,
    older_than_days: Annotated[
        float | None, typer.Option(min=0, help="only generations older than this")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Remove generations that are not needed any more, and the files that only they need.

    One that a server or another reader holds stays.
    """
    from indexer.maintain import collect

    before = None
    if older_than_days is not None:
        before = datetime.now(UTC) - timedelta(days=older_than_days)
    collected = collect(index, keep, before)
    if as_json:
        print(
            json.dumps(
                {
                    "generations": list(collected.generations),
                    "held": list(collected.held),
                    "shards": collected.shards,
                    "freed_bytes": collected.freed_bytes,
                }
            )
        )
        return
    OUT.print(
        f"removed {len(collected.generations)} generations and {collected.shards} shards, "
        f"{collected.freed_bytes:,} bytes",
        highlight=False,
    )
    for name in collected.held:
        OUT.print(f"a reader holds {name}: it stays", highlight=False)


@app.command("verify")
def verify(
    index: IndexOption,
    generation: Annotated[
        str | None, typer.Option(help="check this one instead of the live one")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every digest and every reference of a generation; status 1 where one is wrong."""
    from indexer.generation import open_current, open_generation
    from indexer.manifest import GenerationId
    from indexer.verify import verify as verify_index

    found = (
        open_current(index)
        if generation is None
        else open_generation(index, GenerationId(generation))
    )
    with show_progress(ERR) as advance:
        problems = list(verify_index(index, found, advance))
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


@app.command("history")
def history(
    index: IndexOption,
    source: Annotated[
        str | None, typer.Argument(help="a source by name, path or digest; all runs without it")
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="its rejected records, one JSON a line")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what came from where: every run, every source, every rejected record."""
    from indexer.ledger import Ledger
    from indexer.workspace import index_id

    with Ledger.open(index, index_id(index)) as ledger:
        inputs = ledger.inputs(source)
        if source is not None and not inputs:
            raise IndexFolderError(f"{source} is no source that this index ever read")
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
        table = Table("run", "command", "began", "state", "generation", "what", box=None)
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
    table = Table("source", "state", "kind", "read", "kept", "generation", "digest", box=None)
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
        typer.Option("--rejected", help="list every record left out instead, one JSON a line"),
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


def _tell_build(report: "BuildReport", *, as_json: bool) -> None:
    from server.report import print_build, summarise_build

    if as_json:
        print(json.dumps(summarise_build(report)))
    else:
        print_build(OUT, report)
    if report.damaged:
        raise typer.Exit(EXIT_DAMAGED)


def _tell_change(what: str, change: "Change", *, as_json: bool) -> None:
    documents = change.documents[0] - change.documents[1]
    passages = change.passages[0] - change.passages[1]
    if as_json:
        print(
            json.dumps(
                {
                    "generation": change.generation.generation_id,
                    "published": change.published,
                    "removed_documents": documents,
                    "removed_passages": passages,
                    "documents": change.documents[1],
                    "passages": change.passages[1],
                }
            )
        )
        return
    if not change.published:
        OUT.print(f"nothing to do: live is {change.generation.generation_id}", highlight=False)
        return
    OUT.print(
        f"{what}: {documents:,} documents ({passages:,} passages) less, "
        f"{change.documents[1]:,} stay; published {change.generation.generation_id}",
        highlight=False,
    )


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:,}" for name, value in counts.items() if isinstance(value, int) and value
    )
