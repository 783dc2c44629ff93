"""Does `match` tell a question that a corpus can answer from one that it cannot?

    .venv/bin/python benchmarks/answerable.py --data DIR [--split test]

For each of two collections the judged queries are its own; foreign are the other collection's,
pseudo-words, shuffled words of its own queries, and questions in other languages about other
things (`foreign_queries.tsv`). Each figure is the AUC of a value of the first result: the chance
that a random own query has the higher one. `best_cosine` and `best_lexical` are the answer's own
`match`, over everything that was found; `minmax` is the contrast: a score scaled query by query,
which every list begins with alike.
"""

import argparse
import json
import random
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpora.readers import beir
from indexer.embed import Embedder
from server.bench import open_collection
from server.search import Request, Searcher

COLLECTIONS = ("scifact", "cranfield")
LANGUAGES = Path(__file__).parent / "foreign_queries.tsv"
SEED = 20_261_125
NONSENSE = 200


def main() -> None:
    """Measures and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of BEIR collections")
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--split", default="test")
    arguments = parser.parse_args()
    embedder = Embedder()
    own = {name: _judged(arguments.data / name, arguments.split) for name in COLLECTIONS}
    report: dict[str, object] = {"split": arguments.split}
    for name, other in zip(COLLECTIONS, reversed(COLLECTIONS), strict=True):
        searcher, _ = open_collection(arguments.data / name, arguments.cache, embedder)
        foreign = {
            other: own[other],
            "pseudo-words": _pseudo_words(),
            "shuffled words": _shuffled(own[name]),
            "languages": _languages(),
        }
        report[name] = _compare(searcher, own[name], foreign)
    print(json.dumps(report, indent=1))


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive value exceeds a negative one, ties counting half."""
    ordered = np.sort(np.asarray(negative))
    below = np.searchsorted(ordered, positive, side="left")
    up_to = np.searchsorted(ordered, positive, side="right")
    return float((below + up_to).mean() / (2 * len(ordered)))


def _compare(
    searcher: Searcher, own: Sequence[str], foreign: dict[str, list[str]]
) -> dict[str, object]:
    answered = [_values(searcher, query) for query in own]
    unanswered = {kind: [_values(searcher, query) for query in qs] for kind, qs in foreign.items()}
    unanswered["all"] = [values for found in unanswered.values() for values in found]
    result: dict[str, object] = {"own": len(own)}
    for kind, found in unanswered.items():
        result[kind] = {"queries": len(found)} | {
            value: round(auc([a[value] for a in answered], [f[value] for f in found]), 4)
            for value in answered[0]
        }
    medians = {kind: _median(found) for kind, found in unanswered.items()}
    result["median_best_cosine"] = {"own": _median(answered)} | medians
    return result


def _median(found: Sequence[dict[str, float]]) -> float:
    return round(float(np.median([values["best_cosine"] for values in found])), 3)


def _values(searcher: Searcher, query: str) -> dict[str, float]:
    answer = searcher.search(Request(query))
    first = answer.hits[0]
    cosines = np.asarray([hit.match.cosine for hit in answer.hits])
    spread = cosines.max() - cosines.min()
    return {
        "cosine": first.match.cosine,
        "lexical": first.match.lexical,
        "best_cosine": answer.match.cosine,
        "best_lexical": answer.match.lexical,
        "relevance": first.relevance,
        "minmax": float((first.match.cosine - cosines.min()) / spread) if spread > 0 else 1.0,
    }


def _judged(folder: Path, split: str) -> list[str]:
    texts = {query.query_id: query.text for query in beir.read_queries(folder)}
    return [texts[name] for name in sorted({j.query_id for j in beir.read_qrels(folder, split)})]


def _pseudo_words() -> list[str]:
    """Questions of words that nobody has: syllables drawn at random."""
    chance = random.Random(SEED)
    consonants = "".join(set(string.ascii_lowercase) - set("aeiou"))

    def word() -> str:
        return "".join(
            chance.choice(sorted(consonants)) + chance.choice("aeiou")
            for _ in range(chance.randint(2, 4))
        )

    return [" ".join(word() for _ in range(chance.randint(5, 12))) for _ in range(NONSENSE)]


def _shuffled(queries: Sequence[str]) -> list[str]:
    """Word salad: as long as the collection's queries, of their words, from all over them."""
    chance = random.Random(SEED)
    words = [word for query in queries for word in query.split()]
    lengths = [len(chance.choice(queries).split()) for _ in range(NONSENSE)]
    return [" ".join(chance.sample(words, length)) for length in lengths]


def _languages() -> list[str]:
    lines = LANGUAGES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t", 1)[1] for line in lines]


if __name__ == "__main__":
    main()
