-- Statement trigger on UPDATE OF the execution columns of orders: the booking lock comes before any row lock. Which accounts the rows are of
-- isn't known yet, so it is the session's; a row of another account takes its own lock when it is reached (SET oms.account spares that).
-- INSERT into fills needs none: fills__stamp locks each row's account before anything else is.
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
