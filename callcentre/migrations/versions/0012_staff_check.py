"""What staff are asked and answer by SMS: whether they hold their posts, and alerts by code."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posts", sa.Column("answer_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_promises_broken",
        "promises",
        ["ticket_id"],
        postgresql_where=sa.text(
            "broken_at IS NOT NULL AND kept_at IS NULL AND dropped_at IS NULL"
        ),
    )
    op.create_index(
        "ix_alerts_post",
        "alerts",
        ["post_id", "code"],
        postgresql_where=sa.text("code IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_alerts_post", table_name="alerts")
    op.drop_index("ix_promises_broken", table_name="promises")
    op.drop_column("posts", "answer_until")
    op.drop_column("posts", "asked_at")
