-- The order as the database knew it at a past moment: the fold of the events recorded until then. All null before it was placed.
-- Raises OM001, OM009.
CREATE OR REPLACE FUNCTION oms.order_as_of(order_id bigint, as_of timestamptz, account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_order oms.orders := oms.get_order(order_as_of.order_id, order_as_of.account);
BEGIN
  SELECT v.* INTO v_order
  FROM (
    SELECT max(e.seq) AS seq FROM oms.order_events e
    WHERE e.order_id = order_as_of.order_id AND e.account = order_as_of.account AND e.recorded_at <= order_as_of.as_of) l
  CROSS JOIN LATERAL oms.order_at_version(order_as_of.order_id, l.seq, order_as_of.account) v;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.order_as_of(bigint, timestamptz, text) IS 'Returns the order as it was recorded at a past moment.';
