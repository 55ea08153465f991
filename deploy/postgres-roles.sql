-- The database and its three roles. Run once, as a superuser; running it again sets passwords and timeouts anew.
--
-- Passwords come from files, so that they stand neither in this file nor in the process list:
--   psql -v secrets=/etc/daypass/secrets -f postgres-roles.sql postgres
-- (files database_owner_password, database_web_password, database_worker_password; make-secrets.sh makes them).
--
-- What each role may do to each table is not here: every `manage.py migrate` sets it, from portal/privileges.py.
\set ON_ERROR_STOP on
\if :{?secrets}
\else
    \set secrets /run/secrets
\endif
\set owner_file :secrets /database_owner_password
\set web_file :secrets /database_web_password
\set worker_file :secrets /database_worker_password
\set owner_password `cat :'owner_file'`
\set web_password `cat :'web_file'`
\set worker_password `cat :'worker_file'`

SET password_encryption = 'scram-sha-256';

SELECT format('CREATE ROLE %I', role)
    FROM unnest(ARRAY['daypass_owner', 'daypass_web', 'daypass_worker']) AS role
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

-- The owner migrates and does nothing else; no running process knows its password.
ALTER ROLE daypass_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'owner_password';
ALTER ROLE daypass_web LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'web_password';
ALTER ROLE daypass_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'worker_password';

-- Per role and not per connection: a pooler in between drops what is set when connecting.
ALTER ROLE daypass_web SET statement_timeout = '30s';
ALTER ROLE daypass_web SET lock_timeout = '5s';
ALTER ROLE daypass_web SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE daypass_worker SET statement_timeout = '60s';
ALTER ROLE daypass_worker SET lock_timeout = '5s';
ALTER ROLE daypass_worker SET idle_in_transaction_session_timeout = '30s';

SELECT 'CREATE DATABASE daypass OWNER daypass_owner ENCODING ''UTF8'' TEMPLATE template0'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'daypass')
\gexec
REVOKE ALL ON DATABASE daypass FROM PUBLIC;
GRANT CONNECT ON DATABASE daypass TO daypass_web, daypass_worker;
