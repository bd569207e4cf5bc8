"""What follows an answer, referrals, danger, and the questions that a citizen's number is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = depends_on = None

BEFORE = (
    "CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'"
    " WHEN closed_at IS NOT NULL THEN 'closed'"
    " WHEN answered_at IS NOT NULL THEN 'answered'"
    " WHEN assigned_at IS NOT NULL THEN 'assigned'"
    " WHEN acknowledged_at IS NOT NULL THEN 'acknowledged'"
    " ELSE 'received' END"
)
AFTER = (
    "CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'"
    " WHEN closed_at IS NOT NULL THEN 'closed'"
    " WHEN referred_at IS NOT NULL THEN 'referred'"
    " WHEN answered_at IS NOT NULL THEN 'answered'"
    " WHEN escalated_at IS NOT NULL THEN 'escalated'"
    " WHEN assigned_at IS NOT NULL THEN 'assigned'"
    " WHEN acknowledged_at IS NOT NULL THEN 'acknowledged'"
    " ELSE 'received' END"
)
INDEX = "ix_tickets_institution_status_opened_at"
MOMENTS = ("escalated_at", "satisfied_at", "referred_at", "danger_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("tickets", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("referred_to", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("referral_of", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_tickets_referral_of_tickets", "tickets", "tickets", ["referral_of"], ["id"]
    )
    op.add_column(
        "tickets",
        sa.Column("level", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
    )
    _status(AFTER)
    op.create_index(
        "ix_tickets_unconfirmed",
        "tickets",
        ["answered_at"],
        postgresql_where=sa.text("answered_at IS NOT NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "expects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number_print", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_expects_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expects")),
        sa.UniqueConstraint("ticket_id", "kind", name=op.f("uq_expects_ticket_id_kind")),
    )
    op.create_index(
        "ix_expects_open",
        "expects",
        ["number_print"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("expects")
    op.drop_index("ix_tickets_unconfirmed", table_name="tickets")
    _status(BEFORE)
    op.drop_constraint("fk_tickets_referral_of_tickets", "tickets", type_="foreignkey")
    for name in (*MOMENTS, "referred_to", "referral_of", "level"):
        op.drop_column("tickets", name)


def _status(sum_of_facts: str) -> None:
    op.drop_index(INDEX, table_name="tickets")
    op.drop_column("tickets", "status")
    op.add_column("tickets", sa.Column("status", sa.Text(), sa.Computed(sum_of_facts, True)))
    op.create_index(INDEX, "tickets", ["institution", "status", "opened_at"])
