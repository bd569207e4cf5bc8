"""Notices: the public answers to those who gave no name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=False),
        sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_notices_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_notices_ticket_id")),
    )
    op.create_index(
        "ix_notices_on_board",
        "notices",
        ["institution", "posted_at"],
        unique=False,
        postgresql_where=sa.text("taken_down_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_notices_on_board",
        table_name="notices",
        postgresql_where=sa.text("taken_down_at IS NULL"),
    )
    op.drop_table("notices")
