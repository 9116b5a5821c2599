-- What is installed here: the schema and the one row that says which version of sql/ was loaded into it.

SET lock_timeout = '5s';

CREATE SCHEMA IF NOT EXISTS oms;
COMMENT ON SCHEMA oms IS 'orderstamp: orders whose every status change is legal, stamped, attributed and logged by the database.';

CREATE TABLE IF NOT EXISTS oms.installation (
  singleton     boolean NOT NULL DEFAULT true,
  version       text COLLATE "C" NOT NULL,
  digest        text COLLATE "C" NOT NULL,
  objects       text[] NOT NULL,
  installed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT installation_pk PRIMARY KEY (singleton),
  CONSTRAINT installation_singleton_ck CHECK (singleton)
);
COMMENT ON TABLE oms.installation IS 'One row: the version of the functions and views that are loaded. Written by orderstamp migrate.';
COMMENT ON COLUMN oms.installation.singleton IS 'Always true: there is only one installation per database.';
COMMENT ON COLUMN oms.installation.version IS 'Version of the code that loaded them; 0 after a rollback. Older code refuses to migrate.';
COMMENT ON COLUMN oms.installation.digest IS 'SHA-256 over the manifest and every file it names.';
COMMENT ON COLUMN oms.installation.objects IS 'What the loader made, as "function oms.name" and "view oms.name"; what leaves this list is dropped.';
COMMENT ON COLUMN oms.installation.installed_at IS 'When this version was first loaded; loading the same files again keeps it.';
