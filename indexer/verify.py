"""Is an index what its manifest says? Every digest, and every reference from one file to another."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpora.document import DocumentId
from corpora.errors import CorruptIndex, IndexFolderError
from indexer.families import find_families, read_families
from indexer.generation import GENERATIONS, SHARDS, TOMBSTONES
from indexer.inputs import SOURCES, read_inputs
from indexer.intake import Advance
from indexer.liveness import GONE, live_documents, read_gone
from indexer.manifest import FileRecord, Generation
from indexer.passage import passage_ids
from indexer.passages import copy_key
from indexer.shard import ShardReader
from indexer.signature import SIGNATURE_VERSION, sign_all


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be.

    Attributes:
        file: path of the file, or of the folder it is about.
        detail: what is wrong.
    """

    file: str
    detail: str


def verify(
    index: Path, generation: Generation, advance: Advance = lambda *_: None
) -> Iterator[Problem]:
    """Checks a generation.

    Args:
        index: the index folder.
        generation: its manifest.
        advance: told of progress, in bytes of the files.
    """
    files = list(_files(index, generation))
    total = sum(record.size for _, record in files)
    done, broken = 0, False
    for path, record in files:
        problem = _check_file(path, record)
        if problem is not None:
            broken = True
            yield problem
        done += record.size
        advance("verify", done, total, "B")
    yield from _unexpected(index, generation)
    if broken:
        return  # what is built on a broken file need not be told as well
    readers: list[ShardReader] = []
    for shard in generation.shards:
        try:
            readers.append(ShardReader.open(index, shard))
        except IndexFolderError as error:
            yield Problem(str(index / SHARDS / shard.shard_id), str(error))
    if len(readers) == len(generation.shards):
        for number, reader in enumerate(readers):
            place = index / SHARDS / reader.shard.shard_id
            is_ours = generation.signature == SIGNATURE_VERSION
            yield from _check_shard(place, reader, has_our_signatures=is_ours)
            advance("cross-check", number + 1, len(readers), "shards")
        yield from _check_generation(index, generation, readers)


def _files(index: Path, generation: Generation) -> Iterator[tuple[Path, FileRecord]]:
    for name, record in generation.files.items():
        yield index / GENERATIONS / generation.generation_id / name, record
    for shard in generation.shards:
        folder = index / SHARDS / shard.shard_id
        for name, record in shard.files.items():
            yield folder / name, record
        if shard.tombstones is not None:
            for name, record in shard.tombstones.files.items():
                yield folder / TOMBSTONES / shard.tombstones.name / name, record


def _check_file(path: Path, record: FileRecord) -> Problem | None:
    try:
        found = FileRecord.of(path)
    except OSError as error:
        return Problem(str(path), f"cannot be read: {error.strerror or error}")
    if found.size != record.size:
        return Problem(str(path), f"has {found.size} bytes instead of {record.size}")
    if found.sha256 != record.sha256:
        return Problem(str(path), "its content has changed: another sha256 than in the manifest")
    return None


def _unexpected(index: Path, generation: Generation) -> Iterator[Problem]:
    """Files inside a shard that the manifest does not name."""
    for shard in generation.shards:
        folder = index / SHARDS / shard.shard_id
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and name.parts[0] != TOMBSTONES:
                if name.as_posix() not in shard.files:
                    yield Problem(str(path), "is not in the manifest")


def _check_shard(
    folder: Path, shard: ShardReader, *, has_our_signatures: bool
) -> Iterator[Problem]:
    """Passages partition their documents' texts, and point at what is there."""
    passages, documents = shard.passages, shard.documents
    counts = {
        "passages.arrow": len(passages),
        "tokens": shard.tokens.passages,
        "lexical": shard.lexical.count,
    }
    if len(set(counts.values())) > 1:
        yield Problem(str(folder), f"different numbers of passages: {counts}")
        return
    if len(passages) and int(passages.document.max()) >= len(documents):
        yield Problem(str(folder / "passages.arrow"), "names a document that is not there")
        return
    used = np.unique(passages.vector)
    if not np.array_equal(used, np.arange(shard.vectors.count)):
        yield Problem(str(folder / "passages.arrow"), "does not use each vector")
    if np.any(np.diff(passages.document.astype(np.int64)) < 0):
        yield Problem(str(folder / "passages.arrow"), "is not in the order of the documents")
        return
    for row in range(len(documents)):
        detail = _check_document(shard, row, has_our_signatures=has_our_signatures)
        if detail is not None:
            yield Problem(str(folder / "passages.arrow"), f"document {row}: {detail}")


