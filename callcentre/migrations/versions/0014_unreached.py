"""Which recording is the answer that stands, and which alerts reached nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alerts", sa.Column("unheard_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_alerts_message_key"), "alerts", ["message_key"])
    op.create_index(
        "ix_alerts_silent",
        "alerts",
        ["until"],
        postgresql_where=sa.text(
            "code IS NOT NULL AND seen_at IS NULL AND acted_at IS NULL AND unheard_at IS NULL"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_alerts_silent", "alerts")
    op.drop_index(op.f("ix_alerts_message_key"), "alerts")
    op.drop_column("alerts", "unheard_at")
    op.drop_column("recordings", "placed_at")
