-- Whether an order of a broker's book says what is known here, in all that it says: the common case, told without any look at other tables. Parsed, so
-- that callers inline it. What it doesn't settle, oms.decide_order() does.
CREATE OR REPLACE FUNCTION oms.agrees(said oms.broker_order, known oms.orders)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN (said).defect IS NULL AND (known).side = (said).side AND (known).symbol = (said).symbol AND (known).broker_order_id IS NOT NULL
  AND coalesce((said).filled_quantity, CASE (said).ord_status WHEN 'Filled' THEN (said).quantity END, (known).execution_qty) = (known).execution_qty
  AND ((known).execution_qty = 0 OR oms.same_average((known).execution_price, (said).average_price))
  AND CASE
    WHEN (said).ord_status = 'Filled' THEN (known).leaves_qty = 0 AND (said).quantity = (known).quantity AND (known).execution_qty >= (known).quantity
    WHEN (said).ord_status IN ('Canceled', 'Expired', 'Closed', 'Replaced') THEN (known).end_reason IS NOT NULL OR (known).execution_qty >= (known).quantity
    WHEN (said).ord_status = 'Rejected' THEN (known).rejection_reason IS NOT NULL
    WHEN (said).ord_status = 'Done for Day' THEN false
    ELSE (known).status IN ('pending', 'ongoing') AND (known).end_reason IS NULL AND (known).accepted_at IS NOT NULL AND (known).leaves_qty > 0
      AND (said).quantity = (known).quantity
      AND coalesce((said).limit_price = (known).limit_price, true) AND coalesce((said).stop_price = (known).stop_price, true) END;

COMMENT ON FUNCTION oms.agrees(oms.broker_order, oms.orders) IS 'Internal: whether an order of a broker''s book says what is known here.';
