"""The outbox held as a whole; transaction ids of the record that go on after a restore."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = depends_on = None

# Seals cover ranges of transaction ids, and another server counts them from the start: a restore
# replaces the function by one that adds what is missing (callcentre/backup/afterwards.py).
FUNCTION = """
CREATE FUNCTION record_txid(id xid8) RETURNS bigint LANGUAGE sql STABLE
RETURN id::text::bigint + 0
"""


def upgrade() -> None:
    op.create_table(
        "outbox_hold",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_hold_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_hold")),
    )
    op.execute(FUNCTION)
    op.alter_column("events", "txid", server_default=sa.text("record_txid(pg_current_xact_id())"))


def downgrade() -> None:
    op.alter_column(
        "events", "txid", server_default=sa.text("(pg_current_xact_id()::text::bigint)")
    )
    op.execute("DROP FUNCTION record_txid(xid8)")
    op.drop_table("outbox_hold")
