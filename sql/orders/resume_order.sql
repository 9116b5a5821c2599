-- The order trades again: its hold ends. trade_date is the day it trades on, where a new one has begun. Repeating it changes nothing.
-- Raises OM001, OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.resume_order(
  order_id bigint,
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
  v_before CONSTANT text[] := oms.enter_call(resume_order.occurred_at, resume_order.actor);
  v_order oms.orders;
BEGIN
  IF resume_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(resume_order.order_id, resume_order.account, resume_order.expected_version);
  END IF;
  UPDATE oms.orders o SET hold = NULL, trade_date = coalesce(resume_order.trade_date, o.trade_date), reason = coalesce(resume_order.reason, o.reason)
  WHERE o.order_id = resume_order.order_id AND o.account = resume_order.account
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(resume_order.order_id, resume_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.resume_order(bigint, text, date, timestamptz, text, integer, text) IS 'The order trades again. Returns the order without hold (FIX ExecType Triggered, or Restated at the end of a suspension).';
