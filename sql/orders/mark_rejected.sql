-- The broker rejected the order: it becomes failed; of a part-filled one the remainder ends. Repeating it with the same text changes nothing.
-- Raises OM001, OM002 (nothing left to reject), OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.mark_rejected(
  order_id bigint,
  rejection_reason text,
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
  v_before CONSTANT text[] := oms.enter_call(mark_rejected.occurred_at, mark_rejected.actor);
  v_order oms.orders;
BEGIN
  IF mark_rejected.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(mark_rejected.order_id, mark_rejected.account, mark_rejected.expected_version);
  END IF;
  IF btrim(coalesce(mark_rejected.rejection_reason, '')) = '' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'rejection_reason'), 'say what the broker said');
  END IF;
  UPDATE oms.orders o SET status = 'failed', rejection_reason = mark_rejected.rejection_reason
  WHERE o.order_id = mark_rejected.order_id AND o.account = mark_rejected.account
    AND NOT (o.end_reason IS NOT NULL AND o.execution_qty > 0)
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    v_order := oms.get_order(mark_rejected.order_id, mark_rejected.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.mark_rejected(bigint, text, timestamptz, text, integer, text) IS 'The broker rejected the order. Returns the order: failed with first_failed_at, reason Broker rejected: … (FIX ExecType Rejected).';
