"""Several routes for a message, their circuit breakers, what was spent, and proof that never came."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = depends_on = None

STATUS = (
    "CASE WHEN delivered_at IS NOT NULL THEN 'delivered'"
    " WHEN cancelled_at IS NOT NULL THEN 'cancelled'"
    " WHEN failed_at IS NOT NULL THEN 'failed'"
    "{unproven}"
    " WHEN accepted_at IS NOT NULL THEN 'sent'"
    " WHEN claimed_until IS NOT NULL THEN 'sending'"
    " WHEN held THEN 'held' ELSE 'queued' END"
)
BEFORE = STATUS.format(unproven="")
AFTER = STATUS.format(unproven=" WHEN unproven_at IS NOT NULL THEN 'unproven'")


def upgrade() -> None:
    op.add_column("messages", sa.Column("others", sa.Text(), nullable=True))
    op.add_column(
        "messages",
        sa.Column("start", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("messages", sa.Column("unproven_at", sa.DateTime(timezone=True), nullable=True))
    _status(AFTER)
    op.create_index(
        "ix_messages_unproven",
        "messages",
        ["accepted_at"],
        postgresql_where=sa.text(
            "accepted_at IS NOT NULL AND delivered_at IS NULL AND failed_at IS NULL"
            " AND unproven_at IS NULL"
        ),
    )
    op.add_column("attempts", sa.Column("sender", sa.Text(), nullable=True))
    op.add_column(
        "attempts",
        sa.Column("cost", sa.Numeric(12, 2), server_default=sa.text("0"), nullable=False),
    )
    op.create_index("ix_attempts_to_print_started_at", "attempts", ["to_print", "started_at"])
    op.add_column(
        "parked_receipts",
        sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "routes",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("provider", "sender", name=op.f("pk_routes")),
    )
    op.create_table(
        "spending",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(14, 2), nullable=False),
        sa.PrimaryKeyConstraint("institution", "day", name=op.f("pk_spending")),
    )
    op.create_table(
        "paces",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_paces")),
    )
    op.create_table(
        "watches",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("oldest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watches")),
    )
    op.create_table(
        "checked",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checked")),
    )


def downgrade() -> None:
    for table in ("checked", "watches", "paces", "spending", "routes"):
        op.drop_table(table)
    op.drop_column("parked_receipts", "again")
    op.drop_index("ix_attempts_to_print_started_at", table_name="attempts")
    for name in ("cost", "sender"):
        op.drop_column("attempts", name)
    op.drop_index("ix_messages_unproven", table_name="messages")
    _status(BEFORE)
    for name in ("unproven_at", "start", "others"):
        op.drop_column("messages", name)


def _status(sum_of_facts: str) -> None:
    op.drop_column("messages", "status")
    op.add_column("messages", sa.Column("status", sa.Text(), sa.Computed(sum_of_facts, True)))
