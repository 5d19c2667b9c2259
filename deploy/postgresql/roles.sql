-- Two roles: sms_owner makes and changes the schema (`sms-service db upgrade` alone), sms_app is
-- what web, workers, beat and the other commands are. Once, as a superuser, in the service's
-- empty database; \password sms_owner and \password sms_app afterwards.

CREATE ROLE sms_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE sms_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO sms_owner;
GRANT USAGE ON SCHEMA public TO sms_app;

-- Imports stage their rows in temporary tables.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO sms_owner', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO sms_app', current_database());
END
$$;
