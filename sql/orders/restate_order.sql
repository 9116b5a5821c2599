-- The broker changes the order by itself: terms (null keeps; a quantity is never below what is executed), a new trading day (a good-till order
-- renewed, which ends done_for_day), a split. split_ratio 2 means two for one: executed and ordered quantities are multiplied, prices divided,
-- by corrections of the order's executions; no trade. An executed order is opened again by a higher quantity. Repeating it changes nothing, but
-- for a split.
-- Raises OM001, OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.restate_order(
  order_id bigint,
  quantity numeric DEFAULT NULL,
  limit_price numeric DEFAULT NULL,
  stop_price numeric DEFAULT NULL,
  split_ratio numeric DEFAULT NULL,
  trade_date date DEFAULT NULL,
  reason text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(restate_order.occurred_at, restate_order.actor);
  v_ratio CONSTANT numeric := coalesce(restate_order.split_ratio, 1);
BEGIN
  PERFORM oms.check_correction(restate_order.reason);
  PERFORM oms.check_account(restate_order.account);
  IF (v_ratio > 0 AND v_ratio < 'infinity') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', restate_order.order_id, 'argument', 'split_ratio', 'value', v_ratio::text),
      'split_ratio is what one unit becomes: 2 for two for one, 0.1 for one for ten');
  END IF;
  IF NOT (restate_order.quantity > 0 AND restate_order.quantity < 'infinity') THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', restate_order.order_id, 'argument', 'quantity', 'value', restate_order.quantity::text),
      'quantity must be a finite number above zero, or null to keep it');
  END IF;
  IF v_ratio <> 1 THEN
    PERFORM oms.lock_bookings(restate_order.account);
  END IF;
  IF restate_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(restate_order.order_id, restate_order.account, restate_order.expected_version);
  END IF;
  -- Never more executed than ordered, not even in between.
  IF v_ratio < 1 THEN
    PERFORM oms.split_fills(restate_order.order_id, restate_order.account, v_ratio, oms.context_time());
  END IF;
  UPDATE oms.orders o SET
    quantity = CASE
      WHEN (v_ratio = 1 OR o.quantity IS NULL) AND coalesce(restate_order.quantity, o.quantity) IS NOT DISTINCT FROM o.quantity THEN o.quantity
      ELSE greatest(coalesce(restate_order.quantity, oms.split_quantity(o.quantity, v_ratio)),
        CASE WHEN v_ratio > 1 THEN oms.split_quantity(o.execution_qty, v_ratio) ELSE o.execution_qty END) END,
    limit_price = coalesce(restate_order.limit_price, CASE v_ratio WHEN 1 THEN o.limit_price ELSE oms.split_price(o.limit_price, v_ratio) END),
    stop_price = coalesce(restate_order.stop_price, CASE v_ratio WHEN 1 THEN o.stop_price ELSE oms.split_price(o.stop_price, v_ratio) END),
    trade_date = coalesce(restate_order.trade_date, o.trade_date),
    restated_at = CASE WHEN v_ratio <> 1 OR (coalesce(restate_order.quantity, o.quantity), coalesce(restate_order.limit_price, o.limit_price),
        coalesce(restate_order.stop_price, o.stop_price), greatest(restate_order.trade_date, o.trade_date))
      IS DISTINCT FROM (o.quantity, o.limit_price, o.stop_price, o.trade_date) THEN oms.clock() ELSE o.restated_at END,
    reason = coalesce(restate_order.reason, o.reason)
  WHERE o.order_id = restate_order.order_id AND o.account = restate_order.account;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(restate_order.order_id, restate_order.account);
  END IF;
  IF v_ratio > 1 THEN
    PERFORM oms.split_fills(restate_order.order_id, restate_order.account, v_ratio, oms.context_time());
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN oms.get_order(restate_order.order_id, restate_order.account);
END
$$;

COMMENT ON FUNCTION oms.restate_order(bigint, numeric, numeric, numeric, numeric, date, text, timestamptz, text, integer, text) IS 'The broker changes an order by itself; null keeps. Returns the order: restated_at set (FIX ExecType Restated). quantity in units: the new total; prices per unit; split_ratio: what one unit becomes.';
