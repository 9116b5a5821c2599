-- A failed order is tried again: pending. Of a pending one it changes nothing. Raises OM001, OM002, OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.retry_order(
  order_id bigint,
  reason text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(retry_order.occurred_at, retry_order.actor);
  v_order oms.orders;
BEGIN
  IF retry_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(retry_order.order_id, retry_order.account, retry_order.expected_version);
  END IF;
  UPDATE oms.orders o SET status = 'pending', reason = coalesce(retry_order.reason, o.reason)
  WHERE o.order_id = retry_order.order_id AND o.account = retry_order.account
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(retry_order.order_id, retry_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.retry_order(bigint, text, timestamptz, text, integer, text) IS 'A failed order is tried again. Returns the order: pending.';
