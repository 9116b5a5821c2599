-- Sets the quantity (not by how much it changes), as before the open for after-market orders: stamps quantity_adjusted_at.
-- The same quantity again changes nothing. Raises OM001, OM002 (nothing can execute any more), OM007 (below what is executed), OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.adjust_quantity(
  order_id bigint,
  quantity numeric,
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
  v_before CONSTANT text[] := oms.enter_call(adjust_quantity.occurred_at, adjust_quantity.actor);
  v_order oms.orders;
BEGIN
  IF adjust_quantity.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(adjust_quantity.order_id, adjust_quantity.account, adjust_quantity.expected_version);
  END IF;
  IF adjust_quantity.quantity IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'quantity'), 'quantity must be a finite number above zero');
  END IF;
  UPDATE oms.orders o SET quantity = adjust_quantity.quantity, reason = coalesce(adjust_quantity.reason, o.reason)
  WHERE o.order_id = adjust_quantity.order_id AND o.account = adjust_quantity.account
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(adjust_quantity.order_id, adjust_quantity.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.adjust_quantity(bigint, numeric, text, timestamptz, text, integer, text) IS 'Sets an order''s quantity. Returns the order: quantity_adjusted_at.';
