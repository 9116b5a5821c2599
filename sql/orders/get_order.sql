-- One order by its key. Raises OM001, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.get_order(
  order_id bigint,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_order oms.orders;
BEGIN
  SELECT o.* INTO v_order FROM oms.orders o
  WHERE o.order_id = get_order.order_id AND o.account = get_order.account;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(get_order.order_id, get_order.account);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.get_order(bigint, text) IS 'Returns one order.';
