"""Quality of retrieval on a judged collection; only user of ir_measures.

A document scores as its best passage. The pool is deepened until it holds `DOCUMENTS`
documents, so that recall at 100 means 100 documents.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG

from authority.rule import order
from corpora.errors import CorpusError, IndexFolderError
from corpora.readers import beir
from corpora.sources import find_sources
from corpora.trec import Judgement, write_run
from indexer.build import build_index, fingerprint
from indexer.embed import Embedder
from indexer.intake import Advance
from server.retrieve import propose_dense, propose_lexical, score
from server.score import Floats
from server.search import Request, Searcher
from server.snapshot import Address

DOCUMENTS = 100
MEASURES = {"nDCG@10": nDCG @ 10, "R@10": R @ 10, "R@100": R @ 100, "RR@10": RR @ 10}
MODES = ("lexical", "dense", "hybrid", "hybrid+authority")

Ranking = list[str]
"""Collection ids of documents, best first."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What was measured on one collection.

    Attributes:
        dataset: name of its folder.
        split: of the judgements.
        corpus_sha256: of the corpus file, so that a figure names its data.
        documents: in the index.
        passages: in the index.
        queries: with judgements.
        modes: mode -> measure -> mean over queries.
        latency_ms: of whole searches for 10 passages, query encoding included.
        index_s: seconds to build the index without embedding; None where it was reused.
        embed_s: seconds of embedding; None where it was reused.
    """

    dataset: str
    split: str
    corpus_sha256: str
    documents: int
    passages: int
    queries: int
    modes: dict[str, dict[str, float]]
    latency_ms: dict[str, float]
    index_s: float | None
    embed_s: float | None


def bench_beir(
    folder: Path,
    split: str,
    index: Path,
    embedder: Embedder,
    advance: Advance = lambda *_: None,
    runs_folder: Path | None = None,
) -> BenchResult:
    """Builds or reuses an index of a collection and measures all modes.

    Args:
        folder: BEIR layout.
        split: file name in qrels/ without its ending.
        index: where the index is kept; reused if it was built from the same corpus by the same
            versions.
        embedder: the model.
        advance: told of progress.
        runs_folder: where the ranking of each mode is written as a TREC run, "lexical.run" and so
            on; None for nowhere.

    Raises:
        CorpusError: the collection is incomplete or broken.
    """
    judgements = beir.read_qrels(folder, split)
    texts = {query.query_id: query.text for query in beir.read_queries(folder)}
    judged = sorted({judgement.query_id for judgement in judgements})
    missing = [query_id for query_id in judged if query_id not in texts]
    if missing:
        raise CorpusError(
            f"{folder}: qrels/{split}.tsv judges {len(missing)} queries that queries.jsonl does "
            f"not hold, {missing[0]!r} first"
        )
    searcher, seconds = open_collection(folder, index, embedder, advance)
    ids = _collection_ids(searcher)
    runs: dict[str, dict[str, Ranking]] = {mode: {} for mode in MODES}
    for done, query_id in enumerate(judged, start=1):
        for mode, ranking in rank_documents(searcher, texts[query_id], ids).items():
            runs[mode][query_id] = ranking
        advance("rank", done, len(judged), "queries")
    if runs_folder is not None:
        runs_folder.mkdir(parents=True, exist_ok=True)
        for mode, rankings in runs.items():
            write_run(runs_folder / f"{mode}.run", rankings, mode)
    return BenchResult(
        dataset=folder.resolve().name,
        split=split,
        corpus_sha256=corpus_digest(folder),
        documents=searcher.snapshot.generation.documents,
        passages=searcher.snapshot.generation.passages,
        queries=len(judged),
        modes={mode: measure(judgements, run) for mode, run in runs.items()},
        latency_ms=_latency(searcher, [texts[query_id] for query_id in judged]),
        index_s=round(sum(seconds.values()) - seconds["embed"], 2) if seconds else None,
        embed_s=round(seconds["embed"], 2) if seconds else None,
    )


def rank_documents(
    searcher: Searcher, text: str, ids: Sequence[Sequence[str]]
) -> dict[str, Ranking]:
    """The best documents of each mode.

    Args:
        searcher: an open index.
        text: the query.
        ids: for each shard, the collection id of each document row.
    """
    query = searcher.prepare(text)
    snapshot = searcher.snapshot

    def document(address: Address) -> str:
        number, row = address
        return ids[number][int(snapshot.shards[number].passages.document[row])]

    lexical = _deepen(
        lambda depth: propose_lexical(query, snapshot, searcher.settings, depth), document, searcher
    )
    dense = _deepen(lambda depth: propose_dense(query, snapshot, depth), document, searcher)
    candidates = score({*lexical, *dense}, query, snapshot, searcher.families, searcher.settings)
    relevance = searcher.relevance(query, candidates)
    documents = [document(address) for address in candidates.addresses]
    proposed = {"lexical": set(lexical), "dense": set(dense)}
    channels = {"lexical": candidates.bm25, "dense": candidates.cosine}
    rankings = {}
    for mode, scores in channels.items():
        own = [i for i, address in enumerate(candidates.addresses) if address in proposed[mode]]
        rankings[mode] = _best(scores[own], [documents[i] for i in own])
    nobody = np.zeros(len(candidates))
    somebody = searcher.trust.values(candidates.addresses)
    for mode, priors in (("hybrid", nobody), ("hybrid+authority", somebody)):
        ranking = order(relevance, priors, candidates.passage_ids, searcher.settings.epsilon)
        in_order = (documents[i] for i in ranking.permutation.tolist())
        rankings[mode] = list(dict.fromkeys(in_order))[:DOCUMENTS]
    return rankings


def measure(judgements: Iterable[Judgement], run: dict[str, Ranking]) -> dict[str, float]:
    """Means over all judged queries."""
    qrels = [ir_measures.Qrel(*judgement) for judgement in judgements]
    # The rank is what is measured: equal scores were ordered already.
    scored = [
        ir_measures.ScoredDoc(query_id, document, 1 / rank)
        for query_id, ranking in run.items()
        for rank, document in enumerate(ranking, start=1)
    ]
    found: dict[Any, float] = ir_measures.calc_aggregate(MEASURES.values(), qrels, scored)
    return {name: round(found[key], 4) for name, key in MEASURES.items()}


def measure_each(
    qrels: Mapping[str, Mapping[str, int]],
    run: Mapping[str, Mapping[str, float]],
    measures: Sequence[str],
) -> dict[str, dict[str, float]]:
    """Measures of each judged query; one that the run does not answer has 0.

    Args:
        qrels: query id -> document id -> grade.
        run: query id -> document id -> score; higher is better.
        measures: names that ir-measures knows, such as "nDCG@10".

    Returns:
        Measure -> query id -> value.

    Raises:
        CorpusError: a measure is unknown.
    """
    try:
        parsed = {name: ir_measures.parse_measure(name) for name in measures}
    except (NameError, ValueError, SyntaxError, KeyError) as error:
        raise CorpusError(f"{', '.join(measures)}: not all are measures ({error})") from error
    found = {name: dict.fromkeys(qrels, 0.0) for name in measures}
    name_of = {measure: name for name, measure in parsed.items()}
    for each in ir_measures.iter_calc(parsed.values(), qrels, run):
        found[name_of[each.measure]][each.query_id] = float(each.value)
    return found


def corpus_digest(folder: Path) -> str:
    """SHA-256 of the corpus as stored on disk, hex."""
    path = beir.corpus_path(folder)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def index_key(folder: Path, embedder: Embedder) -> str:
    """Names an index that may be reused: the same corpus, indexed alike."""
    key = f"{corpus_digest(folder)}\n{fingerprint(embedder)}"
    return f"{folder.resolve().name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def open_collection(
    folder: Path, index: Path, embedder: Embedder, advance: Advance = lambda *_: None
) -> tuple[Searcher, dict[str, float] | None]:
    """An index of a collection, built where there is none of the same corpus and versions.

    Returns:
        The open index, and the seconds of each step of the build; None where it was reused.
    """
    place = index / index_key(folder, embedder)
    try:
        return Searcher.open(place, embedder), None
    except IndexFolderError:
        corpus = find_sources([beir.corpus_path(folder)], "beir")
        report = build_index(corpus, place, embedder, advance=advance)
        return Searcher.open(place, embedder), report.seconds


def _collection_ids(searcher: Searcher) -> list[list[str]]:
    return [shard.documents.paper_ids() for shard in searcher.snapshot.shards]


def _deepen(
    propose: Callable[[int], list[Address]],
    document: Callable[[Address], str],
    searcher: Searcher,
) -> list[Address]:
    """Proposals that hold DOCUMENTS documents, or all there are."""
    depth = searcher.settings.depth
    while True:
        proposed = propose(depth)
        enough = len({document(address) for address in proposed}) >= DOCUMENTS
        if enough or depth >= searcher.snapshot.generation.passages:
            return proposed
        depth *= 2


def _best(scores: Floats, documents: Sequence[str]) -> Ranking:
    """Documents by their best passage; equal scores by id."""
    best: dict[str, float] = {}
    for document, value in zip(documents, scores.tolist(), strict=True):
        if value > best.get(document, float("-inf")):
            best[document] = value
    return sorted(best, key=lambda document: (-best[document], document))[:DOCUMENTS]


def _latency(searcher: Searcher, texts: Sequence[str]) -> dict[str, float]:
    times = []
    for text in texts:
        start = time.perf_counter()
        searcher.search(Request(text))
        times.append((time.perf_counter() - start) * 1_000)
    p50, p99 = np.percentile(times, (50, 99)).tolist()
    return {"p50": round(p50, 2), "p99": round(p99, 2)}
