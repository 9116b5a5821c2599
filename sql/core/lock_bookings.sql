-- Serialises the booking of fills within one account until the end of the transaction.
-- Taken before any position or order row, so that bookings never wait for each other in a circle.
CREATE OR REPLACE FUNCTION oms.lock_bookings(account text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('oms.bookings ' || lock_bookings.account, 0));
END
$$;

COMMENT ON FUNCTION oms.lock_bookings(text) IS 'Internal: the transaction-level booking lock of an account.';
