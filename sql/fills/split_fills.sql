-- Corrects every execution of an order that counts into the units after a split: quantities multiplied, prices divided. In one statement, in
-- booking order; each keeps its place in the queue and its day, and oms.split_execution() finds it by the id it had. The booking lock is held already.
CREATE OR REPLACE FUNCTION oms.split_fills(order_id bigint, account text, ratio numeric)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO oms.fills (order_id, account, kind, exec_id, exec_ref_id, quantity, price)
  SELECT n.order_id, n.account, 'correct', 'split-' || n.exec_id, n.exec_id, trim_scale(n.quantity * split_fills.ratio), oms.split_price(n.price, split_fills.ratio)
  FROM oms.net_fills n
  WHERE n.order_id = split_fills.order_id AND n.account = split_fills.account AND n.kind <> 'adjust'
  ORDER BY n.place, n.fill_id;
END
$$;

COMMENT ON FUNCTION oms.split_fills(bigint, text, numeric) IS 'Internal: corrects the executions of an order into the units after a split.';
