-- Keeps the chain of ids whole: refuses (OM005) a client_order_id that another order has had or a request of another has; where an update gave
-- an order another id, whoever wrote it, records the replace that this was. Called after the row is written, so that who waited for a
-- concurrent writer of the same id sees what that one did.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.keep_chain(before oms.orders, after oms.orders)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  v_taken_by bigint;
BEGIN
  PERFORM oms.lock_client_id(after.client_order_id, after.account, false);
  SELECT r.order_id INTO v_taken_by FROM oms.order_requests r
  WHERE r.client_order_id = after.client_order_id AND r.account = after.account
    AND (r.order_id IS DISTINCT FROM after.order_id OR r.state IN ('rejected', 'superseded') OR r.kind <> 'replace');
  IF NOT FOUND THEN
    SELECT r.order_id INTO v_taken_by FROM oms.order_requests r
    WHERE r.orig_client_order_id = after.client_order_id AND r.account = after.account AND r.order_id <> after.order_id
    LIMIT 1;
  END IF;
  IF FOUND THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('account', after.account, 'order_id', after.order_id,
      'client_order_id', after.client_order_id, 'other_order_id', v_taken_by), 'that client_order_id is taken by an earlier order or request');
  END IF;
  IF before.client_order_id IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO oms.order_requests (client_order_id, account, orig_client_order_id, order_id, kind, state, quantity, limit_price, stop_price,
    granted_quantity, granted_limit_price, granted_stop_price, reason, actor, received_at, decided_at)
  VALUES (after.client_order_id, after.account, before.client_order_id, after.order_id, 'replace', 'accepted', after.quantity, after.limit_price,
    after.stop_price, after.quantity, after.limit_price, after.stop_price, after.reason, nullif(current_setting('oms.actor', true), ''),
    after.updated_at, after.updated_at)
  ON CONFLICT (client_order_id, account) DO UPDATE SET state = 'accepted', granted_quantity = excluded.granted_quantity,
    granted_limit_price = excluded.granted_limit_price, granted_stop_price = excluded.granted_stop_price, decided_at = excluded.decided_at
  WHERE order_requests.state IN ('received', 'pending') AND order_requests.order_id = excluded.order_id AND order_requests.kind = 'replace';
  IF NOT FOUND AND NOT EXISTS (
    SELECT FROM oms.order_requests r
    WHERE r.client_order_id = after.client_order_id AND r.account = after.account AND r.order_id = after.order_id AND r.kind = 'replace' AND r.state = 'accepted')
  THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('account', after.account, 'order_id', after.order_id,
      'client_order_id', after.client_order_id), 'that client_order_id is taken by a request about another order');
  END IF;
END
$$;

COMMENT ON FUNCTION oms.keep_chain(oms.orders, oms.orders) IS 'Internal: guards the ids an order has had, and records the replace that a change of its id is.';
