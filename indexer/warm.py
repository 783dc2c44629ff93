"""What worker processes need, loaded once by the process that they are forked from.

Imported there by its name, see `indexer.workers`; each worker would take half a second and 100 MB
for it.
"""

from contextlib import suppress

import indexer.cut  # noqa: F401
import indexer.intake  # noqa: F401
from indexer.language import load

with suppress(Exception):  # whatever it is, it is told where a worker meets it
    load()
