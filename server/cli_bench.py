"""`auctor bench`: quality on judged collections, and runs beside each other."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from corpora.errors import CorpusError
from server.options import ERR, OUT, DeviceOption, DtypeOption, JsonOption, ModelOption
from server.progress import show_progress

app = typer.Typer(no_args_is_help=True, help="Measure quality on judged collections.")


@app.command("beir")
def bench_beir(
    folder: Annotated[Path, typer.Argument(help="a collection in BEIR layout")],
    split: Annotated[str, typer.Option(help="judgements to use: qrels/SPLIT.tsv")] = "test",
    cache: Annotated[
        Path | None, typer.Option(envvar="AUCTOR_CACHE", help="where indexes are kept for reuse")
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    runs: Annotated[
        Path | None, typer.Option(help="folder for the ranking of each mode, as TREC run files")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure nDCG, recall and latency on a judged collection."""
    import platformdirs

    from indexer.embed import DEFAULT_MODEL, Embedder, EmbedderSettings
    from server.bench import bench_beir as run
    from server.report import print_bench, summarise_bench

    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder")
    place = cache or Path(platformdirs.user_cache_dir("auctor")) / "bench"
    embedder = Embedder(EmbedderSettings(model=model or DEFAULT_MODEL, device=device, dtype=dtype))
    with show_progress(ERR) as advance:
        result = run(folder, split, place, embedder, advance, runs)
    if as_json:
        print(json.dumps(summarise_bench(result)))
    else:
        print_bench(OUT, result)


@app.command("compare")
def bench_compare(
    qrels: Annotated[Path, typer.Argument(help="judgements, as TREC or BEIR has them")],
    runs: Annotated[list[Path], typer.Argument(help="TREC runs; each is compared with the first")],
    measure: Annotated[
        list[str] | None, typer.Option(help="as ir-measures writes them; may be repeated")
    ] = None,
    losses: Annotated[
        int, typer.Option(min=0, help="queries of each run to show that the first answers better")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Say which differences between runs are more than chance."""
    from server.bench import MEASURES
    from server.compare import compare_runs
    from server.report import print_compared

    compared = compare_runs(qrels, runs, tuple(measure or MEASURES), losses)
    if as_json:
        print(json.dumps(asdict(compared)))
    else:
        print_compared(OUT, compared)
