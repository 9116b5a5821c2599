-- Until the end of the transaction nobody takes that id for a request while it is taken for an order: a request locks it alone, orders share it.
-- By one of 256 keys per account, so that a bulk of new orders doesn't fill the lock table.
CREATE OR REPLACE FUNCTION oms.lock_client_id(client_order_id text, account text, alone boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF alone THEN
    PERFORM pg_advisory_xact_lock(hashtext('oms.ids ' || account), hashtext(client_order_id) & 255);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(hashtext('oms.ids ' || account), hashtext(client_order_id) & 255);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.lock_client_id(text, text, boolean) IS 'Internal: locks a client_order_id against being taken for an order and for a request at once.';
