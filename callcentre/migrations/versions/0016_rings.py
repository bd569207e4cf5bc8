"""Calls that we place: when somebody is rung for a task, and what came of each call."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("line", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("ring_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "tasks",
        sa.Column("rang", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_index(
        "ix_tasks_ring_at",
        "tasks",
        ["ring_at"],
        postgresql_where=sa.text("ring_at IS NOT NULL AND done_at IS NULL"),
    )
    op.create_table(
        "rings",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("to_print", sa.LargeBinary(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("cost", sa.Numeric(12, 2), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_rings_task_id_tasks")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_rings_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rings")),
        sa.UniqueConstraint("request", name=op.f("uq_rings_request")),
    )
    op.create_index(
        "uq_rings_open",
        "rings",
        ["task_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(op.f("ix_rings_task_id"), "rings", ["task_id"])
    op.create_index(op.f("ix_rings_to_print_placed_at"), "rings", ["to_print", "placed_at"])
    op.create_index(op.f("ix_rings_provider_call_id"), "rings", ["provider", "call_id"])


def downgrade() -> None:
    op.drop_table("rings")
    op.drop_index("ix_tasks_ring_at", table_name="tasks")
    for name in ("rang", "ring_at", "line"):
        op.drop_column("tasks", name)
