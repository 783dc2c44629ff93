"""Options and outputs that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EXIT_FAILED = 1
EXIT_DAMAGED = 3
"""The index was published, but some of the input could not be read."""

OUT = Console()
ERR = Console(stderr=True)

IndexOption = Annotated[
    Path, typer.Option("--index", envvar="AUCTOR_INDEX", help="the index folder")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        envvar="AUCTOR_MODEL",
        help="sentence-transformers name or folder; without it the embedded default to build, "
        "and the index's own to search",
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option("--device", envvar="AUCTOR_DEVICE", help="cpu, cuda, mps; the best by default"),
]
DtypeOption = Annotated[
    str | None,
    typer.Option(
        "--dtype",
        envvar="AUCTOR_DTYPE",
        help="float32, bfloat16, float16; what the hardware computes in by default",
    ),
]
RegistryOption = Annotated[
    Path | None,
    typer.Option(
        "--registry",
        envvar="AUCTOR_REGISTRY",
        help="a CSV file of your own records, laid over the built-in registry",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON value on standard output")]
