-- The two roles of the service. Run once, as PostgreSQL's superuser; a second time does nothing.
--
--     callcentre_owner    owns the database, migrates it, and says who may do what in it
--     callcentre          web, worker, clock and the command
--
-- Neither is a superuser and neither has a password: over its socket PostgreSQL lets in whoever is
-- the system user of that name. With PostgreSQL on another host give each one a password, and its
-- processes a DATABASE_URL that holds it.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['callcentre_owner', 'callcentre'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name);
        END IF;
    END LOOP;
END $$;
