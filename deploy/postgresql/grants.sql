-- What sms_app may do with the tables. As sms_owner, after each `sms-service db upgrade`;
-- harmless when nothing is new.

BEGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO sms_app;
-- SELECT, too, for who makes a copy of the database.
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO sms_app;

-- The audit log is added to, and never changed: not by whoever holds sms_app's password either.
REVOKE UPDATE, DELETE ON audit FROM sms_app;
-- Which schema this is, the owner alone decides.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM sms_app;

-- From PostgreSQL 17 on an import may renew the planner's statistics at once; before, and
-- without this, autovacuum does it within a minute.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO sms_app;
    END IF;
END
$$;
COMMIT;
