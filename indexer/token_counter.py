"""Tokens of texts, counted without their model: in other processes, and many texts at once."""

from collections.abc import Sequence
from typing import Any


class TokenCounter:
    """Counts as `Embedder.count_tokens` does; may be sent to another process."""

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401 - tokenizers share no typed base
        """Takes a copy where that is cheap, so that nobody else changes its settings.

        Args:
            tokenizer: of transformers, or of tokenizers.
        """
        backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
        self._is_fast = hasattr(backend, "encode_batch_fast")
        if self._is_fast:
            backend = type(backend).from_str(backend.to_str())
            backend.no_truncation()
            backend.no_padding()
        self._tokenizer = backend if self._is_fast else tokenizer

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""
        if not texts:
            return []
        if self._is_fast:
            found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
            return [len(each) for each in found]
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]
