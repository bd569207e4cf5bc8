-- What the role `callcentre` may do. Run by the owner after every migration, as
-- callcentre-migrate.service does; all of it holds at once or not at all.
--
-- Tables are read, added to and changed. Deleting is for what is kept for a while only; a migration
-- whose table is deleted from, or is never changed, is named here in the same commit.
BEGIN;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO callcentre', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO callcentre;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM callcentre;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO callcentre;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO callcentre;

-- The same for what the next migration makes, from the moment it makes it.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO callcentre;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO callcentre;

-- Kept for a while only.
GRANT DELETE ON calls, conversations, outbox_hold, parked_receipts, raw_events, routes TO callcentre;

-- Written once.
REVOKE UPDATE ON declarations, events, seals FROM callcentre;
REVOKE INSERT, UPDATE ON alembic_version FROM callcentre;

COMMIT;
