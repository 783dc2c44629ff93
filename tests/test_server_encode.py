import threading
import time
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from corpora.errors import ModelError
from indexer.embed import Embedder, Vectors
from server.encode import QueryEncoder


class Model:
    """Turns a text into its length; notes its batches, and can be held up or made to fail."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.gate.wait(10)
        if "bad" in texts:
            raise RuntimeError("out of memory\nand more")
        return np.asarray([[len(text), len(self.batches)] for text in texts], dtype=np.float32)


def encoder_of(model: Model, max_batch: int = 32, remembered: int = 0) -> QueryEncoder:
    return QueryEncoder(cast("Embedder", model), max_batch, remembered)


def ask_together(encoder: QueryEncoder, model: Model, texts: list[str]) -> dict[str, object]:
    """Holds the model up with "first" until all texts wait; their vectors' first numbers."""
    outcomes: dict[str, object] = {}

    def ask(text: str) -> None:
        try:
            outcomes[text] = float(encoder.encode(text)[0])
        except ModelError as error:
            outcomes[text] = str(error)

    model.gate.clear()
    threads = [threading.Thread(target=ask, args=(text,)) for text in ["first", *texts]]
    for thread in threads:
        thread.start()
        while len(encoder._waiting) + len(model.batches) == 0:
            time.sleep(0.001)
    while len(encoder._waiting) < len(texts):
        time.sleep(0.001)
    model.gate.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return outcomes


def test_those_who_wait_are_encoded_together() -> None:
    model = Model()
    texts = [f"{'q' * n}" for n in range(1, 41)]
    outcomes = ask_together(encoder_of(model, max_batch=16), model, texts)
    assert outcomes == {"first": 5.0} | {text: float(len(text)) for text in texts}
    assert [len(batch) for batch in model.batches] == [1, 16, 16, 8]


def test_nobody_waits_for_a_query_that_comes_alone() -> None:
    model = Model()
    encoder = encoder_of(model)
    assert [float(encoder.encode(text)[0]) for text in ("a", "bb", "ccc")] == [1, 2, 3]
    assert model.batches == [["a"], ["bb"], ["ccc"]]


def test_a_failure_reaches_its_batch_and_nobody_else() -> None:
    model = Model()
    encoder = encoder_of(model, max_batch=2)
    outcomes = ask_together(encoder, model, ["good", "bad", "fine", "well"])
    failed = "the question could not be encoded: out of memory"
    for batch in model.batches:
        for text in batch:
            assert outcomes[text] == (failed if "bad" in batch else float(len(text)))
    with pytest.raises(ModelError, match="out of memory"):
        encoder.encode("bad")
    assert encoder.encode("next")[0] == 4


def test_a_question_asked_again_has_the_same_vector() -> None:
    model = Model()
    encoder = encoder_of(model, remembered=2)
    first = encoder.encode("a")
    encoder.encode("b")
    assert encoder.encode("a") is first
    assert model.batches == [["a"], ["b"]]
    encoder.encode("c")  # "b" was used least recently
    assert encoder.encode("a") is first
    encoder.encode("b")
    assert model.batches == [["a"], ["b"], ["c"], ["b"]]


def test_equal_queries_of_a_batch_are_encoded_once() -> None:
    model = Model()
    encoder = encoder_of(model, remembered=8)
    model.gate.clear()
    vectors: list[object] = []
    threads = [
        threading.Thread(target=lambda: vectors.append(encoder.encode("same"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while len(encoder._waiting) < 3:
        time.sleep(0.001)
    model.gate.set()
    for thread in threads:
        thread.join(10)
    assert len(vectors) == 4
    assert all(vector is vectors[0] for vector in vectors)
    assert all(batch == ["same"] for batch in model.batches)


def test_batches_give_the_vectors_of_single_queries(embedder: Embedder) -> None:
    """The oracle, in float32: nobody's vector depends on who waits beside him."""
    texts = ["ice", "what is a with statement", "measles " * 30]
    together = embedder.encode_queries(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(QueryEncoder(embedder).encode(text), vector, atol=1e-5)
