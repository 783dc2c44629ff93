"""Arrays on disk: written as a stream, read through a memory map.

Written through plain files rather than a writable map: on a full disk a map kills the process
with a bus error, a file raises OSError.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def write_array(
    path: Path, shape: tuple[int, ...], dtype: DTypeLike, parts: Iterable[NDArray[Any]]
) -> None:
    """Writes a .npy file part by part.

    Args:
        path: file to write.
        shape: of the whole array.
        dtype: of the whole array; parts are converted to it.
        parts: consecutive along the first axis, together exactly `shape`.

    Raises:
        ValueError: the parts do not fill the shape.
    """
    kind = np.dtype(dtype)
    header = {"descr": kind.str, "fortran_order": False, "shape": shape}
    written = 0
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            if part.shape[1:] != shape[1:]:
                raise ValueError(f"{path.name}: a part of shape {part.shape} in one of {shape}")
            np.ascontiguousarray(part, dtype=kind).tofile(file)
            written += len(part)
    if written != shape[0]:
        raise ValueError(f"{path.name}: {written} rows written instead of {shape[0]}")


def map_array(path: Path) -> NDArray[Any]:
    """A .npy file, mapped; as a plain array, since slicing a np.memmap costs ten times as much.

    Raises:
        OSError, ValueError: the file is missing or broken.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r"))
    except (EOFError, SyntaxError) as error:  # how numpy says "empty" and "garbled header"
        raise ValueError(f"{path.name} is not an array") from error
