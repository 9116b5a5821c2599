-- The tables stay guarded: what the triggers call becomes a stub that refuses every write.

SET lock_timeout = '5s';

CREATE OR REPLACE FUNCTION oms.bookings__lock() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.history__keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.orders__place() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.orders__stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.orders__log() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.orders__log_new() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.fills__stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
CREATE OR REPLACE FUNCTION oms.fills__book() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
BEGIN -- orderstamp: not installed
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END $stub$;
