-- Changes terms; null keeps. metadata is merged into order_metadata. A changed quantity is stamped and logged as a quantity adjustment.
-- Raises OM001, OM002 (nothing can execute any more), OM005 (broker_order_id taken), OM007, OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.modify_order(
  order_id bigint,
  quantity numeric DEFAULT NULL,
  limit_price numeric DEFAULT NULL,
  stop_price numeric DEFAULT NULL,
  broker_order_id text DEFAULT NULL,
  metadata jsonb DEFAULT NULL,
  reason text DEFAULT NULL,
  order_type text DEFAULT NULL,
  time_in_force text DEFAULT NULL,
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
  v_before CONSTANT text[] := oms.enter_call(modify_order.occurred_at, modify_order.actor);
  v_order oms.orders;
BEGIN
  IF modify_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(modify_order.order_id, modify_order.account, modify_order.expected_version);
  END IF;
  IF modify_order.broker_order_id IS NOT NULL THEN
    PERFORM oms.check_broker_order_id(modify_order.order_id, modify_order.broker_order_id, NULL, modify_order.account);
  END IF;
  UPDATE oms.orders o SET
    quantity = coalesce(modify_order.quantity, o.quantity),
    limit_price = coalesce(modify_order.limit_price, o.limit_price),
    stop_price = coalesce(modify_order.stop_price, o.stop_price),
    broker_order_id = coalesce(modify_order.broker_order_id, o.broker_order_id),
    order_metadata = CASE WHEN modify_order.metadata IS NULL THEN o.order_metadata ELSE o.order_metadata || modify_order.metadata END,
    reason = coalesce(modify_order.reason, o.reason),
    order_type = coalesce(modify_order.order_type, o.order_type),
    time_in_force = coalesce(modify_order.time_in_force, o.time_in_force)
  WHERE o.order_id = modify_order.order_id AND o.account = modify_order.account
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(modify_order.order_id, modify_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.modify_order(bigint, numeric, numeric, numeric, text, jsonb, text, text, text, timestamptz, text, integer, text) IS 'Changes terms of an order; null keeps. Returns the order: updated_at, and quantity_adjusted_at where the quantity changed (FIX ExecType Replaced).';
