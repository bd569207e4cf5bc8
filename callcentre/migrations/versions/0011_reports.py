"""The indexes by which reports find the promises of a period, and those that are open.

Building them locks the table for seconds at a million promises.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = depends_on = None


def upgrade() -> None:
    told = "internal IS false AND dropped_at IS NULL"
    op.create_index("ix_promises_told", "promises", ["due_at"], postgresql_where=sa.text(told))
    op.create_index(
        "ix_promises_unkept",
        "promises",
        ["due_at"],
        postgresql_where=sa.text(f"{told} AND kept_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_promises_unkept", "promises")
    op.drop_index("ix_promises_told", "promises")
