"""The command line: `auctor index|search|serve|authority|bench|demo`.

Heavy imports wait until a command needs them, so that `--help` answers at once.
"""

import io
import json
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpora.errors import AuctorError
from server import (
    cli_inspect,  # noqa: F401 - adds its commands to `index`
    cli_warc,
)
from server.cli_bench import app as bench_app
from server.cli_cite import cite_command
from server.cli_extract import extract_command
from server.cli_index import app as index_app
from server.options import (
    ERR,
    EXIT_FAILED,
    OUT,
    DeviceOption,
    DtypeOption,
    IndexOption,
    JsonOption,
    ModelOption,
    RegistryOption,
)
from server.progress import show_progress

if TYPE_CHECKING:
    from authority.resolve import Resolver

EXIT_INTERRUPTED = 130
"""What typer leaves with after Ctrl-C."""
_MOST_PROCESSES = 4
"""That `serve` starts by itself: each holds the model and a part of the index in memory."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
authority_app = typer.Typer(no_args_is_help=True, help="Who is trusted, and why.")
app.add_typer(index_app, name="index")
app.add_typer(cli_warc.app, name="warc")
app.command("extract")(extract_command)
app.command("cite")(cite_command)
app.add_typer(authority_app, name="authority")
app.add_typer(bench_app, name="bench")


def main() -> None:
    """Runs the command line; every error a user can cause is one line without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever the terminal can show
    try:
        app()
    except AuctorError as error:
        _fail(str(error))
    except OSError as error:  # disk full, a folder that may not be written
        _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except SystemExit as left:
        if left.code == EXIT_INTERRUPTED:
            ERR.print("interrupted", style="yellow")
        raise


@app.callback()
def start() -> None:
    """Authority-aware retrieval: papers and crawls in, ranked and cited paragraphs out."""
    from indexer.dense import check_builds

    check_builds()


@app.command("search")
def search(
    question: Annotated[str, typer.Argument(help="in words")],
    index: IndexOption,
    n: Annotated[int, typer.Option("-n", help="results")] = 10,
    authority: Annotated[str, typer.Option(help="tiebreak or off")] = "tiebreak",
    epsilon: Annotated[
        float | None, typer.Option(help="relevance gap within which authority decides")
    ] = None,
    registry: RegistryOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="show how each rank came about")
    ] = False,
    model: ModelOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            help="answer from what was published last before then, in UTC, as far as kept"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find paragraphs that answer a question."""
    from server.report import print_answer
    from server.schemas import to_reply
    from server.search import AuthorityMode, Request
    from server.serve import ServeOptions, open_searcher

    if authority not in tuple(AuthorityMode):
        raise typer.BadParameter(
            f"{authority!r} is not one of tiebreak, off", param_hint="--authority"
        )
    request = Request(question, n, AuthorityMode(authority), epsilon)
    request.check()
    searcher = open_searcher(
        ServeOptions(
            index, model, device, dtype, registry, as_of.replace(tzinfo=UTC) if as_of else None
        )
    )
    answer = searcher.search(request)
    if as_json:
        print(to_reply(answer, explain=explain).model_dump_json())
    else:
        print_answer(OUT, answer, explain=explain)


@app.command("serve")
def serve(
    index: IndexOption,
    host: Annotated[
        str, typer.Option(help="address to listen on; whoever reaches it may ask")
    ] = "127.0.0.1",
    registry: RegistryOption = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="port to listen on")] = 8000,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar="AUCTOR_PROCESSES",
            help="server processes; without it one a core, four at most, and one with a GPU",
        ),
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
) -> None:
    """Answer POST /v1/search over HTTP, always from the newest generation."""
    from indexer.generation import open_current
    from server.processes import serve_many
    from server.serve import ServeOptions, listen
    from server.serve import serve as serve_here

    options = ServeOptions(index, model, device, dtype, registry)
    open_current(index)  # what is wrong with the index is told before anything is started
    listener = listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"

    def announce() -> None:
        ERR.print(f"serving {index} on {address}", highlight=False)

    count = processes or _default_processes(device)
    with listener:
        if count == 1:
            serve_here(options, listener, count, announce)
        else:
            serve_many(options, listener, count, announce)


@authority_app.command("show")
def authority_show(
    sources: Annotated[
        list[str], typer.Argument(help="hosts or URLs; - reads them from standard input")
    ],
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how far hosts are trusted, and on what evidence."""
    from authority.prior import describe, weigh
    from server.report import print_authority

    resolver = _resolver(registry)
    for source in _arguments(sources):
        resolution = resolver.resolve(source)
        description = describe(resolution, weigh(resolution))
        if as_json:
            print(json.dumps(description, ensure_ascii=False))
        else:
            print_authority(OUT, description)


@app.command("demo")
def demo(
    folder: Annotated[Path, typer.Option(help="where the demo's data and index are kept")] = Path(
        ".demo"
    ),
) -> None:
    """Build an index of real papers and pages, and answer a few questions from it."""
    from server.demo import QUESTIONS, open_demo
    from server.report import print_build, print_comparison

    with show_progress(ERR) as advance:
        searcher, report = open_demo(folder, advance)
    if report is not None:
        print_build(OUT, report)
    for question in QUESTIONS:
        print_comparison(OUT, searcher, question)
    body = json.dumps({"query": QUESTIONS[0], "n": 3})
    # Quoted for a shell: a folder may have any name, a question an apostrophe.
    print("\nServe it, and ask over HTTP:\n")
    print(f"  {shlex.quote(sys.argv[0])} serve --index {shlex.quote(str(folder / 'index'))}")
    print(
        "  curl -s localhost:8000/v1/search -H 'content-type: application/json' "
        f"-d {shlex.quote(body)}"
    )


def _default_processes(device: str | None) -> int:
    """One a core on a small machine; a GPU is not shared."""
    from indexer.embed import best_device
    from server.serve import usable_cores

    if (device or best_device()) != "cpu":
        return 1
    return min(_MOST_PROCESSES, usable_cores())


def _resolver(registry: Path | None) -> "Resolver":
    from authority.registry import load_registry
    from authority.resolve import Resolver

    return Resolver(load_registry([registry] if registry else ()))


def _arguments(given: list[str]) -> Iterator[str]:
    for argument in given:
        lines = map(str.strip, sys.stdin) if argument == "-" else (argument,)
        for line in filter(None, lines):
            # Bytes that are no UTF-8 arrive as lone surrogates, which could not be printed again.
            yield line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _fail(message: str) -> None:
    ERR.print(f"error: {message}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(EXIT_FAILED)
