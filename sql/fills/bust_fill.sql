-- The market takes an execution back: a new fill of kind cancel that refers to it. Totals, status, matching and positions follow, also of a
-- closed or cancelled order. Repeating it changes nothing. new_exec_id is the FIX ExecID of the bust itself.
-- Raises OM001, OM005 (busted or corrected otherwise already), OM007 (no such execution), OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.bust_fill(
  order_id bigint,
  exec_id text,
  reason text DEFAULT NULL,
  new_exec_id text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(bust_fill.occurred_at, bust_fill.actor);
  v_exec_id text;
BEGIN
  PERFORM oms.check_correction(bust_fill.reason);
  PERFORM oms.check_account(bust_fill.account);
  PERFORM oms.lock_bookings(bust_fill.account);
  v_exec_id := oms.split_execution(bust_fill.order_id, bust_fill.account, bust_fill.exec_id);
  IF NOT EXISTS (
    SELECT FROM oms.fills f
    WHERE f.order_id = bust_fill.order_id AND f.account = bust_fill.account AND f.exec_ref_id = v_exec_id AND f.kind = 'cancel'
      AND f.exec_id = coalesce(bust_fill.new_exec_id, f.exec_id))
  THEN
    IF bust_fill.expected_version IS NOT NULL THEN
      PERFORM oms.check_version(bust_fill.order_id, bust_fill.account, bust_fill.expected_version);
    END IF;
    PERFORM oms.book_correction(bust_fill.order_id, bust_fill.account, 'cancel', bust_fill.new_exec_id, v_exec_id, NULL, NULL, NULL,
      bust_fill.occurred_at, bust_fill.reason);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN oms.get_order(bust_fill.order_id, bust_fill.account);
END
$$;

COMMENT ON FUNCTION oms.bust_fill(bigint, text, text, text, timestamptz, text, integer, text) IS 'Takes an execution back. Returns the order: totals, status and positions without it (FIX ExecType Trade Cancel; exec_id is ExecRefID, new_exec_id ExecID).';
