"""One generation, opened: what a query is answered from, from its first step to its last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.errors import IncompatibleIndex
from indexer.analyse import ANALYSER_VERSION
from indexer.families import ShardFamilies, read_families
from indexer.generation import (
    GENERATIONS,
    Generation,
    Hold,
    ModelRecord,
    generation_at,
    hold_current,
)
from indexer.shard import ShardReader
from server.score import Statistics

Address = tuple[int, int]
"""Shard number and passage row."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """The rows of one shard that pass.

    Attributes:
        passages: bool [passages].
        where: clauses for the lexical engine, implied by `passages`.
        shard: the shard.
    """

    passages: Mask
    where: Mapping[str, Sequence[str]]
    shard: ShardReader

    @cached_property
    def count(self) -> int:
        """Passages that pass."""
        return int(np.count_nonzero(self.passages))

    @cached_property
    def vectors(self) -> Mask:
        """Bool [vectors], those of passages that pass."""
        mask = np.zeros(self.shard.vectors.count, dtype=bool)
        mask[self.shard.passages.vector[self.passages]] = True
        return mask


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The open files of one generation.

    Attributes:
        generation: its manifest.
        shards: its shards, in the manifest's order.
        statistics: generation-wide counts for BM25, over what is live.
        live: for each shard the rows that are; None where all are.
        families: of each shard, which of its rows are copies.
        hold: keeps its files from being collected.
    """

    generation: Generation
    shards: tuple[ShardReader, ...]
    statistics: Statistics
    live: tuple[Selection, ...] | None
    families: tuple[ShardFamilies, ...]
    hold: Hold

    @classmethod
    def open(
        cls, index: Path, model: ModelRecord | None = None, as_of: datetime | None = None
    ) -> "Snapshot":
        """Opens a generation.

        Args:
            index: its folder.
            as_of: the generation that was the latest then; None for the live one.
            model: refused before anything large is read where it was built with another one.

        Raises:
            NotAnIndex, IncompatibleIndex, CorruptIndex: see `indexer.generation.open_current`.
        """
        if as_of is None:
            generation, hold = hold_current(index)
        else:
            generation = generation_at(index, as_of)
            hold = Hold(index, generation.generation_id)
        if generation.analyser != ANALYSER_VERSION:
            raise IncompatibleIndex(
                f"{index} was built with the analyser {generation.analyser!r}, this program has "
                f"{ANALYSER_VERSION!r}; build it again"
            )
        if model is not None:
            check_model(generation, model)
        shards = tuple(ShardReader.open(index, shard) for shard in generation.shards)
        for reader in shards:
            reader.dense.load()
        families = read_families(index / GENERATIONS / generation.generation_id, shards)
        return cls(generation, shards, Statistics.of(shards), _live(shards), tuple(families), hold)


def _live(shards: tuple[ShardReader, ...]) -> tuple[Selection, ...] | None:
    if all(shard.dead is None for shard in shards):
        return None
    masks = (
        np.ones(len(shard.passages), dtype=bool)
        if shard.passages.live is None
        else shard.passages.live
        for shard in shards
    )
    return tuple(Selection(mask, {}, shard) for mask, shard in zip(masks, shards, strict=True))


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
