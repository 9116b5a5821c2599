-- The broker has the request: received → pending (FIX Pending Cancel, Pending Replace). Nothing is decided by it; of a decided one nothing
-- changes, and one whose order has ended is superseded.
-- Definer: applications don't write oms.order_requests. Raises OM001 (no such request), OM007, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.acknowledge_request(
  client_order_id text,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.order_requests
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(acknowledge_request.occurred_at, acknowledge_request.actor);
  v_request oms.order_requests;
  v_ended boolean;
BEGIN
  PERFORM oms.check_session(acknowledge_request.account);
  v_request := oms.lock_request(acknowledge_request.client_order_id, acknowledge_request.account);
  v_ended := EXISTS (
    SELECT FROM oms.orders o
    WHERE o.order_id = v_request.order_id AND o.account = v_request.account AND (o.end_reason IS NOT NULL OR o.status = 'failed'));
  IF v_request.state = 'received' AND v_request.order_id IS NOT NULL THEN
    UPDATE oms.order_requests r SET pending_at = oms.clock(), order_id = v_request.order_id, rejection_reason = NULL,
      state = CASE WHEN v_ended THEN 'superseded' ELSE 'pending' END, decided_at = CASE WHEN v_ended THEN oms.clock() END
    WHERE r.client_order_id = v_request.client_order_id AND r.account = v_request.account
    RETURNING r.* INTO v_request;
    PERFORM oms.annotate_order(v_request.order_id, v_request.account, 'request_pending',
      v_request.kind || ' pending as ' || v_request.client_order_id);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.acknowledge_request(text, timestamptz, text, text) IS 'The broker has the request, undecided. Returns the request: pending (FIX ExecType Pending Cancel, Pending Replace).';
