"""The first schema: lines, tickets with their promises, the outbox, conversations, the record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None

# Events are never changed. The one exception is erasing body and salt together, which keeps every
# hash valid while the words are gone.
GUARD = """
CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.body IS NULL AND NEW.salt IS NULL
       AND ROW(NEW.id, NEW.ticket_id, NEW.seq, NEW.at, NEW.kind, NEW.actor, NEW.body_hash,
               NEW.previous, NEW.hash, NEW.txid)
           IS NOT DISTINCT FROM
           ROW(OLD.id, OLD.ticket_id, OLD.seq, OLD.at, OLD.kind, OLD.actor, OLD.body_hash,
               OLD.previous, OLD.hash, OLD.txid)
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events are kept as they are: % refused', TG_OP;
END $$;
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION events_are_kept();
CREATE TRIGGER events_are_not_emptied BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept();
"""


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("ticket_numbers")))
    op.create_table(
        "callers",
        sa.Column("number_print", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), server_default=sa.text("'sw'"), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number_print", name=op.f("pk_callers")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("nameless", sa.Boolean(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("key", name=op.f("uq_conversations_key")),
    )
    op.create_index(
        op.f("ix_conversations_touched_at"), "conversations", ["touched_at"], unique=False
    )
    op.create_table(
        "editions",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_editions")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "txid",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("ticket_id", "seq", name=op.f("uq_events_ticket_id_seq")),
    )
    op.create_index(op.f("ix_events_txid_id"), "events", ["txid", "id"], unique=False)
    op.create_table(
        "lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("institutions", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("keeper", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hears", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
        sa.UniqueConstraint(
            "provider", "channel", "address", name=op.f("uq_lines_provider_channel_address")
        ),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("sealed_to", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("wipe", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Text(),
            sa.Computed(
                "CASE WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN cancelled_at IS NOT NULL THEN 'cancelled' WHEN failed_at IS NOT NULL THEN 'failed' WHEN accepted_at IS NOT NULL THEN 'sent' WHEN claimed_until IS NOT NULL THEN 'sending' WHEN held THEN 'held' ELSE 'queued' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(op.f("ix_messages_ticket_id"), "messages", ["ticket_id"], unique=False)
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["priority", "next_at"],
        unique=False,
        postgresql_where=sa.text(
            "accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL"
        ),
    )
    op.create_table(
        "parked_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("to_print", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_receipts")),
        sa.UniqueConstraint(
            "provider",
            "provider_id",
            "status",
            name=op.f("uq_parked_receipts_provider_provider_id_status"),
        ),
    )
    op.create_table(
        "raw_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number_print", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_events")),
        sa.UniqueConstraint(
            "provider", "kind", "key", name=op.f("uq_raw_events_provider_kind_key")
        ),
    )
    op.create_index(op.f("ix_raw_events_at"), "raw_events", ["at"], unique=False)
    op.create_table(
        "seals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_txid", sa.BigInteger(), nullable=False),
        sa.Column("to_txid", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("charter_version", sa.Text(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("sealed_number", sa.LargeBinary(), nullable=True),
        sa.Column("number_print", sa.LargeBinary(), nullable=True),
        sa.Column("number_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_print", sa.LargeBinary(), nullable=True),
        sa.Column("wrong_codes", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "status",
            sa.Text(),
            sa.Computed(
                "CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN closed_at IS NOT NULL THEN 'closed' WHEN answered_at IS NOT NULL THEN 'answered' WHEN assigned_at IS NOT NULL THEN 'assigned' WHEN acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'received' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("ref", name=op.f("uq_tickets_ref")),
    )
    op.create_index(
        op.f("ix_tickets_institution_status_opened_at"),
        "tickets",
        ["institution", "status", "opened_at"],
        unique=False,
    )
    op.create_index(
        "ix_tickets_number_print_opened_at",
        "tickets",
        ["number_print", "opened_at"],
        unique=False,
        postgresql_where=sa.text("number_print IS NOT NULL"),
    )
    op.create_table(
        "additions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_additions_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_additions")),
    )
    op.create_index(op.f("ix_additions_ticket_id"), "additions", ["ticket_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("to_print", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attempts_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_message_id"), "attempts", ["message_id"], unique=False)
    op.create_index(
        "ix_attempts_unknown",
        "attempts",
        ["unknown_at"],
        unique=False,
        postgresql_where=sa.text("unknown_at IS NOT NULL AND accepted_at IS NULL"),
    )
    op.create_index(
        "uq_attempts_provider_provider_id",
        "attempts",
        ["provider", "provider_id"],
        unique=True,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_table(
        "promises",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_amount", sa.SmallInteger(), nullable=False),
        sa.Column("period_unit", sa.Text(), nullable=False),
        sa.Column("clause", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_by", sa.Text(), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_promises_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(
        "ix_promises_open",
        "promises",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("kept_at IS NULL AND broken_at IS NULL AND dropped_at IS NULL"),
    )
    op.create_index(op.f("ix_promises_ticket_id"), "promises", ["ticket_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("sealed_number", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("notes", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_tasks_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_tasks_key")),
    )
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["institution", "due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    # ### end Alembic commands ###
    op.execute(GUARD)


def downgrade() -> None:
    op.drop_index("ix_tasks_open", table_name="tasks", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_table("tasks")
    op.drop_index(op.f("ix_promises_ticket_id"), table_name="promises")
    op.drop_index(
        "ix_promises_open",
        table_name="promises",
        postgresql_where=sa.text("kept_at IS NULL AND broken_at IS NULL AND dropped_at IS NULL"),
    )
    op.drop_table("promises")
    op.drop_index(
        "uq_attempts_provider_provider_id",
        table_name="attempts",
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_attempts_unknown",
        table_name="attempts",
        postgresql_where=sa.text("unknown_at IS NOT NULL AND accepted_at IS NULL"),
    )
    op.drop_index(op.f("ix_attempts_message_id"), table_name="attempts")
    op.drop_table("attempts")
    op.drop_index(op.f("ix_additions_ticket_id"), table_name="additions")
    op.drop_table("additions")
    op.drop_index(
        "ix_tickets_number_print_opened_at",
        table_name="tickets",
        postgresql_where=sa.text("number_print IS NOT NULL"),
    )
    op.drop_index(op.f("ix_tickets_institution_status_opened_at"), table_name="tickets")
    op.drop_table("tickets")
    op.drop_table("seals")
    op.drop_index(op.f("ix_raw_events_at"), table_name="raw_events")
    op.drop_table("raw_events")
    op.drop_table("parked_receipts")
    op.drop_index(
        "ix_messages_waiting",
        table_name="messages",
        postgresql_where=sa.text(
            "accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL"
        ),
    )
    op.drop_index(op.f("ix_messages_ticket_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_table("lines")
    op.drop_index(op.f("ix_events_txid_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("editions")
    op.drop_index(op.f("ix_conversations_touched_at"), table_name="conversations")
    op.drop_table("conversations")
    op.drop_table("callers")
    # ### end Alembic commands ###
    op.execute("DROP FUNCTION events_are_kept")
    op.execute(sa.schema.DropSequence(sa.Sequence("ticket_numbers")))
