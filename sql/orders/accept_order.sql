-- The broker has the order: accepted_at once, its id, and the quantity of a cash order. Repeating it changes nothing. Raises OM001, OM005, OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.accept_order(
  order_id bigint,
  broker_order_id text DEFAULT NULL,
  quantity numeric DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(accept_order.occurred_at, accept_order.actor);
  v_order oms.orders;
BEGIN
  IF accept_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(accept_order.order_id, accept_order.account, accept_order.expected_version);
  END IF;
  IF accept_order.broker_order_id IS NOT NULL THEN
    PERFORM oms.check_broker_order_id(accept_order.order_id, accept_order.broker_order_id, NULL, accept_order.account);
  END IF;
  UPDATE oms.orders o SET accepted_at = coalesce(o.accepted_at, oms.clock()),
    broker_order_id = coalesce(accept_order.broker_order_id, o.broker_order_id),
    quantity = coalesce(o.quantity, accept_order.quantity)
  WHERE o.order_id = accept_order.order_id AND o.account = accept_order.account
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(accept_order.order_id, accept_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.accept_order(bigint, text, numeric, timestamptz, text, integer, text) IS 'The broker has the order. Returns the order: accepted_at set (FIX ExecType New). quantity in units: what a cash order buys.';
