-- Books an execution: last_qty of the order at last_price. Without last_qty, all that is left; where as much was told by a total only, this execution
-- may be among that, and last_qty must be said (OM007). Known exec_id with the same content: nothing
-- is booked again; with other content: OM005. Takes the account's booking lock first, then positions, then orders by id.
-- Raises OM001, OM005, OM006 (more than ordered), OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.mark_executed(
  order_id bigint,
  last_price numeric,
  last_qty numeric DEFAULT NULL,
  exec_id text DEFAULT NULL,
  fees numeric DEFAULT NULL,
  fee_currency text DEFAULT NULL,
  trade_date date DEFAULT NULL,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  expected_version integer DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(mark_executed.occurred_at, mark_executed.actor);
  v_order oms.orders;
  v_known boolean := false;
BEGIN
  IF mark_executed.last_price IS NULL AND mark_executed.last_qty IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', mark_executed.order_id, 'argument', 'last_price'),
      'give last_price; while it is unknown, at least last_qty');
  END IF;
  PERFORM oms.check_account(mark_executed.account);
  PERFORM oms.lock_bookings(mark_executed.account);
  IF mark_executed.expected_version IS NOT NULL OR mark_executed.last_qty IS NULL THEN
    v_known := EXISTS (
      SELECT FROM oms.fills f
      WHERE f.order_id = mark_executed.order_id AND f.exec_id = mark_executed.exec_id AND f.account = mark_executed.account);
  END IF;
  IF mark_executed.expected_version IS NOT NULL AND NOT v_known THEN
    PERFORM oms.check_version(mark_executed.order_id, mark_executed.account, mark_executed.expected_version);
  END IF;
  IF mark_executed.last_qty IS NULL THEN
    v_order := oms.get_order(mark_executed.order_id, mark_executed.account);
    IF NOT v_known AND mark_executed.exec_id IS NOT NULL AND v_order.leaves_qty > 0 AND v_order.leaves_qty <= (
      SELECT sum(n.quantity) FROM oms.net_fills n
      WHERE n.order_id = mark_executed.order_id AND n.account = mark_executed.account AND n.exec_id LIKE 'synthetic-%' AND n.kind <> 'adjust')
    THEN
      PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', mark_executed.order_id, 'argument', 'last_qty', 'leaves_qty', v_order.leaves_qty),
        'say last_qty: a total told of executions of this order without their ids, and this one may be among them');
    END IF;
  END IF;
  INSERT INTO oms.fills AS f (order_id, account, exec_id, quantity, price, fees, fee_currency, trade_date, occurred_at)
  VALUES (mark_executed.order_id, mark_executed.account, mark_executed.exec_id,
    coalesce(mark_executed.last_qty, nullif(v_order.quantity - v_order.execution_qty, 0), v_order.quantity),
    mark_executed.last_price, mark_executed.fees, mark_executed.fee_currency, mark_executed.trade_date, mark_executed.occurred_at)
  ON CONFLICT (order_id, exec_id, account) DO NOTHING;
  IF NOT FOUND THEN
    PERFORM FROM oms.fills f
    WHERE f.order_id = mark_executed.order_id AND f.exec_id = mark_executed.exec_id AND f.account = mark_executed.account
      AND f.kind = 'trade' AND f.quantity = coalesce(mark_executed.last_qty, f.quantity) AND f.price IS NOT DISTINCT FROM mark_executed.last_price
      AND coalesce(mark_executed.fees, f.fees) IS NOT DISTINCT FROM f.fees
      AND coalesce(mark_executed.fee_currency, f.fee_currency) IS NOT DISTINCT FROM f.fee_currency
      AND coalesce(mark_executed.trade_date, f.trade_date) IS NOT DISTINCT FROM f.trade_date;
    IF NOT FOUND THEN
      PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('order_id', mark_executed.order_id, 'exec_id', mark_executed.exec_id));
    END IF;
  END IF;
  SELECT o.* INTO v_order FROM oms.orders o
  WHERE o.order_id = mark_executed.order_id AND o.account = mark_executed.account;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.mark_executed(bigint, numeric, numeric, text, numeric, text, date, timestamptz, text, integer, text) IS 'Books an execution. Returns the order: totals, execution_time, filled_at, ongoing or closed (FIX ExecType Trade). last_qty in units, last_price per unit, fees in fee_currency.';
