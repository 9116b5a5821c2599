-- Corrects every execution of an order that counts, and happened before that time (null: all), into the units after a split: quantities multiplied, prices divided. In one statement, in
-- booking order; each keeps its place in the queue and its day, and oms.split_execution() finds it by the id it had. Of what is held only the
-- order's own part changes: what other orders had taken from it, or it from them, in old units, is made up for by an adjustment.
-- The booking lock is held already.
CREATE OR REPLACE FUNCTION oms.split_fills(order_id bigint, account text, ratio numeric, before timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_order CONSTANT oms.orders := oms.get_order(split_fills.order_id, split_fills.account);
  v_own numeric;
  v_held numeric;
  v_price numeric;
  v_excess numeric;
BEGIN
  SELECT v_order.open_qty + coalesce(sum(oms.split_quantity(l.quantity, split_fills.ratio) - l.quantity), 0) INTO v_own
  FROM oms.position_lots l
  JOIN oms.fills f ON f.fill_id = l.fill_id AND f.account = l.account
  WHERE l.order_id = v_order.order_id AND l.account = v_order.account AND (split_fills.before IS NULL OR f.occurred_at < split_fills.before);
  SELECT coalesce(sum(p.quantity), 0) + (v_own - v_order.open_qty) * CASE v_order.side WHEN 'buy' THEN 1 ELSE -1 END, max(p.average_price)
    INTO v_held, v_price
  FROM oms.positions p
  WHERE p.symbol = v_order.symbol AND p.account = v_order.account AND p.book = v_order.book;
  INSERT INTO oms.fills (order_id, account, kind, exec_id, exec_ref_id, quantity, price, reason)
  SELECT n.order_id, n.account, 'correct', 'split-' || n.exec_id, n.exec_id, oms.split_quantity(n.quantity, split_fills.ratio),
    oms.split_price(n.price, split_fills.ratio), 'split of order ' || v_order.order_id
  FROM oms.net_fills n
  JOIN oms.fills f ON f.fill_id = n.place AND f.account = n.account
  WHERE n.order_id = v_order.order_id AND n.account = v_order.account AND n.kind <> 'adjust'
    AND (split_fills.before IS NULL OR f.occurred_at < split_fills.before)
  ORDER BY n.place, n.fill_id;

  v_excess := oms.held_quantity(v_order.order_id, v_order.account) - v_own;
  IF v_excess > 0 THEN
    INSERT INTO oms.fills (order_id, account, kind, quantity, reason)
    VALUES (v_order.order_id, v_order.account, 'adjust', v_excess, 'split of order ' || v_order.order_id);
  END IF;
  SELECT v_held - coalesce(sum(p.quantity), 0) INTO v_excess
  FROM oms.positions p
  WHERE p.symbol = v_order.symbol AND p.account = v_order.account AND p.book = v_order.book;
  IF v_excess <> 0 THEN
    INSERT INTO oms.fills (account, symbol, book, kind, side, quantity, price, reason)
    VALUES (v_order.account, v_order.symbol, v_order.book, 'adjust', CASE WHEN v_excess > 0 THEN 'buy' ELSE 'sell' END, abs(v_excess), v_price,
      'split of order ' || v_order.order_id);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.split_fills(bigint, text, numeric, timestamptz) IS 'Internal: corrects the executions of an order into the units after a split.';
