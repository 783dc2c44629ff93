"""The demo: an index of real papers and pages, kept and reused, and questions to it."""

import hashlib
from pathlib import Path

from corpora.demo import DemoCorpus, write_demo
from corpora.errors import IndexFolderError
from corpora.sources import find_sources
from indexer.build import BuildReport, build_index, fingerprint
from indexer.embed import Embedder
from indexer.intake import Advance
from server.search import Searcher

QUESTIONS = (
    "When is the finally clause of a try statement executed?",
    "How does the with statement use a context manager?",
    "What can a format specification contain?",
    "How can word embeddings be learned for two languages at once?",
    "How is a summary of several documents evaluated?",
)


def open_demo(folder: Path, advance: Advance) -> tuple[Searcher, BuildReport | None]:
    """Builds the demo index, or reuses the one that the same inputs made.

    Args:
        folder: keeps the data and the index.
        advance: told of progress.

    Returns:
        The open index, and what the build did (None where nothing had to be built).
    """
    corpus = write_demo(folder / "data")
    index, stamp = folder / "index", folder / "built-from"
    embedder = Embedder()
    key = _key(corpus, embedder)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == key:
        try:
            return Searcher.open(index, embedder), None
        except IndexFolderError:
            pass  # built from the same, but no longer whole: build it again
    sources = find_sources([*corpus.papers, corpus.web])
    report = build_index(sources, index, embedder, advance=advance)
    stamp.write_text(key, encoding="utf-8")
    return Searcher.open(index, embedder), report


def _key(corpus: DemoCorpus, embedder: Embedder) -> str:
    """Changes when the data or anything that makes the index from it does."""
    digest = hashlib.sha256()
    for path in (*corpus.papers, corpus.web):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()}\n{fingerprint(embedder)}"
