-- Inserts the fill that an update of an order implied: its execution, or, where nothing was executed, the release of what it held. A total told of that
-- execution, so it is synthetic: executions that come with an id of their own take its place. Raises OM007 where the same statement has booked a fill
-- of that order, too: which of them the written totals count can't be known.
CREATE OR REPLACE FUNCTION oms.book_implied_fill(before oms.orders, after oms.orders)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_last_qty CONSTANT numeric := after.execution_qty - before.execution_qty;
  v_booked record;
BEGIN
  SELECT * INTO v_booked FROM oms.booked_totals(after.order_id, after.account, 0);
  IF v_booked.last_fill_id > before.last_fill_id THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', after.order_id, 'argument', 'execution_qty'),
      'the same statement books a fill of this order; write its totals in a statement of their own, or none');
  END IF;
  IF v_last_qty = 0 THEN
    INSERT INTO oms.fills (fill_id, order_id, account, kind, quantity)
    VALUES (after.last_fill_id, after.order_id, after.account, 'adjust', before.open_qty);
  ELSE
    INSERT INTO oms.fills (fill_id, order_id, account, exec_id, quantity, price, occurred_at)
    VALUES (after.last_fill_id, after.order_id, after.account, 'synthetic-' || after.last_fill_id, v_last_qty,
      oms.implied_price(after.account, after.execution_price, v_booked.execution_qty, v_booked.execution_value, v_last_qty), after.execution_time);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.book_implied_fill(oms.orders, oms.orders) IS 'Internal: inserts the fill that an update of an order implied.';
