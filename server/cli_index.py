"""`auctor index ...`: build, add to, change and inspect indexes."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from server.options import (
    ERR,
    EXIT_DAMAGED,
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
