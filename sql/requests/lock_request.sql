-- Locks the order of a request, then the request, and returns it; one that was recorded with its rejection as if it were undecided.
-- Raises OM001 where no request has that id.
CREATE OR REPLACE FUNCTION oms.lock_request(client_order_id text, account text)
RETURNS oms.order_requests
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_order_id bigint;
  v_request oms.order_requests;
BEGIN
  SELECT coalesce(r.order_id, oms.order_by_client_id(r.orig_client_order_id, r.account)) INTO v_order_id
  FROM oms.order_requests r
  WHERE r.client_order_id = lock_request.client_order_id AND r.account = lock_request.account;
  PERFORM FROM oms.orders o
  WHERE o.account = lock_request.account AND o.order_id = v_order_id
  FOR NO KEY UPDATE;
  SELECT r.* INTO v_request FROM oms.order_requests r
  WHERE r.client_order_id = lock_request.client_order_id AND r.account = lock_request.account
  FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM oms.raise_error('order_not_found', jsonb_build_object('account', lock_request.account, 'client_order_id', lock_request.client_order_id),
      'no request has that client_order_id; record it first with oms.request_cancel() or oms.request_replace()');
  END IF;
  IF v_request.state = 'rejected' AND v_request.decided_at = v_request.received_at AND v_order_id IS NOT NULL THEN
    -- Rejected by our own guess, which the broker's word replaces; the order may be known by now.
    v_request.state := 'received';
    v_request.rejection_reason := NULL;
    v_request.decided_at := NULL;
    v_request.order_id := v_order_id;
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.lock_request(text, text) IS 'Internal: locks a request and its order.';
