import logging

import numpy as np
import pytest

import indexer.embed
from indexer.embed import Embedder, EmbedderSettings

pytest.importorskip("openvino", reason="OpenVINO is optional")

TEXTS = [
    "ice",
    "what is a with statement",
    "measles vaccination schedule for children in countries with low coverage",
    "word " * 300,
    "",
    "氷河はどのように動くか",
]


@pytest.mark.parametrize(("dtype", "agreement"), [("float32", 0.99999), ("bfloat16", 0.999)])
def test_vectors_are_those_of_torch(dtype: str, agreement: float) -> None:
    """The oracle: the same model through torch."""
    embedder = Embedder(EmbedderSettings(device="cpu", dtype=dtype))
    expected = np.vstack([embedder.encode_queries([text]) for text in TEXTS])
    is_accelerated = embedder.accelerate_queries(threads=1)
    if not is_accelerated and dtype == "bfloat16":
        pytest.skip("this processor does not compute in bfloat16")
    assert is_accelerated
    alone = np.vstack([embedder.encode_queries([text]) for text in TEXTS])
    together = embedder.encode_queries(TEXTS)
    assert (expected * alone).sum(axis=1).min() > agreement
    assert (expected * together).sum(axis=1).min() > agreement
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_a_model_that_cannot_be_converted_goes_on_through_torch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("unknown operation\nand a long trace")

    monkeypatch.setattr(indexer.embed, "accelerate", refuse)
    embedder = Embedder(EmbedderSettings(device="cpu", dtype="float32"))
    expected = embedder.encode_queries(["ice"])
    with caplog.at_level(logging.WARNING, logger="indexer.embed"):
        assert not embedder.accelerate_queries(threads=1)
    assert "unknown operation" in caplog.text
    assert (embedder.encode_queries(["ice"]) == expected).all()


def test_vectors_that_differ_are_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = Embedder(EmbedderSettings(device="cpu", dtype="float32"))
    expected = embedder.encode_queries(["ice"])
    monkeypatch.setattr(
        indexer.embed,
        "accelerate",
        lambda *_: (
            lambda features: np.eye(
                len(features["input_ids"]), embedder.dimension, dtype=np.float32
            )
        ),
    )
    with caplog.at_level(logging.WARNING, logger="indexer.embed"):
        assert not embedder.accelerate_queries(threads=1)
    assert "differ" in caplog.text
    assert (embedder.encode_queries(["ice"]) == expected).all()


def test_without_openvino_all_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer.embed, "is_installed", lambda: False)
    assert not Embedder(EmbedderSettings(device="cpu", dtype="float32")).accelerate_queries(1)


def test_nothing_is_reported_to_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO's own converter would set up telemetry; ours must not."""
    telemetry = pytest.importorskip("openvino_telemetry")

    def report(*_: object, **__: object) -> None:
        raise AssertionError("telemetry was set up")

    monkeypatch.setattr(telemetry.Telemetry, "__init__", report)
    assert Embedder(EmbedderSettings(device="cpu", dtype="float32")).accelerate_queries(1)
