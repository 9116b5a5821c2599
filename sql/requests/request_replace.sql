-- Records a request to replace terms, before it is sent: FIX OrderCancelReplaceRequest; null keeps. The order keeps its terms until the broker
-- decides. Of an unknown or finished order the request is recorded with its rejection; an executed one is opened again by a higher quantity only.
-- Repeating it with the same content changes nothing. Definer: applications don't write oms.order_requests. Raises OM005 (id taken), OM007, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.request_replace(
  orig_client_order_id text,
  client_order_id text,
  quantity numeric DEFAULT NULL,
  limit_price numeric DEFAULT NULL,
  stop_price numeric DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(request_replace.occurred_at, request_replace.actor);
  v_request oms.order_requests;
BEGIN
  PERFORM oms.check_session(request_replace.account);
  v_request := oms.open_request('replace', request_replace.orig_client_order_id, request_replace.client_order_id, request_replace.quantity,
    request_replace.limit_price, request_replace.stop_price, request_replace.reason, NULL, request_replace.account);
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.request_replace(text, text, numeric, numeric, numeric, text, timestamptz, text, text) IS 'Records a request to replace terms of an order (FIX OrderCancelReplaceRequest). Returns the request: received, or rejected at once. quantity in units: the new total, executions included; prices per unit.';
