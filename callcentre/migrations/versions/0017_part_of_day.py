"""The part of the day in which a citizen wants to be rung."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("part_of_day", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("tasks", "part_of_day")
