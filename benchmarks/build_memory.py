"""How much memory a build takes beside its model: a process of its own, watched from outside.

    python -m benchmarks.build_memory FILE ... --index DIR

builds with `FakeEmbedder`; `watch` starts that and looks at it while it runs.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from corpora.sources import find_sources
from indexer.build import build_index
from indexer.embed import Embedder
from indexer.manifest import ModelRecord
from indexer.token_counter import TokenCounter

_PAUSE_S = 0.05
_DIMENSION = 384


@dataclass(frozen=True, slots=True)
class Peak:
    """Most memory that was seen.

    Attributes:
        main_mb: resident, of the process that builds.
        all_mb: resident, of it and all its workers at one moment; what they share counts for each.
        seconds: how long it ran.
    """

    main_mb: int
    all_mb: int
    seconds: float


class FakeEmbedder:
    """What a build asks of an `Embedder`, at no cost: passages and vectors as many as real ones."""

    dimension = _DIMENSION
    dtype = "float32"
    max_tokens = 254
    truncated = 0
    record = ModelRecord("fake", _DIMENSION, 256, "", "")

    def __init__(self) -> None:
        """Tokens are of four characters, about what they are in English."""
        self.tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
        self.tokenizer.pre_tokenizer = Split(Regex(".{1,4}"), "isolated")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return TokenCounter(self.tokenizer)(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Random directions: float32 [len(texts), dimension], L2-normalised."""
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dimension))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float32)


def watch(files: Sequence[Path], index: Path) -> Peak:
    """Builds in another process.

    Raises:
        SystemExit: the build failed.
    """
    command = [sys.executable, "-m", "benchmarks.build_memory", *map(str, files)]
    start = time.perf_counter()
    main = together = 0
    with subprocess.Popen([*command, "--index", str(index)]) as process:
        while process.poll() is None:
            resident = tree_kb(process.pid)
            main = max(main, resident[0] if resident else 0)
            together = max(together, sum(resident))
            time.sleep(_PAUSE_S)
    if process.returncode:
        raise SystemExit(f"the build of {', '.join(map(str, files))} failed")
    return Peak(main >> 10, together >> 10, round(time.perf_counter() - start, 1))


def tree_kb(pid: int) -> list[int]:
    """Resident memory of a process, and of all that it and its children started, in KiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # it has just ended
    lines = dict(line.split(":", 1) for line in status.splitlines())
    own = int(lines["VmRSS"].split()[0]) if "VmRSS" in lines else 0
    return [own, *(kb for child in children for kb in tree_kb(int(child)))]


def main() -> None:
    """Builds; prints nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--index", type=Path, required=True)
    arguments = parser.parse_args()
    build_index(find_sources(arguments.files), arguments.index, cast("Embedder", FakeEmbedder()))


if __name__ == "__main__":
    main()
