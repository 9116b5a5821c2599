-- The market corrects an execution: a new fill of kind correct that replaces it; null keeps what it was. Totals, average, status, matching and
-- positions follow; it keeps its place in the queue. Repeating it changes nothing. new_exec_id is the FIX ExecID of the correction itself, which
-- the next correction refers to. Raises OM001, OM005 (busted or corrected otherwise already), OM006, OM007 (no such execution), OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.correct_fill(
  order_id bigint,
  exec_id text,
  quantity numeric DEFAULT NULL,
  price numeric DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(correct_fill.occurred_at, correct_fill.actor);
  v_exec_id text;
  v_was record;
BEGIN
  IF correct_fill.quantity IS NULL AND correct_fill.price IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', correct_fill.order_id, 'argument', 'quantity'),
      'say what it should have been: quantity, price or both');
  END IF;
  PERFORM oms.check_correction(correct_fill.reason);
  PERFORM oms.check_account(correct_fill.account);
  PERFORM oms.lock_bookings(correct_fill.account);
  v_exec_id := oms.split_execution(correct_fill.order_id, correct_fill.account, correct_fill.exec_id);
  SELECT f.quantity, f.price INTO v_was FROM oms.fills f
  WHERE f.order_id = correct_fill.order_id AND f.account = correct_fill.account AND f.exec_id = v_exec_id;
  IF NOT EXISTS (
    SELECT FROM oms.fills f
    WHERE f.order_id = correct_fill.order_id AND f.account = correct_fill.account AND f.exec_ref_id = v_exec_id AND f.kind = 'correct'
      AND f.exec_id = coalesce(correct_fill.new_exec_id, f.exec_id)
      AND f.quantity = coalesce(correct_fill.quantity, v_was.quantity) AND f.price IS NOT DISTINCT FROM coalesce(correct_fill.price, v_was.price))
  THEN
    IF correct_fill.expected_version IS NOT NULL THEN
      PERFORM oms.check_version(correct_fill.order_id, correct_fill.account, correct_fill.expected_version);
    END IF;
    PERFORM oms.book_correction(correct_fill.order_id, correct_fill.account, 'correct', correct_fill.new_exec_id, v_exec_id,
      coalesce(correct_fill.quantity, v_was.quantity), coalesce(correct_fill.price, v_was.price), NULL, correct_fill.occurred_at, correct_fill.reason);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN oms.get_order(correct_fill.order_id, correct_fill.account);
END
$$;

COMMENT ON FUNCTION oms.correct_fill(bigint, text, numeric, numeric, text, text, timestamptz, text, integer, text) IS 'Replaces an execution by what it should have been; null keeps. Returns the order (FIX ExecType Trade Correct; exec_id is ExecRefID, new_exec_id ExecID). quantity in units, price per unit.';