def _check_document(shard: ShardReader, row: int, *, has_our_signatures: bool) -> str | None:
    """What is wrong with the passages of a document; None where nothing is."""
    passages = shard.passages
    rows = passages.of_document(row)
    text = shard.documents.text(row)
    at, texts = 0, []
    for ordinal, passage in enumerate(rows):
        start, end = int(passages.start_char[passage]), int(passages.end_char[passage])
        if start != at or end <= start or passages.ordinal(passage) != ordinal:
            return f"passage {ordinal} does not begin where the one before ends"
        texts.append(text[start:end])
        at = end
    if at != len(text):
        return f"its passages end at {at}, its text at {len(text)}"
    key = DocumentId(shard.documents.get(row).document_id)
    if passages.ids(list(rows)) != passage_ids(key, texts):
        return "a passage has another id than its text gives"
    if passages.copy_keys(list(rows)) != [copy_key(each) for each in texts]:
        return "a passage has another copy key than its text gives"
    signatures = shard.signatures[rows.start : rows.stop]
    if has_our_signatures and not np.array_equal(signatures, sign_all(texts)):
        return "a passage has another signature than its text gives"
    return None


def _scratch(index: Path) -> Path | None:
    """Where large files may be for a while: the system's own folder is often memory."""
    try:
        tempfile.TemporaryFile(dir=index).close()
    except OSError:
        return None
    return index


def _check_generation(
    index: Path, generation: Generation, readers: list[ShardReader]
) -> Iterator[Problem]:
    """What is dead follows from shards, rules and lost pages, and no document is live twice."""
    folder = index / GENERATIONS / generation.generation_id
    try:
        gone = read_gone(folder / GONE)
        inputs = read_inputs(folder / SOURCES)
        families = read_families(folder, readers)
    except CorruptIndex as error:
        yield Problem(str(folder), str(error))
        return
    ordered = sorted(readers, key=lambda each: each.shard.sequence)
    masks = live_documents(ordered, generation.removals, gone)
    live_of = {each.shard.shard_id: live for each, live in zip(ordered, masks, strict=True)}
    for reader, live in zip(ordered, masks, strict=True):
        shown = reader.documents.live
        if not np.array_equal(live, np.ones_like(live) if shown is None else shown):
            place = index / SHARDS / reader.shard.shard_id / TOMBSTONES
            yield Problem(str(place), "tombstones do not follow from the manifest")
    shown_now = [live_of[each.shard.shard_id] for each in readers]
    # By other rules others are copies: an index is not broken for having been made by them.
    is_ours = generation.signature == SIGNATURE_VERSION
    expected = find_families(readers, shown_now, _scratch(index)) if is_ours else families
    for reader, found, known in zip(readers, families, expected, strict=True):
        for name, one, other in (
            ("families", found.passages, known.passages),
            ("document families", found.documents, known.documents),
        ):
            if not np.array_equal(one, other):
                detail = f"{name} of shard {reader.shard.shard_id} do not follow from its texts"
                yield Problem(str(folder), detail)
    named = {each.file for each in inputs}
    for reader, live in zip(ordered, masks, strict=True):
        files = {
            words[code]
            for codes, words in map(reader.documents.codes, ("source_file", "source_via"))
            for code in np.unique(codes[live]).tolist()
        }
        for file in sorted(file for file in files if file is not None):
            if file not in named and file.partition("!/")[0] not in named:
                place = index / SHARDS / reader.shard.shard_id / "documents.arrow"
                yield Problem(str(place), f"documents of {file}, which is no source")
