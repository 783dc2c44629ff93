"""What worker processes need, loaded once by the process that they are forked from.

Imported there by its name, see `indexer.workers`; each worker would take half a second and 100 MB
for it.
"""

import indexer.cut  # noqa: F401
import indexer.intake  # noqa: F401
from indexer.language import load

load()
