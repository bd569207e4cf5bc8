"""Callers who are put through to agents, and what the agents do."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = depends_on = None


def _moment(name: str, nullable: bool = True) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("danger", sa.Boolean(), nullable=False),
        _moment("asked_at", nullable=False),
        _moment("queued_at"),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        _moment("taken_at"),
        _moment("ended_at"),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("wrap_up", sa.Text(), nullable=True),
        _moment("wrapped_up_at"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_connections_call_id_calls")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_connections_ticket_id_tickets")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_connections_post_id_posts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    op.create_index(op.f("ix_connections_ticket_id"), "connections", ["ticket_id"])
    op.create_index(op.f("ix_connections_call_id"), "connections", ["call_id"])
    op.create_index(
        "ix_connections_open",
        "connections",
        ["institution"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "agents",
        sa.Column("post_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _moment("since", nullable=False),
        _moment("given_at"),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_agents_post_id_posts")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_agents_connection_id_connections")
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_agents")),
    )


def downgrade() -> None:
    op.drop_table("agents")
    op.drop_table("connections")
