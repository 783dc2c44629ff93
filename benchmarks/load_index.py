"""An index of real text for load tests, of which only the first vectors need be real.

    .venv/bin/python benchmarks/load_index.py SOURCE [SOURCE ...] --index DIR --real 100000

Embedding costs more than everything else. Past --real texts a vector is a mix of two real ones
with a little noise, of length 1: as many inverted lists are probed and as many candidates scored
as with real ones. What such an index finds means nothing; how fast it finds it does. How many
vectors of either kind there are is written beside the index, to `DIR.vectors.json`.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.sources import find_sources
from indexer.build import build_index
from indexer.embed import Embedder

NOISE = 0.3
"""Length of the noise, the mix having length 1: mixes of neighbours must not be twins."""
SEED = 20_261_125


class MixingEmbedder(Embedder):
    """Embeds the first texts and mixes the vectors of all others."""

    def __init__(self, real: int) -> None:
        """Loads the embedded default model.

        Args:
            real: texts to embed, at least 2.
        """
        super().__init__()
        self._wanted = real
        self._real: list[NDArray[np.float32]] = []
        self._random = np.random.default_rng(SEED)
        self.mixed = 0

    @property
    def real(self) -> int:
        """Vectors so far that are those of their texts."""
        return sum(len(part) for part in self._real)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds, or mixes: float32 [len(texts), dimension], L2-normalised."""
        if self.real < self._wanted:
            self._real.append(super().encode_passages(texts))
            return self._real[-1]
        self.mixed += len(texts)
        return mix(np.concatenate(self._real), len(texts), self._random)


def mix(real: NDArray[np.float32], count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Vectors between two of some others: float32 [count, dimension], L2-normalised."""
    first, second = random.integers(len(real), size=(2, count))
    noise = random.standard_normal((count, real.shape[1])).astype(np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    mixed = real[first] + real[second]
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    mixed += noise
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def note_path(index: Path) -> Path:
    """Where it is written how many vectors are real."""
    return index.with_name(f"{index.name}.vectors.json")


def main() -> None:
    """Builds, and says how long each step took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--real", type=int, required=True, help="texts to embed")
    arguments = parser.parse_args()
    embedder = MixingEmbedder(arguments.real)
    report = build_index(find_sources(arguments.sources), arguments.index, embedder)
    counts = {"real": embedder.real, "mixed": embedder.mixed}
    note_path(arguments.index).write_text(json.dumps(counts) + "\n", encoding="utf-8")
    passages = report.generation.passages
    print(json.dumps({"passages": passages, "vectors": counts, "seconds": report.seconds}))


if __name__ == "__main__":
    main()
