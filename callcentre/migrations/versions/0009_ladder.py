"""The next step of each promise, and the alerts that steps became.

Steps of promises that are open already are counted by the clock afterwards, in batches.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("promises", sa.Column("next_step", sa.SmallInteger(), nullable=True))
    op.add_column("promises", sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_promises_next_step",
        "promises",
        ["next_step_at"],
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.create_index(
        "ix_promises_no_step_yet",
        "promises",
        ["id"],
        postgresql_where=sa.text("next_step IS NULL AND kept_at IS NULL AND dropped_at IS NULL"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("promise_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("number_print", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("goes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("act", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_alerts_ticket_id_tickets")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promises.id"], name=op.f("fk_alerts_promise_id_promises")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_alerts_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "promise_id", "step", "post_id", name=op.f("uq_alerts_promise_id_step_post_id")
        ),
    )
    op.create_index(op.f("ix_alerts_ticket_id"), "alerts", ["ticket_id"])
    op.create_index(op.f("ix_alerts_number_print_goes_at"), "alerts", ["number_print", "goes_at"])
    op.create_index(
        "uq_alerts_code",
        "alerts",
        ["number_print", "code"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND code IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("alerts")
    op.drop_index("ix_promises_no_step_yet", table_name="promises")
    op.drop_index("ix_promises_next_step", table_name="promises")
    op.drop_column("promises", "next_step_at")
    op.drop_column("promises", "next_step")
