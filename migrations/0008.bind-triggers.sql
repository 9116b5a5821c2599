-- The trigger bindings. They fire by name: t00 locks and keeps, t10 checks, t20 stamps, t50 books, t90 logs.

SET lock_timeout = '5s';

-- Fail-closed: until `make migrate` has loaded sql/, every guarded write is refused.
DO $do$
BEGIN
  IF to_regprocedure('oms.bookings__lock()') IS NULL THEN
    CREATE FUNCTION oms.bookings__lock() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.history__keep()') IS NULL THEN
    CREATE FUNCTION oms.history__keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.orders__place()') IS NULL THEN
    CREATE FUNCTION oms.orders__place() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.orders__stamp()') IS NULL THEN
    CREATE FUNCTION oms.orders__stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.orders__log()') IS NULL THEN
    CREATE FUNCTION oms.orders__log() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.orders__log_new()') IS NULL THEN
    CREATE FUNCTION oms.orders__log_new() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.fills__stamp()') IS NULL THEN
    CREATE FUNCTION oms.fills__stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
  IF to_regprocedure('oms.fills__book()') IS NULL THEN
    CREATE FUNCTION oms.fills__book() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stub$
    BEGIN -- orderstamp: not installed
      RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
    END $stub$;
  END IF;
END $do$;

CREATE OR REPLACE TRIGGER t00_lock BEFORE UPDATE OF execution_qty, execution_price ON oms.orders
  FOR EACH STATEMENT
  EXECUTE FUNCTION oms.bookings__lock();
COMMENT ON TRIGGER t00_lock ON oms.orders IS 'Takes the booking lock of the account before any row is locked.';

CREATE OR REPLACE TRIGGER t00_keep BEFORE DELETE OR TRUNCATE ON oms.orders
  FOR EACH STATEMENT
  EXECUTE FUNCTION oms.history__keep();
COMMENT ON TRIGGER t00_keep ON oms.orders IS 'Orders are never deleted.';

CREATE OR REPLACE TRIGGER t20_place BEFORE INSERT ON oms.orders
  FOR EACH ROW
  EXECUTE FUNCTION oms.orders__place();
COMMENT ON TRIGGER t20_place ON oms.orders IS 'Refuses bad terms; sets what the database owns in a new order.';

CREATE OR REPLACE TRIGGER t20_stamp BEFORE UPDATE ON oms.orders
  FOR EACH ROW
  EXECUTE FUNCTION oms.orders__stamp();
COMMENT ON TRIGGER t20_stamp ON oms.orders IS 'Derives status and quantities, sets the stamps, refuses what can''t be.';

CREATE OR REPLACE TRIGGER t90_log_new AFTER INSERT ON oms.orders
  FOR EACH ROW
  EXECUTE FUNCTION oms.orders__log_new();
COMMENT ON TRIGGER t90_log_new ON oms.orders IS 'Writes the first event.';

CREATE OR REPLACE TRIGGER t90_log AFTER UPDATE ON oms.orders
  FOR EACH ROW
  EXECUTE FUNCTION oms.orders__log();
COMMENT ON TRIGGER t90_log ON oms.orders IS 'Writes the event of the change; books the fill that a raw update implies.';

CREATE OR REPLACE TRIGGER t00_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON oms.fills
  FOR EACH STATEMENT
  EXECUTE FUNCTION oms.history__keep();
COMMENT ON TRIGGER t00_keep ON oms.fills IS 'Fills are append-only.';

CREATE OR REPLACE TRIGGER t10_stamp BEFORE INSERT ON oms.fills
  FOR EACH ROW
  EXECUTE FUNCTION oms.fills__stamp();
COMMENT ON TRIGGER t10_stamp ON oms.fills IS 'Checks a fill and completes it from its order.';

CREATE OR REPLACE TRIGGER t50_book AFTER INSERT ON oms.fills REFERENCING NEW TABLE AS new_fills
  FOR EACH STATEMENT
  EXECUTE FUNCTION oms.fills__book();
COMMENT ON TRIGGER t50_book ON oms.fills IS 'Matches the fills of the statement; orders and positions follow.';

CREATE OR REPLACE TRIGGER t00_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON oms.order_events
  FOR EACH STATEMENT
  EXECUTE FUNCTION oms.history__keep();
COMMENT ON TRIGGER t00_keep ON oms.order_events IS 'The log is append-only.';
