"""Query vectors through OpenVINO, which packs a model's weights once; only user of openvino.

On CPUs with bfloat16 a lone query takes about half of what it takes through torch. The model is
traced in this process; nothing is written, and nothing is sent anywhere (the package's own
converter reports its use to its makers, so it is not called).
"""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Features = Mapping[str, Any]
"""What a sentence-transformers model makes of texts before it computes."""

Forward = Callable[[Features], NDArray[np.float32]]
"""Features to vectors, float32 [n, dimension], not normalised."""

PAD_TOKENS = 8
"""Lengths are rounded up to a multiple of this, so that few shapes occur."""
_PREPARED_BATCH = 16
_PREPARED_TOKENS = 32
"""Shapes up to these are prepared before the first question comes."""

_PRECISIONS = {"torch.bfloat16": "bf16", "torch.float32": "f32"}


def is_installed() -> bool:
    """Whether OpenVINO is there."""
    return find_spec("openvino") is not None


def accelerate(model: Any, features: Features, dtype: str, threads: int) -> Forward | None:  # noqa: ANN401 - SentenceTransformer, imported late
    """Compiles a model for this CPU.

    Args:
        model: a SentenceTransformer on the CPU; stays as it is.
        features: of two texts of different length, to trace the model with.
        dtype: what the model computes in, as torch names it.
        threads: cores to compute on.

    Returns:
        The compiled model, safe to call from several threads; None where OpenVINO does not
        compute in that type.

    Raises:
        Exception: whatever tracing or compiling such a model raises.
    """
    import openvino
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    core = openvino.Core()
    precision = _PRECISIONS.get(dtype)
    supported = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if precision is None or (precision == "bf16" and "BF16" not in supported):
        return None
    names = [name for name, value in features.items() if isinstance(value, torch.Tensor)]
    other = {name: value for name, value in features.items() if name not in names}
    exact = copy.deepcopy(model).float().eval()

    class Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = exact

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            vectors: torch.Tensor = self.model(dict(zip(names, tensors, strict=True)) | other)[
                "sentence_embedding"
            ]
            return vectors

    example = tuple(features[name] for name in names)
    decoder = TorchScriptPythonDecoder(Traced(), example_input=example)
    frontend = FrontEndManager().load_by_framework("pytorch")
    converted = frontend.convert(frontend.load(decoder))
    compiled = core.compile_model(
        converted,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
        },
    )
    request = compiled.create_infer_request()
    lock = threading.Lock()

    def forward(features: Features) -> NDArray[np.float32]:
        inputs = {place: features[name].numpy() for place, name in enumerate(names)}
        with lock:
            request.infer(inputs)
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)

    return forward


def prepare(forward: Forward, features: Callable[[Sequence[str]], Features]) -> None:
    """Computes every usual shape once: one that is new costs as much as three that are known."""
    for size in range(1, _PREPARED_BATCH + 1):
        for length in range(PAD_TOKENS, _PREPARED_TOKENS + 1, PAD_TOKENS):
            forward(features(["a " * (length - PAD_TOKENS // 2)] * size))
