"""Declared holidays, the calendar each promise was computed with, and questions to citizens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None

OPEN = sa.text("kept_at IS NULL AND broken_at IS NULL AND dropped_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "declarations",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_declarations")),
    )
    op.add_column(
        "promises",
        sa.Column("calendar", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("tickets", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("asked_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_promises_open_calendar", "promises", ["calendar"], postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_promises_open_calendar", table_name="promises", postgresql_where=OPEN)
    op.drop_column("promises", "calendar")
    op.drop_column("tickets", "asked_until")
    op.drop_column("tickets", "asked_at")
    op.drop_table("declarations")
