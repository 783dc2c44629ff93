"""The lexical engine: proposes passages that hold the query's terms; only user of tantivy.

Its scores are not used: they depend on segments and on its own quantised lengths.
"""

import datetime
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from corpora.errors import CorruptIndex

WRITER_HEAP_BYTES = 64_000_000
"""Memory of all indexing threads together before they write a segment: some 10,000 passages, and
segments are merged. More only makes a build larger."""

MAX_TIES = 2_048
"""Most equal hits that are fetched to order them: fetching all of a common word costs too much."""


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """What the engine knows of a passage.

    Attributes:
        terms: the analyser's terms in order.
        row: row of the passage in its shard.
        kind: "web" or "paper".
        collection: name given at build time.
        host: None without a URL.
        language: None when unknown.
        published: None when unknown.
    """

    terms: list[str]
    row: int
    kind: str
    collection: str
    host: str | None
    language: str | None
    published: datetime.date | None


class LexicalWriter:
    """Writes one shard's engine folder."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Creates the folder.

        Args:
            folder: created if missing.
            threads: indexing threads; the order of documents inside does not matter to scores.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), path=str(folder))
        self._writer = self._index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=threads)
        self._is_open = True

    def add(self, row: LexicalRow) -> None:
        """Adds one passage."""
        document = tantivy.Document()
        document.add_text("text", " ".join(row.terms))
        document.add_unsigned("row", row.row)
        document.add_text("kind", row.kind)
        document.add_text("collection", row.collection)
        if row.host is not None:
            document.add_text("host", row.host)
        if row.language is not None:
            document.add_text("language", row.language)
        if row.published is not None:
            day = datetime.datetime.combine(row.published, datetime.time(), datetime.UTC)
            document.add_date("published", day)
        self._writer.add_document(document)

    def finish(self) -> None:
        """Commits and waits until the folder is whole."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._is_open = False

    def close(self) -> None:
        """Stops the engine's threads, finished or not."""
        if self._is_open:
            self._is_open = False
            self._writer.rollback()
            self._writer.wait_merging_threads()


class Lexical:
    """A reader of one shard's engine folder."""

    def __init__(self, folder: Path) -> None:
        """Opens the folder.

        Raises:
            CorruptIndex: it cannot be opened.
        """
        try:
            self._index = tantivy.Index.open(str(folder))
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            if "Lockfile" not in str(error):
                raise CorruptIndex(f"{folder}: {error}; build the index again") from error
            self._open_elsewhere(folder)

    def _open_elsewhere(self, folder: Path) -> None:
        """Opens a folder where the engine cannot make its lock file, on a disk that is read-only."""
        links = Path(tempfile.mkdtemp(prefix="auctor-lexical-"))
        weakref.finalize(self, shutil.rmtree, links, ignore_errors=True)
        for path in folder.resolve().iterdir():
            if path.suffix != ".lock":
                (links / path.name).symlink_to(path)
        try:
            self._index = tantivy.Index.open(str(links))
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise CorruptIndex(f"{folder}: {error}; build the index again") from error

    @property
    def count(self) -> int:
        """Passages held."""
        return int(self._searcher.num_docs)

    @property
    def segments(self) -> int:
        """How many segments the engine wrote."""
        return int(self._searcher.num_segments)

    def propose(
        self,
        weights: Mapping[str, float],
        depth: int,
        allowed: NDArray[np.bool_] | None = None,
        where: Mapping[str, Sequence[str]] | None = None,
    ) -> list[int]:
        """Rows of the `depth` passages that the engine ranks highest, best first.

        Equal scores are ordered by row, also across the border: which passages are proposed does
        not depend on the segments that the writer's threads happened to make, unless more than
        MAX_TIES passages are equal (then it is those that the engine comes upon first).

        Args:
            weights: weight of each term; an unknown term matches nothing.
            depth: most rows returned.
            allowed: bool [passages]; only these rows are returned, as many as exist.
            where: field -> values, one of which an allowed passage has. It saves the engine work
                and need not say all of what `allowed` does, but nothing more.
        """
        return [row for row, _ in self.scored(weights, depth, allowed, where)]

    def scored(
        self,
        weights: Mapping[str, float],
        depth: int,
        allowed: NDArray[np.bool_] | None = None,
        where: Mapping[str, Sequence[str]] | None = None,
    ) -> list[tuple[int, float]]:
        """As `propose`, with the engine's own scores (for tests and comparison)."""
        if not weights or depth <= 0:
            return []
        query = self._query(weights, where or {})
        limit = depth + 1
        while True:
            hits = self._searcher.search(query, limit=limit, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
            found = [
                (int(row), float(score))
                for row, (score, _) in zip(rows, hits, strict=True)
                if row is not None and (allowed is None or allowed[int(row)])
            ]
            if len(hits) < limit:
                break
            # Whole once the last hit is worse than the last one that is wanted.
            if len(found) >= depth and (hits[-1][0] < found[depth - 1][1] or limit > MAX_TIES):
                break
            limit *= 4
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:depth]

    def _query(
        self, weights: Mapping[str, float], where: Mapping[str, Sequence[str]]
    ) -> tantivy.Query:
        schema = self._index.schema
        words = tantivy.Query.boolean_query(
            [
                (
                    tantivy.Occur.Should,
                    tantivy.Query.boost_query(
                        tantivy.Query.term_query(schema, "text", term, "freq"), weight
                    ),
                )
                for term, weight in weights.items()
            ]
        )
        if not where:
            return words
        # A filter says yes or no and must not move a score.
        filters = [
            tantivy.Query.const_score_query(
                tantivy.Query.term_set_query(schema, field, list(values)), 0.0
            )
            for field, values in where.items()
        ]
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, query) for query in (words, *filters)]
        )


def write_lexical(folder: Path, rows: Iterable[LexicalRow], threads: int = 1) -> None:
    """Writes a whole engine folder in one go."""
    writer = LexicalWriter(folder, threads)
    for row in rows:
        writer.add(row)
    writer.finish()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # The analyser has done its work: terms arrive separated by single spaces.
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("row", fast=True)
    builder.add_date_field("published", fast=True, indexed=True)
    for name in ("kind", "collection", "host", "language"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()
