-- What a broker's word about an order says before its news: an attempt to send that only seemed to fail didn't, so the order is pending again; what was
-- given up here as failed is noted; a later trading day than the order had reached begins, which ends done_for_day. Returns the order. Raises OM007.
CREATE OR REPLACE FUNCTION oms.wake_order(state oms.orders, exec_type text, report jsonb)
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF state.status = 'failed' AND state.rejection_reason IS NULL AND exec_type NOT IN ('Rejected', 'Cancel Reject', 'Canceled', 'Expired', 'Order Status') THEN
    UPDATE oms.orders o SET status = 'pending', reason = 'Alive at the broker'
    WHERE o.order_id = state.order_id AND o.account = state.account AND o.status = 'failed' AND o.rejection_reason IS NULL;
  ELSIF state.end_reason = 'failed' AND exec_type IN ('New', 'Trade', 'Triggered', 'Replace', 'Restated', 'Resumed') THEN
    PERFORM oms.note_discrepancy(state.order_id, state.account, 'alive at the broker, its remainder given up as failed here');
  END IF;
  IF state.trade_date IS NOT NULL AND exec_type NOT LIKE 'Trade%' AND exec_type NOT IN ('Restated', 'Order Status') THEN
    UPDATE oms.orders o SET trade_date = oms.report_day(report, o.account)
    WHERE o.order_id = state.order_id AND o.account = state.account AND o.trade_date < oms.report_day(report, o.account);
  END IF;
  RETURN oms.get_order(state.order_id, state.account);
END
$$;

COMMENT ON FUNCTION oms.wake_order(oms.orders, text, jsonb) IS 'Internal: what a broker''s word about an order says before its news.';
