-- Records a request and logs it with its order. Of an unknown or finished order it is recorded with its rejection, unless the broker has
-- reported it (acknowledged): the broker's word is better than our guess. A known id with the same content returns its row; with other content,
-- or an id that an order has: OM005. Bad values: OM007. Locks the order, the id, then the request.
CREATE OR REPLACE FUNCTION oms.open_request(kind text, orig_client_order_id text, client_order_id text, quantity numeric, limit_price numeric,
  stop_price numeric, reason text, reported_order_id bigint, account text)
RETURNS oms.order_requests
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_now CONSTANT timestamptz := oms.clock();
  v_order oms.orders;
  v_request oms.order_requests;
  v_order_id CONSTANT bigint := coalesce(open_request.reported_order_id, oms.order_by_client_id(open_request.orig_client_order_id, open_request.account));
  v_ended boolean;
  v_rejection text;
BEGIN
  PERFORM oms.check_request(open_request.client_order_id,
    coalesce(open_request.orig_client_order_id, CASE WHEN open_request.reported_order_id IS NULL THEN '' END), open_request.quantity, open_request.limit_price,
    open_request.stop_price, open_request.account);
  SELECT o.* INTO v_order FROM oms.orders o
  WHERE o.order_id = v_order_id AND o.account = open_request.account
  FOR NO KEY UPDATE;
  PERFORM oms.lock_client_id(open_request.client_order_id, open_request.account, true);
  v_ended := v_order.end_reason IS NOT NULL OR v_order.status = 'failed';
  IF v_order.order_id IS NULL THEN
    PERFORM oms.check_actor(open_request.account);
    v_rejection := 'unknown order';
  ELSIF open_request.reported_order_id IS NULL THEN
    v_rejection := CASE
      WHEN v_ended THEN 'the order is ' || v_order.status || ': nothing is left to change'
      WHEN v_order.leaves_qty = 0 AND (open_request.kind = 'cancel' OR (open_request.quantity > v_order.quantity) IS NOT TRUE)
        THEN 'the order is executed in full: only a higher quantity would open it again' END;
  END IF;
  INSERT INTO oms.order_requests AS r (client_order_id, account, orig_client_order_id, order_id, kind, state, quantity, limit_price, stop_price,
    reason, rejection_reason, actor, received_at, decided_at)
  SELECT open_request.client_order_id, open_request.account, open_request.orig_client_order_id, v_order.order_id, open_request.kind,
    CASE WHEN v_rejection IS NOT NULL THEN 'rejected' WHEN v_ended THEN 'superseded' ELSE 'received' END, open_request.quantity, open_request.limit_price, open_request.stop_price,
    open_request.reason, v_rejection, nullif(current_setting('oms.actor', true), ''), v_now, CASE WHEN v_rejection IS NOT NULL OR v_ended THEN v_now END
  WHERE NOT EXISTS (
    SELECT FROM oms.orders o WHERE o.client_order_id = open_request.client_order_id AND o.account = open_request.account)
    AND NOT EXISTS (
    SELECT FROM oms.order_requests r
    WHERE r.orig_client_order_id = open_request.client_order_id AND r.account = open_request.account AND r.order_id <> v_order_id)
    AND NOT EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = v_order_id AND e.account = open_request.account AND e.seq = 1 AND e.changes ->> 'client_order_id' = open_request.client_order_id)
  ON CONFLICT DO NOTHING
  RETURNING r.* INTO v_request;
  IF FOUND THEN
    IF v_order.order_id IS NOT NULL THEN
      PERFORM oms.annotate_order(v_order.order_id, v_order.account, CASE WHEN v_rejection IS NULL THEN 'request_received' ELSE 'request_rejected' END,
        concat_ws(': ', v_request.kind || ' requested as ' || v_request.client_order_id, v_request.reason, v_rejection));
    END IF;
    RETURN v_request;
  END IF;

  SELECT r.* INTO v_request FROM oms.order_requests r
  WHERE r.client_order_id = open_request.client_order_id AND r.account = open_request.account
    AND r.kind = open_request.kind AND (r.order_id IS NULL OR r.order_id = v_order.order_id)
    AND ((r.quantity, r.limit_price, r.stop_price) IS NOT DISTINCT FROM (open_request.quantity, open_request.limit_price, open_request.stop_price)
      -- What the broker reported first has no values of its own.
      OR EXISTS (
        SELECT FROM oms.execution_reports p
        WHERE p.order_id = r.order_id AND p.account = r.account AND p.report ->> 'ClOrdID' = r.client_order_id AND p.recorded_at <= r.received_at));
  IF NOT FOUND THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('account', open_request.account, 'client_order_id', open_request.client_order_id),
      'an order or another request has that client_order_id; every request needs one of its own');
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.open_request(text, text, text, numeric, numeric, numeric, text, bigint, text) IS 'Internal: records a request to cancel or replace an order.';
