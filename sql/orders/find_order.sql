-- The order with that client or broker id: one row, or none. A client_order_id may be any the order ever had, or that of a request about it.
-- Raises OM007 where neither is given.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.find_order(
  client_order_id text DEFAULT NULL,
  broker_order_id text DEFAULT NULL,
  broker text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.orders
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_order_id CONSTANT bigint := oms.order_by_client_id(find_order.client_order_id, find_order.account);
BEGIN
  IF find_order.client_order_id IS NULL AND find_order.broker_order_id IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'client_order_id'), 'give client_order_id or broker_order_id');
  END IF;
  RETURN QUERY
    SELECT o.* FROM oms.orders o
    WHERE o.account = find_order.account
      AND (find_order.client_order_id IS NULL OR o.order_id = v_order_id)
      AND (find_order.broker_order_id IS NULL OR o.broker_order_id = find_order.broker_order_id)
      AND (find_order.broker IS NULL OR o.broker = find_order.broker);
END
$$;

COMMENT ON FUNCTION oms.find_order(text, text, text, text) IS 'Returns the order with that client_order_id (any it ever had) or broker_order_id, or no row.';
