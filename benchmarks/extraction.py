"""The quality of extraction on pages with gold text, against pinned floors.

    .venv/bin/python benchmarks/extraction.py --data DIR             checks
    .venv/bin/python benchmarks/extraction.py --data DIR --update    raises floors to what is measured
    .venv/bin/python benchmarks/extraction.py --data DIR --peers     trafilatura alone, for comparison

DIR holds scrapinghub's article-extraction-benchmark: `ground-truth.json` and `html/*.html.gz`.
What is compared is the document's text, headings and captions included, though the gold text has
no title and few captions. Measures:

- f1, precision, recall: of shingles of four words, as that benchmark computes them.
- boundary_f1: where paragraphs end. A boundary is the two words before and after it; only those
  count of which both texts have both halves, so that choosing other text costs nothing here.
- heading_precision: of our headings that are not the title, those that are a paragraph of the gold
  text. heading_recall: of its paragraphs that look like headings (at most twelve words, no mark
  at the end, not the last) and that we have, those that are headings of ours.

The file of floors pins the SHA-256 of the pages too. Lowering a floor takes --update
--allow-regression, and a word in the commit on why.
"""

import argparse
import gzip
import hashlib
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import trafilatura

from corpora.charset import decode
from corpora.document import (
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    Payload,
    SourceRef,
    identify,
)
from corpora.media import Media
from indexer.extract import extract

FLOORS = Path(__file__).parent / "extraction_floors.json"
EPSILON = 0.001
"""Below a floor by less than this is no failure: parsers of other versions differ by as much."""

_SHINGLE = 4
_SIDE = 2
_RESAMPLES = 1_000
_WORD = re.compile(r"\w+")
_HEADING_WORDS = 12
_ENDS = re.compile(r"[.!?:;,…。！？][\"'”’»)]*$|^[-*•\d]")

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its gold text."""

    key: str
    url: str
    content: bytes
    gold: str


def main() -> None:
    """Measures and compares."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-regression", action="store_true")
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    pages = read_pages(arguments.data)
    if arguments.peers:
        for name, options in PEERS.items():
            print(json.dumps({"peer": name, **measure_text(pages, _peer(options))}))
        return
    scores = measure(pages)
    print(json.dumps(scores))
    pinned: dict[str, Any] = json.loads(FLOORS.read_text(encoding="utf-8"))
    problems = compare(pinned, scores, digest(arguments.data))
    if arguments.update and (not problems or arguments.allow_regression):
        pin(pinned, scores, digest(arguments.data), allow_regression=arguments.allow_regression)
        FLOORS.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems and not arguments.allow_regression else 0)


def read_pages(folder: Path) -> list[Page]:
    """The pages in the order of their names."""
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        Page(
            key,
            gold[key]["url"],
            gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()),
            gold[key].get("articleBody") or "",
        )
        for key in sorted(gold)
    ]


def digest(folder: Path) -> str:
    """SHA-256 over names and contents."""
    total = hashlib.sha256()
    for path in [folder / "ground-truth.json", *sorted((folder / "html").iterdir())]:
        total.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def measure(pages: Sequence[Page]) -> Scores:
    """All measures of what `extract` makes of the pages."""
    start = time.perf_counter()
    documents = [_extract(page) for page in pages]
    taken_s = time.perf_counter() - start
    texts = iter([document.text if document else "" for document in documents])
    scores = measure_text(pages, lambda _: next(texts))
    boundaries = _Tally()
    headings = _Tally()
    for page, document in zip(pages, documents, strict=True):
        if document is not None:
            boundaries.add(boundary_counts(page.gold, lines_of(document)))
            headings.add(heading_counts(page.gold, document))
    return {
        **scores,
        "boundary_f1": round(boundaries.f1, 4),
        "heading_precision": round(headings.precision, 4),
        "heading_recall": round(headings.recall, 4),
        "pages_per_second": round(len(pages) / taken_s, 1),
    }


def measure_text(pages: Sequence[Page], read: Callable[[Page], str]) -> Scores:
    """Shingle precision, recall and F1 with the half width of its 95% interval."""
    counts = [shingle_counts(page.gold, read(page)) for page in pages]
    scores = _average(counts)
    resample = random.Random(0)
    values = [_average(resample.choices(counts, k=len(counts)))["f1"] for _ in range(_RESAMPLES)]
    scores["f1_interval"] = 1.96 * statistics.stdev(values)
    return {name: round(value, 4) for name, value in scores.items()}


def shingle_counts(gold: str, found: str) -> tuple[float, float, float]:
    """(in both, only in what was found, only in the gold text), as shares of all shingles."""
    true, own = _shingles(gold), _shingles(found)
    both = (true & own).total()
    total = true.total() + own.total() - both
    if total == 0:
        return 0.0, 0.0, 0.0
    return both / total, (own.total() - both) / total, (true.total() - both) / total


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    parts = (tuple(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1)))
    return Counter(part for part in parts if part)


def _average(counts: Sequence[tuple[float, float, float]]) -> Scores:
    """Means over pages; a page where nothing was found has a recall, but no precision."""
    precision = statistics.mean(
        _share(both, wrong, missed) for both, wrong, missed in counts if both + wrong > 0
    )
    recall = statistics.mean(
        _share(both, missed, wrong) for both, wrong, missed in counts if both + missed > 0
    )
    return {
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "precision": precision,
        "recall": recall,
    }


