-- The totals that follow when a raw update writes a higher execution_qty, or a first execution_price: the fill it implies,
-- measured against the sum of the fills, matched against what the book holds. log_executions has it inserted afterwards.
-- Lowering or repricing executions this way is refused (OM010), and so is a price or quantity that can't be (OM007). Takes the account's booking lock.
CREATE OR REPLACE FUNCTION oms.implied_totals(
  before oms.orders, cumulative_qty numeric, average_price numeric, asked text,
  OUT execution_qty numeric, OUT execution_price numeric, OUT open_qty numeric,
  OUT last_fill_id bigint, OUT execution_time timestamptz)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_booked record;
  v_last_qty numeric;
  v_opposite numeric;
BEGIN
  PERFORM oms.lock_bookings(before.account);
  SELECT * INTO v_booked FROM oms.booked_totals(before.order_id, before.account, before.last_fill_id);
  v_last_qty := coalesce(cumulative_qty, before.execution_qty) - v_booked.execution_qty;
  IF v_last_qty = 0 AND v_booked.execution_qty = 0 AND asked IN ('ongoing', 'closed') THEN
    -- Executed at that price, no quantity said: all that is left, as mark_executed() has it.
    v_last_qty := CASE WHEN before.status = 'failed' THEN before.quantity ELSE before.leaves_qty END;
  END IF;
  IF v_last_qty = 0 AND v_booked.execution_qty = 0 THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('order_id', before.order_id, 'argument', 'execution_price', 'value', average_price),
      'a price without an execution: write execution_qty with it');
  ELSIF v_last_qty <= 0 THEN
    PERFORM oms.raise_error('execution_lowered', jsonb_build_object('order_id', before.order_id,
      'execution_qty', v_booked.execution_qty, 'execution_price', v_booked.execution_price,
      'written_qty', cumulative_qty, 'written_price', average_price));
  ELSIF (v_last_qty < 'infinity') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('order_id', before.order_id, 'argument', 'execution_qty', 'value', cumulative_qty::text),
      'execution_qty must be a finite number; for an order whose quantity is not known yet, write it');
  END IF;

  execution_qty := v_booked.execution_qty + v_last_qty;
  execution_price := oms.average_price(v_booked.execution_value + v_last_qty
    * oms.implied_price(before.account, average_price, v_booked.execution_qty, v_booked.execution_value, v_last_qty), execution_qty);
  SELECT p.quantity INTO v_opposite FROM oms.positions p
  WHERE p.account = before.account AND p.symbol = before.symbol AND p.book = before.book;
  v_opposite := greatest(CASE WHEN before.side = 'buy' THEN - v_opposite ELSE v_opposite END, 0);
  open_qty := v_booked.open_qty + greatest(v_last_qty - v_opposite, 0);
  last_fill_id := nextval('oms.fills_fill_id_seq');
  execution_time := greatest(before.execution_time, coalesce(oms.context_time(), oms.clock()));
END
$$;

COMMENT ON FUNCTION oms.implied_totals(oms.orders, numeric, numeric, text) IS 'Internal: the totals after the fill that a raw update of an order implies.';
