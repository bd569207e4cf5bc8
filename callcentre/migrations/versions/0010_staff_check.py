"""What staff answer by SMS: the alerts of a post by their codes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_alerts_post",
        "alerts",
        ["post_id", "code"],
        postgresql_where=sa.text("code IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_alerts_post", table_name="alerts")
