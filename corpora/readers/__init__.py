"""The readers, one module each: a module with a `READER` in this folder is a kind of input."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from corpora.reader import Reader


def find_readers() -> Mapping[str, Reader]:
    """Every reader in this folder by its kind, in alphabetical order of the modules."""
    found: dict[str, Reader] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        reader: Reader = import_module(f"{__name__}.{module}").READER
        found[reader.kind] = reader
    return found
