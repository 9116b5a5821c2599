-- An attempt failed, and the order certainly did not reach the broker: it becomes failed and may be retried; calling it again counts another
-- attempt. Where that isn't certain, as after a time-out, it may live there: oms.record_attempt(). Of a part-filled order the remainder ends.
-- Raises OM001, OM002, OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.mark_failed(
  order_id bigint,
  failure_reason text,
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
  v_before CONSTANT text[] := oms.enter_call(mark_failed.occurred_at, mark_failed.actor);
  v_order oms.orders;
BEGIN
  IF mark_failed.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(mark_failed.order_id, mark_failed.account, mark_failed.expected_version);
  END IF;
  UPDATE oms.orders o SET status = 'failed', retry_count = o.retry_count + 1, reason = mark_failed.failure_reason
  WHERE o.order_id = mark_failed.order_id AND o.account = mark_failed.account
    AND NOT (o.end_reason IS NOT NULL AND o.execution_qty > 0)
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    v_order := oms.get_order(mark_failed.order_id, mark_failed.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.mark_failed(bigint, text, timestamptz, text, integer, text) IS 'An attempt failed and certainly did not reach the broker. Returns the order: failed, first_failed_at (once), last_retry_attempt, retry_count + 1.';
