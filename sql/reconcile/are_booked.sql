-- Whether an order has every one of these trades as a fill with the same content.
CREATE OR REPLACE FUNCTION oms.are_booked(trades oms.broker_trade[], order_id bigint, account text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN NOT EXISTS (
    SELECT FROM unnest(are_booked.trades) t
    WHERE t.defect IS NOT NULL OR NOT EXISTS (
      SELECT FROM oms.fills f
      WHERE f.order_id = are_booked.order_id AND f.exec_id = t.exec_id AND f.account = are_booked.account
        AND f.quantity = t.quantity AND oms.same_price(f.price, t.price)));
END
$$;

COMMENT ON FUNCTION oms.are_booked(oms.broker_trade[], bigint, text) IS 'Internal: whether an order has these trades as fills.';
