"""`auctor extract`: what the indexer sees in a file."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from corpora.document import Block, BlockKind, Document, Rejected
from corpora.errors import CorpusError
from server.options import ERR, EXIT_FAILED, JsonOption

MAX_INPUT_BYTES = 256 * 1024 * 1024
"""Taken from standard input at most."""
_STANDARD_INPUT = "-"
_HEAD_BYTES = 4096


def extract_command(
    file: Annotated[
        str, typer.Argument(help="HTML, XML, PDF or office file; - for standard input")
    ],
    url: Annotated[
        str | None, typer.Option(help="the address of the page, to resolve its links")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the indexer sees in a page or paper: its text in blocks, and what it says of itself."""
    from indexer.extract import extract

    address = _address(url)
    with _path_of(file) as path:
        try:
            outcome = _first(path)
        except CorpusError as error:
            _fail(str(error).replace(str(path), _name(file)))
        except OSError as error:
            _fail(f"{_name(file)}: cannot be read: {error.strerror or error}")
        if isinstance(outcome, Document):
            outcome = extract(_at(outcome, address))
    if isinstance(outcome, Rejected):
        detail = f" ({outcome.detail})" if outcome.detail else ""
        _fail(f"{_name(file)}: {outcome.reason}{detail}")
    for note in outcome.notes:
        ERR.print(f"read in part: {note}", style="yellow", highlight=False, markup=False)
    if as_json:
        print(json.dumps(as_value(outcome), ensure_ascii=False, indent=2))
    else:
        print(as_text(outcome))


def as_value(document: Document) -> dict[str, Any]:
    """The JSON of a document."""
    return {
        "title": document.title,
        "language": document.language,
        "published": document.published.isoformat() if document.published else None,
        "text": document.text,
        "blocks": [_block_value(block) for block in document.blocks],
        "authors": list(document.paper.authors if document.paper else document.authors),
        "canonical_url": document.canonical_url,
        "notes": list(document.notes),
        "links": [
            {
                "url": link.url,
                "anchor": link.anchor,
                "nofollow": link.nofollow,
                "rel": list(link.rel),
                "region": link.region.value,
                "context": link.context,
            }
            for link in document.links
        ],
    }


def as_text(document: Document) -> str:
    """The document for a reader: headings by their depth, all else as it is indexed."""
    parts = [f"# {document.title}"] if document.title else []
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            if block.text != document.title:
                parts.append(f"{'#' * (len(block.heading_path) + 1)} {block.text}")
        elif block.kind is BlockKind.CODE:
            parts.append("\n".join(f"    {line}" for line in block.text.split("\n")))
        else:
            parts.append(block.text)
    return "\n\n".join(parts)


def _block_value(block: Block) -> dict[str, Any]:
    value: dict[str, Any] = {
        "kind": block.kind.value,
        "text": block.text,
        "heading_path": list(block.heading_path),
    }
    if block.citations:
        value["citations"] = [
            {"start": each.start, "end": each.end, "cited": each.cited, "title": each.title}
            for each in block.citations
        ]
    return value


def _first(path: Path) -> Document | Rejected:
    """The first document of a file; where it has none, the first rejection.

    Raises:
        CorpusError: the file cannot be read, or is nothing that we know.
    """
    from corpora.sources import find_sources, read

    if path.exists() and not path.is_file():
        raise CorpusError(f"{path}: is no file; name one")
    try:
        (source,) = find_sources([path]).found
    except CorpusError:
        page = _page_of_any_name(path)
        if page is None:
            raise
        return page
    rejected: Rejected | None = None
    outcomes = read(source)
    for outcome in outcomes:
        if isinstance(outcome, Document):
            if any(isinstance(each, Document) for each in outcomes):
                note = f"{path.name} holds more documents; this is the first of them"
                ERR.print(note, style="yellow", highlight=False, markup=False)
            return outcome
        rejected = rejected or outcome
    if rejected is None:
        raise CorpusError(f"{path}: holds no document")
    return rejected


def _page_of_any_name(path: Path) -> Document | None:
    """Text that no reader takes for its own, as a page or as plain text; None for what is binary."""
    from corpora.media import Media
    from corpora.single_file import read_page

    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip() or (b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        return None
    is_markup = b"<" in head or b"\0" in head
    outcome = next(read_page(path, Media.HTML if is_markup else Media.TEXT))
    return outcome if isinstance(outcome, Document) else None


def _at(document: Document, address: tuple[str, str | None] | None) -> Document:
    """The document as if it had been found at an address."""
    if address is None:
        return document
    return replace(document, url=address[0], host=address[1])


def _address(url: str | None) -> tuple[str, str | None] | None:
    from corpora.urls import host_of, normalise_url

    if url is None:
        return None
    address = normalise_url(url)
    if address is None:
        _fail(f"{url!r} is no http or https address")
    return address, host_of(address)


@contextmanager
def _path_of(file: str) -> Iterator[Path]:
    """The file; for standard input, one that holds it for the time being."""
    if file != _STANDARD_INPUT:
        yield Path(file)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input")
        with path.open("wb") as copy:
            _copy_input(copy)
        yield path


def _copy_input(copy: Any) -> None:  # noqa: ANN401 - a binary file
    left = MAX_INPUT_BYTES
    while left > 0 and (part := sys.stdin.buffer.read(min(left, 1 << 20))):
        copy.write(part)
        left -= len(part)
    if left == 0 and sys.stdin.buffer.read(1):
        _fail(f"standard input: is larger than {MAX_INPUT_BYTES} bytes")


def _name(file: str) -> str:
    return "standard input" if file == _STANDARD_INPUT else file


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split())
    ERR.print(f"error: {line}", style="red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(EXIT_FAILED)
