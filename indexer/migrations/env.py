"""Run by Alembic, on the connection that `indexer.database` opened."""

from alembic import context

from indexer.database import VERSION_TABLE
from indexer.ledger import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
