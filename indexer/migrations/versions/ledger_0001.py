"""Runs, inputs, their units and rejected records."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "ledger_runs",
        sa.Column("run_id", sa.Integer, primary_key=True),
        sa.Column("index_id", sa.String(32), nullable=False, index=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("generation", sa.String(64)),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "ledger_inputs",
        sa.Column("input_id", sa.Integer, primary_key=True),
        sa.Column("index_id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column(
            "run_id", sa.Integer, sa.ForeignKey("ledger_runs.run_id"), nullable=False, index=True
        ),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("collection", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("read", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.JSON, nullable=False),
        sa.Column("damaged", sa.BigInteger, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("generation", sa.String(64)),
        sa.UniqueConstraint("index_id", "key"),
    )
    op.create_table(
        "ledger_units",
        sa.Column(
            "input_id", sa.Integer, sa.ForeignKey("ledger_inputs.input_id"), primary_key=True
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("documents", sa.Integer, nullable=False),
    )
    op.create_table(
        "ledger_rejections",
        sa.Column(
            "rejection_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
        ),
        sa.Column("input_id", sa.Integer, sa.ForeignKey("ledger_inputs.input_id"), index=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("ledger_runs.run_id"), index=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("length", sa.BigInteger),
        sa.Column("base", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("damaged", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    for table in ("ledger_rejections", "ledger_units", "ledger_inputs", "ledger_runs"):
        op.drop_table(table)
