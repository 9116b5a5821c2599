-- The broker refuses the request: FIX OrderCancelReject. The order stays as it is. Repeating it changes nothing; a superseded one learns its fate.
-- Definer: applications don't write oms.order_requests. Raises OM001 (no such request), OM002 (accepted already), OM007, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.reject_request(
  client_order_id text,
  reason text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(reject_request.occurred_at, reject_request.actor);
  v_request oms.order_requests;
BEGIN
  PERFORM oms.check_session(reject_request.account);
  v_request := oms.lock_request(reject_request.client_order_id, reject_request.account);
  IF v_request.state = 'accepted' THEN
    PERFORM oms.raise_decided(v_request, 'rejected');
  ELSIF v_request.state <> 'rejected' OR (v_request.decided_at = v_request.received_at AND reject_request.reason IS NOT NULL) THEN
    UPDATE oms.order_requests r SET state = 'rejected', order_id = v_request.order_id,
      rejection_reason = coalesce(reject_request.reason, 'no reason given'), decided_at = oms.clock()
    WHERE r.client_order_id = v_request.client_order_id AND r.account = v_request.account
    RETURNING r.* INTO v_request;
    IF v_request.order_id IS NOT NULL THEN
      PERFORM oms.annotate_order(v_request.order_id, v_request.account, 'request_rejected',
        v_request.kind || ' rejected as ' || v_request.client_order_id || ': ' || v_request.rejection_reason);
    ELSE
      PERFORM oms.check_actor(v_request.account);
    END IF;
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.reject_request(text, text, timestamptz, text, text) IS 'The broker refuses the request. Returns the request: rejected (FIX OrderCancelReject); its order stays as it is.';
