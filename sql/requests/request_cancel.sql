-- Records a request to cancel, before it is sent: FIX OrderCancelRequest. The order lives on until the broker decides. Of an unknown or finished
-- order the request is recorded with its rejection. Repeating it with the same content changes nothing. Definer: applications don't write
-- oms.order_requests. Raises OM005 (id taken), OM007, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.request_cancel(
  orig_client_order_id text,
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
  v_before CONSTANT text[] := oms.enter_call(request_cancel.occurred_at, request_cancel.actor);
  v_request oms.order_requests;
BEGIN
  PERFORM oms.check_session(request_cancel.account);
  v_request := oms.open_request('cancel', request_cancel.orig_client_order_id, request_cancel.client_order_id, NULL, NULL, NULL,
    request_cancel.reason, NULL, request_cancel.account);
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.request_cancel(text, text, text, timestamptz, text, text) IS 'Records a request to cancel an order (FIX OrderCancelRequest; ids as in OrigClOrdID and ClOrdID). Returns the request: received, or rejected at once.';
