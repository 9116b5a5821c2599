-- The order, or what is left of it, ran out of time: cancelled with end_reason expired. Repeating it changes nothing.
-- Raises OM001, OM002 (executed in full), OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.expire_order(
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
  v_before CONSTANT text[] := oms.enter_call(expire_order.occurred_at, expire_order.actor);
  v_order oms.orders;
BEGIN
  PERFORM oms.check_correction(expire_order.reason);
  IF expire_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(expire_order.order_id, expire_order.account, expire_order.expected_version);
  END IF;
  UPDATE oms.orders o SET end_reason = 'expired', reason = coalesce(expire_order.reason, 'Order expired')
  WHERE o.order_id = expire_order.order_id AND o.account = expire_order.account
    AND o.end_reason IS NULL
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    v_order := oms.get_order(expire_order.order_id, expire_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.expire_order(bigint, text, timestamptz, text, integer, text) IS 'The order, or what is left of it, expired. Returns the order: cancelled with end_reason expired, or ongoing/closed where some was executed (FIX ExecType Expired).';
