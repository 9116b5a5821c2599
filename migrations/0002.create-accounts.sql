-- Tenants: optional settings per account, and which database roles may act for it.

SET lock_timeout = '5s';

-- Column defaults and policies call these two; the stubs refuse until `make migrate` has loaded sql/.
DO $do$
BEGIN
  IF to_regprocedure('oms.current_account()') IS NULL THEN
    CREATE FUNCTION oms.current_account() RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.my_accounts()') IS NULL THEN
    CREATE FUNCTION oms.my_accounts() RETURNS text[] LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
END $do$;

CREATE TABLE IF NOT EXISTS oms.accounts (
  account                   text COLLATE "C" NOT NULL,
  currency_label            text NOT NULL DEFAULT 'Rs',
  time_zone                 text NOT NULL DEFAULT 'Asia/Kolkata',
  allow_nonpositive_prices  boolean NOT NULL DEFAULT false,
  CONSTRAINT accounts_pk PRIMARY KEY (account),
  CONSTRAINT accounts_account_ck CHECK (btrim(account) <> '')
);
COMMENT ON TABLE oms.accounts IS 'Optional settings of an account (the tenant key). An account without a row uses the defaults.';
COMMENT ON COLUMN oms.accounts.account IS 'Tenant key, as in every other table.';
COMMENT ON COLUMN oms.accounts.currency_label IS 'Printed before prices in reasons, as in "Order executed at Rs 102.50".';
COMMENT ON COLUMN oms.accounts.time_zone IS 'IANA name of the zone of the account''s trading day.';
COMMENT ON COLUMN oms.accounts.allow_nonpositive_prices IS 'Accept zero and negative prices (spreads, some futures).';

CREATE TABLE IF NOT EXISTS oms.account_members (
  role     text COLLATE "C" NOT NULL,
  account  text COLLATE "C" NOT NULL,
  CONSTRAINT account_members_pk PRIMARY KEY (role, account),
  CONSTRAINT account_members_account_ck CHECK (btrim(account) <> '')
);
COMMENT ON TABLE oms.account_members IS 'Which database roles, or members of them, may act for which account. Row-level security reads it.';
COMMENT ON COLUMN oms.account_members.role IS 'A database role; whoever logs in as a member of it is meant too.';
COMMENT ON COLUMN oms.account_members.account IS 'The account that role may act for.';

INSERT INTO oms.account_members (role, account)
VALUES ('oms_trader', 'default'), ('oms_reader', 'default'), ('oms_auditor', 'default')
ON CONFLICT DO NOTHING;