def _share(both: float, other: float, third: float) -> float:
    if other == third == 0:
        return 1.0
    return both / (both + other) if both + other else 0.0


class _Tally:
    """Right, found and true, summed over pages."""

    def __init__(self) -> None:
        self.counts = (0, 0, 0, 0)

    def add(self, counts: tuple[int, int, int, int]) -> None:
        self.counts = tuple(a + b for a, b in zip(self.counts, counts, strict=True))  # type: ignore[assignment]

    @property
    def precision(self) -> float:
        return self.counts[0] / self.counts[1] if self.counts[1] else 1.0

    @property
    def recall(self) -> float:
        return self.counts[2] / self.counts[3] if self.counts[3] else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def lines_of(document: Document) -> list[str]:
    """What stands apart on a page: blocks, and the entries of lists."""
    lines: list[str] = []
    for block in document.blocks:
        is_list = block.kind in (BlockKind.LIST, BlockKind.TABLE)
        lines += block.text.split("\n") if is_list else [block.text]
    return lines


def boundary_counts(gold: str, lines: Sequence[str]) -> tuple[int, int, int, int]:
    """(right, ours, found, theirs) boundaries; the middle two count the same ones."""
    theirs = Counter(_boundaries([part for part in gold.split("\n") if part.strip()]))
    ours = Counter(_boundaries(lines))
    in_gold, in_ours = _sides(gold), _sides("\n".join(lines))
    theirs = Counter({key: n for key, n in theirs.items() if set(key) <= in_ours})
    ours = Counter({key: n for key, n in ours.items() if set(key) <= in_gold})
    both = (theirs & ours).total()
    return both, ours.total(), both, theirs.total()


def _boundaries(lines: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    words = [found for line in lines if (found := _WORD.findall(line))]
    for before, after in pairwise(words):
        yield tuple(before[-_SIDE:]), tuple(after[:_SIDE])


def _sides(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text)
    return {tuple(words[at : at + size]) for at in range(len(words)) for size in (1, _SIDE)}


def heading_counts(gold: str, document: Document) -> tuple[int, int, int, int]:
    """(ours that are right, ours, theirs that we have as headings, theirs)."""
    parts = [" ".join(_WORD.findall(part)) for part in gold.split("\n")]
    paragraphs = {part for part in parts if part}
    title = " ".join(_WORD.findall(document.title or ""))
    ours = {
        words
        for block in document.blocks
        if block.kind is BlockKind.HEADING
        and (words := " ".join(_WORD.findall(block.text))) not in ("", title)
        and block.heading_path
    }
    have = {" ".join(_WORD.findall(block.text)) for block in document.blocks}
    written = [part.strip() for part in gold.split("\n") if part.strip()][:-1]
    theirs = {
        words
        for part in written
        if not _ENDS.search(part)
        and 0 < len((words := " ".join(_WORD.findall(part))).split()) <= _HEADING_WORDS
        and words in have
    }
    all_ours = {
        " ".join(_WORD.findall(block.text))
        for block in document.blocks
        if block.kind is BlockKind.HEADING
    }
    return len(ours & paragraphs), len(ours), len(theirs & all_ours), len(theirs)


def _extract(page: Page) -> Document | None:
    source = SourceRef(page.key, 0, None, OffsetBase.FILE, "", None)
    payload = Payload(page.content, Media.HTML, None)
    found = extract(
        Document(
            identify(page.url),
            page.url,
            None,
            None,
            None,
            DocumentKind.WEB,
            source,
            payload=payload,
        )
    )
    return found if isinstance(found, Document) else None


PEERS: dict[str, dict[str, Any]] = {
    "trafilatura": {},
    "trafilatura fast": {"fast": True},
    "trafilatura precision": {"favor_precision": True},
    "trafilatura recall": {"favor_recall": True},
    "trafilatura fast, recall": {"fast": True, "favor_recall": True},
}


def _peer(options: dict[str, Any]) -> Callable[[Page], str]:
    def read(page: Page) -> str:
        html = decode(page.content, None)
        return trafilatura.extract(html, include_comments=False, **options) or ""

    return read


def compare(pinned: dict[str, Any], scores: Scores, corpus_sha256: str) -> list[str]:
    """What is not as pinned: one line each."""
    problems = []
    if pinned["corpus_sha256"] != corpus_sha256:
        problems.append(f"the pages are {corpus_sha256}, pinned is {pinned['corpus_sha256']}")
    for name, floor in pinned["floors"].items():
        if scores[name] < floor - EPSILON:
            problems.append(f"{name} is {scores[name]}, the floor is {floor}")
    return problems


def pin(
    pinned: dict[str, Any], scores: Scores, corpus_sha256: str, *, allow_regression: bool
) -> None:
    """Raises floors to what was measured; lowers them only when told to."""
    pinned["corpus_sha256"] = corpus_sha256
    floors = pinned["floors"]
    for name in floors:
        floors[name] = scores[name] if allow_regression else max(scores[name], floors[name])


if __name__ == "__main__":
    main()
