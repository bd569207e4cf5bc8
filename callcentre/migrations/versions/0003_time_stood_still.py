"""The working time for which an office's target stood still while the citizen was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column(
        "promises",
        sa.Column("stood_still", sa.Interval(), server_default=sa.text("'0'"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("promises", "stood_still")
