-- The broker grants the request. A cancel ends the order, or what is left of it; a replace gives the order the granted terms (null: as requested,
-- never below what is executed) and the request's id, also opening an executed order again. Learned late, after a later replace of the chain,
-- it changes no terms any more. Repeating it changes nothing. Definer: applications don't write oms.order_requests.
-- Raises OM001 (no such request), OM002 (rejected already; nothing left to cancel), OM005, OM007, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.accept_request(
  client_order_id text,
  quantity numeric DEFAULT NULL,
  limit_price numeric DEFAULT NULL,
  stop_price numeric DEFAULT NULL,
  broker_order_id text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(accept_request.occurred_at, accept_request.actor);
  -- A broker's own changes on record that happened later stand.
  v_terms CONSTANT text[] := '{Restated,Resumed,Replace}';
  v_request oms.order_requests;
  v_order oms.orders;
  v_version integer;
BEGIN
  PERFORM oms.check_session(accept_request.account);
  PERFORM oms.check_request(accept_request.client_order_id, NULL, accept_request.quantity, accept_request.limit_price, accept_request.stop_price,
    accept_request.account);
  v_request := oms.lock_request(accept_request.client_order_id, accept_request.account);
  IF v_request.state = 'rejected' THEN
    PERFORM oms.raise_decided(v_request, 'accepted');
  ELSIF v_request.state <> 'accepted' THEN
    IF accept_request.broker_order_id IS NOT NULL THEN
      PERFORM oms.check_broker_order_id(v_request.order_id, accept_request.broker_order_id, NULL, v_request.account);
    END IF;
    v_order := oms.get_order(v_request.order_id, v_request.account);
    v_version := v_order.version;
    IF v_request.kind = 'cancel' AND v_order.execution_qty > 0 AND v_order.leaves_qty = 0 AND v_order.end_reason IS NULL
       AND NOT oms.is_end_reported(v_order.order_id, v_order.account) THEN
      PERFORM oms.raise_error('illegal_transition', jsonb_build_object('client_order_id', v_request.client_order_id, 'order_id', v_order.order_id,
        'from_state', v_request.state, 'to_state', 'accepted'),
        'order ' || v_order.order_id || ' is executed in full: nothing is left to cancel; oms.reject_request() records that it came too late');
    END IF;
    -- Decided before its order moves, so that the order's end doesn't supersede it.
    UPDATE oms.order_requests r SET state = 'accepted', order_id = v_request.order_id, rejection_reason = NULL, decided_at = oms.clock()
    WHERE r.client_order_id = v_request.client_order_id AND r.account = v_request.account;
    IF v_request.kind = 'cancel' THEN
      UPDATE oms.orders o SET status = 'cancelled', reason = coalesce(v_request.reason, 'Cancelled'),
        broker_order_id = coalesce(accept_request.broker_order_id, o.broker_order_id)
      WHERE o.order_id = v_order.order_id AND o.account = v_order.account AND o.end_reason IS NULL
      RETURNING o.* INTO v_order;
    ELSIF NOT oms.is_overtaken(v_order.order_id, v_order.account, v_request.client_order_id) THEN
      UPDATE oms.orders o SET
        client_order_id = v_request.client_order_id,
        quantity = CASE
          WHEN coalesce(accept_request.quantity, v_request.quantity) IS NULL OR oms.is_told_later(o.order_id, o.account, v_terms, 'OrderQty') THEN o.quantity
          ELSE greatest(coalesce(accept_request.quantity, v_request.quantity), o.execution_qty) END,
        limit_price = CASE WHEN oms.is_told_later(o.order_id, o.account, v_terms, 'Price') THEN o.limit_price
          ELSE coalesce(accept_request.limit_price, v_request.limit_price, o.limit_price) END,
        stop_price = CASE WHEN oms.is_told_later(o.order_id, o.account, v_terms, 'StopPx') THEN o.stop_price
          ELSE coalesce(accept_request.stop_price, v_request.stop_price, o.stop_price) END,
        broker_order_id = coalesce(accept_request.broker_order_id, o.broker_order_id),
        accepted_at = coalesce(o.accepted_at, oms.clock()),
        reason = coalesce(v_request.reason, o.reason)
      WHERE o.order_id = v_order.order_id AND o.account = v_order.account
      RETURNING o.* INTO v_order;
    END IF;
    UPDATE oms.order_requests r SET granted_quantity = v_order.quantity, granted_limit_price = v_order.limit_price,
      granted_stop_price = v_order.stop_price
    WHERE r.client_order_id = v_request.client_order_id AND r.account = v_request.account AND r.kind = 'replace';
    IF v_order.version IS NOT DISTINCT FROM v_version OR v_order.version IS NULL THEN
      PERFORM oms.annotate_order(v_request.order_id, v_request.account, 'request_accepted',
        v_request.kind || ' accepted as ' || v_request.client_order_id || ', which changes nothing any more');
    END IF;
    SELECT r.* INTO v_request FROM oms.order_requests r
    WHERE r.client_order_id = v_request.client_order_id AND r.account = v_request.account;
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_request;
END
$$;

COMMENT ON FUNCTION oms.accept_request(text, numeric, numeric, numeric, text, timestamptz, text, text) IS 'The broker grants the request; null: as requested. Returns the request: accepted, with the terms the order has by it (FIX ExecType Canceled, Replaced). quantity in units, prices per unit.';
