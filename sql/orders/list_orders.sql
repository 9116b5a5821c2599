-- Orders in the order they last changed, a page at a time. The next page: updated_since and after are updated_at and order_id of the last row.
-- Polling this can miss an order whose transaction commits late: its updated_at may lie before a page already read. Raises OM007.
CREATE OR REPLACE FUNCTION oms.list_orders(
  status text DEFAULT NULL,
  updated_since timestamptz DEFAULT NULL,
  max_rows integer DEFAULT 100,
  after bigint DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.orders
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF list_orders.after IS NOT NULL AND list_orders.updated_since IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'after'), 'after goes with updated_since: the two values of the last row read');
  ELSIF (list_orders.max_rows BETWEEN 1 AND 10000) IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'max_rows', 'value', list_orders.max_rows), 'max_rows is between 1 and 10000');
  ELSIF list_orders.status NOT IN ('pending', 'ongoing', 'closed', 'failed', 'cancelled') THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'status', 'value', list_orders.status), 'status is one of: pending, ongoing, closed, failed, cancelled');
  END IF;
  RETURN QUERY
    SELECT o.* FROM oms.orders o
    WHERE o.account = list_orders.account
      AND (list_orders.status IS NULL OR o.status = list_orders.status)
      AND (o.updated_at, o.order_id) > (coalesce(list_orders.updated_since, '-infinity'),
        CASE WHEN list_orders.updated_since IS NULL THEN 0 ELSE coalesce(list_orders.after, -1) END)
    ORDER BY o.updated_at, o.order_id
    LIMIT list_orders.max_rows;
END
$$;

COMMENT ON FUNCTION oms.list_orders(text, timestamptz, integer, bigint, text) IS 'Returns orders that changed at or after updated_since, in that order, up to max_rows.';
