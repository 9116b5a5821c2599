-- The order lives but doesn't trade now: done_for_day, suspended, stopped (the broker guarantees a price: no fill), calculated, not_triggered.
-- A day order that is done for the day, or calculated, ends; of an ended order only done_for_day and calculated are kept. trade_date is the day that is done;
-- null: today in the account's time zone. Repeating it changes nothing. Raises OM001, OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.hold_order(
  order_id bigint,
  hold text,
  reason text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(hold_order.occurred_at, hold_order.actor);
  v_order oms.orders;
BEGIN
  IF hold_order.hold IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', hold_order.order_id, 'argument', 'hold'),
      'hold is one of: done_for_day, suspended, stopped, calculated, not_triggered; oms.resume_order() ends one');
  END IF;
  IF hold_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(hold_order.order_id, hold_order.account, hold_order.expected_version);
  END IF;
  -- A day that comes after the one that was done begins before it is done itself.
  UPDATE oms.orders o SET trade_date = hold_order.trade_date
  WHERE o.order_id = hold_order.order_id AND o.account = hold_order.account AND o.hold = hold_order.hold AND o.trade_date < hold_order.trade_date;
  UPDATE oms.orders o SET hold = hold_order.hold, trade_date = coalesce(hold_order.trade_date, o.trade_date), reason = coalesce(hold_order.reason, o.reason)
  WHERE o.order_id = hold_order.order_id AND o.account = hold_order.account
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(hold_order.order_id, hold_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.hold_order(bigint, text, text, date, timestamptz, text, integer, text) IS 'The order doesn''t trade now. Returns the order: hold set; a day order that is done for the day is ended too (FIX ExecType Done for Day, Suspended, Stopped, Calculated).';
