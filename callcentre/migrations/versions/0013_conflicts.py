"""Whom a ticket complains of, what was merged, and what is asked about an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = depends_on = None

COLUMNS = (
    ("officer_at", sa.DateTime(timezone=True)),
    ("centre_at", sa.DateTime(timezone=True)),
    ("merged_into", sa.BigInteger()),
    ("answer_print", sa.LargeBinary()),
    ("kept_check_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("tickets", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_tickets_merged_into_tickets"), "tickets", "tickets", ["merged_into"], ["id"]
    )
    op.create_index(
        "ix_tickets_merged_into",
        "tickets",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_answer_print",
        "tickets",
        ["answer_print", "answered_at"],
        postgresql_where=sa.text("answer_print IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_kept_check_at",
        "tickets",
        ["kept_check_at"],
        postgresql_where=sa.text("kept_check_at IS NOT NULL"),
    )
    op.create_table(
        "accused",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("number_print", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_accused_ticket_id_tickets")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_accused_post_id_posts")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_accused_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accused")),
        sa.UniqueConstraint("ticket_id", "post_id", name=op.f("uq_accused_ticket_id_post_id")),
    )


def downgrade() -> None:
    op.drop_table("accused")
    for name, _ in reversed(COLUMNS):
        op.drop_column("tickets", name)
