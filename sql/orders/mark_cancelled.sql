-- The order is cancelled; of a part-filled one the remainder. Repeating it changes nothing.
-- Raises OM001, OM002 (executed in full), OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.mark_cancelled(
  order_id bigint,
  cancelled_reason text DEFAULT 'Cancelled',
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
  v_before CONSTANT text[] := oms.enter_call(mark_cancelled.occurred_at, mark_cancelled.actor);
  v_order oms.orders;
BEGIN
  IF mark_cancelled.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(mark_cancelled.order_id, mark_cancelled.account, mark_cancelled.expected_version);
  END IF;
  UPDATE oms.orders o SET status = 'cancelled', reason = mark_cancelled.cancelled_reason
  WHERE o.order_id = mark_cancelled.order_id AND o.account = mark_cancelled.account
    AND o.end_reason IS NULL
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    v_order := oms.get_order(mark_cancelled.order_id, mark_cancelled.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.mark_cancelled(bigint, text, timestamptz, text, integer, text) IS 'The order, or what is left of it, is cancelled. Returns the order: cancelled with closed_at, or ongoing/closed where some was executed (FIX ExecType Canceled).';
