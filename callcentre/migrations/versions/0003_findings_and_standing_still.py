"""What an office found of a complaint, and the time for which its targets stood still."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("finding", sa.Text(), nullable=True))
    op.add_column(
        "promises",
        sa.Column("stood_still", sa.Interval(), server_default=sa.text("'0'"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("promises", "stood_still")
    op.drop_column("tickets", "finding")
