"""One generation, opened: what a query is answered from, from its first step to its last."""

from dataclasses import dataclass
from pathlib import Path

from corpora.errors import IncompatibleIndex
from indexer.analyse import ANALYSER_VERSION
from indexer.generation import Generation, ModelRecord, open_current
from indexer.shard import ShardReader
from server.score import Statistics

Address = tuple[int, int]
"""Shard number and passage row."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The open files of one generation.

    Attributes:
        generation: its manifest.
        shards: its shards, in the manifest's order.
        statistics: generation-wide counts for BM25.
    """

    generation: Generation
    shards: tuple[ShardReader, ...]
    statistics: Statistics

    @classmethod
    def open(cls, index: Path, model: ModelRecord | None = None) -> "Snapshot":
        """Opens the live generation.

        Args:
            index: its folder.
            model: refused before anything large is read where it was built with another one.

        Raises:
            NotAnIndex, IncompatibleIndex, CorruptIndex: see `indexer.generation.open_current`.
        """
        generation = open_current(index)
        if generation.analyser != ANALYSER_VERSION:
            raise IncompatibleIndex(
                f"{index} was built with the analyser {generation.analyser!r}, this program has "
                f"{ANALYSER_VERSION!r}; build it again"
            )
        if model is not None:
            check_model(generation, model)
        shards = tuple(ShardReader.open(index, shard) for shard in generation.shards)
        return cls(generation, shards, Statistics.of(shards))


def check_model(generation: Generation, given: ModelRecord) -> None:
    """Refuses a model other than the one the index was built with.

    Raises:
        IncompatibleIndex: names both.
    """
    built = generation.model
    if built != given:
        raise IncompatibleIndex(
            f"the index was built with {_describe(built)}, not {_describe(given)}; search "
            "with that model, or build the index again"
        )


def _describe(model: ModelRecord) -> str:
    prompts = f", query prompt {model.query_prompt!r}" if model.query_prompt else ""
    return (
        f"the model {model.name!r} (dimension {model.dimension}, "
        f"{model.max_tokens} tokens{prompts})"
    )
