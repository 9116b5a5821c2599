-- Refuses an UPDATE of what never changes in an order (OM003). What a whole-row save writes to
-- placed_at that never read it back (null), or that keeps milliseconds, is no change.
CREATE OR REPLACE FUNCTION oms.check_identity(before oms.orders, written oms.orders)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_column CONSTANT text := CASE
    WHEN written.order_id IS DISTINCT FROM before.order_id THEN 'order_id'
    WHEN written.account IS DISTINCT FROM before.account THEN 'account'
    WHEN written.symbol IS DISTINCT FROM before.symbol THEN 'symbol'
    WHEN written.side IS DISTINCT FROM before.side THEN 'side'
    WHEN written.book IS DISTINCT FROM before.book THEN 'book'
    WHEN written.placed_at NOT IN (before.placed_at, date_trunc('milliseconds', before.placed_at)) THEN 'placed_at'
  END;
BEGIN
  IF v_column IS NOT NULL THEN
    PERFORM oms.raise_error('immutable_column', jsonb_build_object('order_id', before.order_id, 'column', v_column));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_identity(oms.orders, oms.orders) IS 'Internal: refuses changes of immutable columns.';
