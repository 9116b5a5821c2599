-- Statement trigger: the booking lock comes before any row lock (on INSERT into fills, on UPDATE OF the execution columns).
-- The account is the session's; a row of another account takes its own lock when it is reached.
CREATE OR REPLACE FUNCTION oms.bookings__lock()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM oms.lock_bookings(oms.current_account());
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.bookings__lock() IS 'Trigger: takes the booking lock of the session''s account before a statement that may book fills.';
