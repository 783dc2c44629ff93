"""`auctor cite`: a passage proven by the bytes it came from."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from server.options import EXIT_FAILED, OUT, IndexOption, JsonOption

if TYPE_CHECKING:
    from indexer.citation import Citation

_ID = re.compile(r"[0-9a-fA-F]{32}")
_STYLES = {"ok": "green", "differs": "bold red", "noted": "yellow", "skipped": "dim"}
_WIDTH = 9


def cite_command(
    passage_id: Annotated[str, typer.Argument(help="as in search results, 32 digits")],
    sources: Annotated[
        Path,
        typer.Option(
            "--warc", exists=True, help="the folder that holds the crawls and papers, or the file"
        ),
    ],
    index: IndexOption,
    record_only: Annotated[
        bool,
        typer.Option("--record-only", help="leave out the digest of the whole file: faster"),
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option(help="what the index held then, in UTC, as far as kept")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove a passage: read its record again, extract it again, find the passage in it.

    Leaves with 0 where it is proven, with 1 where anything differs, and says what.
    """
    from corpora.document import PassageId
    from indexer.cite import cite

    if not _ID.fullmatch(passage_id):
        raise typer.BadParameter(
            f"{passage_id!r} is no id of a passage: 32 hexadecimal digits", param_hint="PASSAGE_ID"
        )
    found = cite(
        index,
        PassageId(passage_id.lower()),
        sources,
        as_of.replace(tzinfo=UTC) if as_of else None,
        record_only=record_only,
    )
    if as_json:
        print(json.dumps(as_value(found), ensure_ascii=False))
    else:
        _print(found)
    if not found.is_proven:
        raise typer.Exit(EXIT_FAILED)


def as_value(found: "Citation") -> dict[str, Any]:
    """The JSON of a citation."""
    stored = found.stored
    source = stored.document.source if stored is not None else None
    return {
        "passage_id": found.passage_id,
        "generation": found.generation_id,
        "proven": found.is_proven,
        "record_only": found.is_record_only,
        "document_id": stored.document.document_id if stored is not None else None,
        "url": stored.document.url if stored is not None else None,
        "text": stored.text if stored is not None else None,
        "source": None
        if source is None
        else {
            "file": source.file,
            "offset": source.offset,
            "length": source.length,
            "base": source.base.value,
            "digest": source.digest,
            "fetched_at": source.fetched_at.isoformat() if source.fetched_at else None,
        },
        "path": str(found.path) if found.path is not None else None,
        "spans": [{"start_char": start, "end_char": end} for start, end in found.spans],
        "checks": [
            {
                "check": check.step.value,
                "outcome": check.outcome.value,
                "detail": check.detail,
                "indexed": check.indexed,
                "found": check.found,
            }
            for check in found.checks
        ],
    }


def _print(found: "Citation") -> None:
    for check in found.checks:
        OUT.print(
            f"[{_STYLES[check.outcome]}]{check.outcome:{_WIDTH}}[/]"
            f"{check.step:{_WIDTH + 1}}{escape(check.detail)}",
            highlight=False,
            soft_wrap=True,
        )
    verdict = "[green]proven[/]" if found.is_proven else "[bold red]not proven[/]"
    OUT.print(verdict, highlight=False)
