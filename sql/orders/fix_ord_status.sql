-- FIX OrdStatus of an order, by name: of all that apply the one FIX gives precedence. Derived from the facts and the open requests, never stored.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.fix_ord_status(state oms.orders)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_pending CONSTANT text := (
    SELECT min(r.kind) FROM oms.order_requests r
    WHERE r.order_id = (fix_ord_status.state).order_id AND r.account = (fix_ord_status.state).account AND r.state = 'pending');
  v_executed CONSTANT boolean := state.execution_qty > 0;
BEGIN
  RETURN CASE
    WHEN v_pending = 'cancel' THEN 'Pending Cancel'
    WHEN v_pending = 'replace' THEN 'Pending Replace'
    WHEN state.hold = 'done_for_day' THEN 'Done for Day'
    WHEN state.hold = 'calculated' THEN 'Calculated'
    WHEN v_executed AND state.execution_qty >= state.quantity THEN 'Filled'
    WHEN state.hold = 'stopped' THEN 'Stopped'
    WHEN state.hold = 'suspended' THEN 'Suspended'
    WHEN state.end_reason = 'expired' THEN 'Expired'
    WHEN state.end_reason = 'done_for_day' THEN 'Done for Day'
    WHEN state.end_reason IS NOT NULL THEN 'Canceled'
    WHEN v_executed THEN 'Partially Filled'
    WHEN state.status = 'failed' THEN 'Rejected'
    WHEN state.accepted_at IS NOT NULL THEN 'New'
    ELSE 'Pending New' END;
END
$$;

COMMENT ON FUNCTION oms.fix_ord_status(oms.orders) IS 'Internal: FIX OrdStatus of an order.';
