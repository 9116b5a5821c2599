-- Whether an id in a broker's book means this order, whose id it is: with its day or symbol where that makes it unique, or alone where it can mean no
-- other. A number that starts anew every day doesn't mean an order that was over before that day. Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.means_order(said oms.broker_order, known oms.orders, order_ids text, time_zone text)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY INVOKER
RETURN order_ids = 'unique' OR (known).broker_order_id = (said).qualified_id
  OR (order_ids = 'symbol' AND coalesce(oms.same_symbol((known).symbol, (said).symbol), true))
  OR (order_ids = 'daily' AND (((known).leaves_qty = 0) IS NOT TRUE OR (said).qualified_id IS NULL
      OR to_char(CASE WHEN (known).execution_qty > 0 THEN (known).execution_time ELSE coalesce((known).closed_at, (known).updated_at) END
        AT TIME ZONE time_zone, 'YYYY-MM-DD') >= split_part((said).qualified_id, '@', 2))
    -- Nor one that the broker had before that day.
    AND coalesce(to_char((known).accepted_at AT TIME ZONE time_zone, 'YYYY-MM-DD') >= split_part((said).qualified_id, '@', 2), true));

COMMENT ON FUNCTION oms.means_order(oms.broker_order, oms.orders, text, text) IS 'Internal: whether an id in a broker''s book means this order.';
