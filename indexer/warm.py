"""What worker processes need, loaded once by the process that they are forked from.

Imported there by its name, see `indexer.workers`; each worker would load it anew.
"""

from contextlib import suppress

from indexer.language import load

with suppress(Exception):  # whatever it is, it is told where a worker meets it
    load()
