-- What an event keeps besides its own columns: the new value of every other column that changed. true stands for the event's own value:
-- recorded_at for a stamp, occurred_at for execution_time, reason for the reason. Compared column by column, which costs half of comparing
-- two whole rows as jsonb; last_status_check is left out (a heartbeat is no event). The text depends on no setting of the session.
CREATE OR REPLACE FUNCTION oms.order_changes(before oms.orders, after oms.orders, occurred_at timestamptz, logged_reason text)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN ('{' || concat_ws(',',
    CASE WHEN after.parent_order_id IS DISTINCT FROM before.parent_order_id THEN '"parent_order_id":' || coalesce(to_json(after.parent_order_id)::text, 'null') END,
    CASE WHEN after.client_order_id IS DISTINCT FROM before.client_order_id THEN '"client_order_id":' || coalesce(to_json(after.client_order_id)::text, 'null') END,
    CASE WHEN after.broker IS DISTINCT FROM before.broker THEN '"broker":' || coalesce(to_json(after.broker)::text, 'null') END,
    CASE WHEN after.broker_order_id IS DISTINCT FROM before.broker_order_id THEN '"broker_order_id":' || coalesce(to_json(after.broker_order_id)::text, 'null') END,
    CASE WHEN after.symbol IS DISTINCT FROM before.symbol THEN '"symbol":' || coalesce(to_json(after.symbol)::text, 'null') END,
    CASE WHEN after.side IS DISTINCT FROM before.side THEN '"side":' || coalesce(to_json(after.side)::text, 'null') END,
    CASE WHEN after.book IS DISTINCT FROM before.book THEN '"book":' || coalesce(to_json(after.book)::text, 'null') END,
    CASE WHEN after.strategy_id IS DISTINCT FROM before.strategy_id THEN '"strategy_id":' || coalesce(to_json(after.strategy_id)::text, 'null') END,
    CASE WHEN after.order_type IS DISTINCT FROM before.order_type THEN '"order_type":' || coalesce(to_json(after.order_type)::text, 'null') END,
    CASE WHEN after.time_in_force IS DISTINCT FROM before.time_in_force THEN '"time_in_force":' || coalesce(to_json(after.time_in_force)::text, 'null') END,
    CASE WHEN after.variety IS DISTINCT FROM before.variety THEN '"variety":' || coalesce(to_json(after.variety)::text, 'null') END,
    CASE WHEN after.entry_type IS DISTINCT FROM before.entry_type THEN '"entry_type":' || coalesce(to_json(after.entry_type)::text, 'null') END,
    CASE WHEN after.trade_mode IS DISTINCT FROM before.trade_mode THEN '"trade_mode":' || coalesce(to_json(after.trade_mode)::text, 'null') END,
    CASE WHEN after.quantity IS DISTINCT FROM before.quantity THEN '"quantity":' || coalesce(to_json(after.quantity)::text, 'null') END,
    CASE WHEN after.cash_quantity IS DISTINCT FROM before.cash_quantity THEN '"cash_quantity":' || coalesce(to_json(after.cash_quantity)::text, 'null') END,
    CASE WHEN after.limit_price IS DISTINCT FROM before.limit_price THEN '"limit_price":' || coalesce(to_json(after.limit_price)::text, 'null') END,
    CASE WHEN after.stop_price IS DISTINCT FROM before.stop_price THEN '"stop_price":' || coalesce(to_json(after.stop_price)::text, 'null') END,
    CASE WHEN after.rejection_reason IS DISTINCT FROM before.rejection_reason THEN '"rejection_reason":' || coalesce(to_json(after.rejection_reason)::text, 'null') END,
    CASE WHEN after.end_reason IS DISTINCT FROM before.end_reason THEN '"end_reason":' || coalesce(to_json(after.end_reason)::text, 'null') END,
    CASE WHEN after.hold IS DISTINCT FROM before.hold THEN '"hold":' || coalesce(to_json(after.hold)::text, 'null') END,
    CASE WHEN after.execution_qty IS DISTINCT FROM before.execution_qty THEN '"execution_qty":' || coalesce(to_json(after.execution_qty)::text, 'null') END,
    CASE WHEN after.execution_price IS DISTINCT FROM before.execution_price THEN '"execution_price":' || coalesce(to_json(after.execution_price)::text, 'null') END,
    CASE WHEN after.cancelled_qty IS DISTINCT FROM before.cancelled_qty THEN '"cancelled_qty":' || coalesce(to_json(after.cancelled_qty)::text, 'null') END,
    CASE WHEN after.leaves_qty IS DISTINCT FROM before.leaves_qty THEN '"leaves_qty":' || coalesce(to_json(after.leaves_qty)::text, 'null') END,
    CASE WHEN after.open_qty IS DISTINCT FROM before.open_qty THEN '"open_qty":' || coalesce(to_json(after.open_qty)::text, 'null') END,
    CASE WHEN after.last_fill_id IS DISTINCT FROM before.last_fill_id THEN '"last_fill_id":' || coalesce(to_json(after.last_fill_id)::text, 'null') END,
    CASE WHEN after.retry_count IS DISTINCT FROM before.retry_count THEN '"retry_count":' || coalesce(to_json(after.retry_count)::text, 'null') END,
    CASE WHEN after.order_metadata IS DISTINCT FROM before.order_metadata THEN '"order_metadata":' || coalesce(to_json(after.order_metadata)::text, 'null') END,
    CASE WHEN after.placed_at IS DISTINCT FROM before.placed_at THEN '"placed_at":' || CASE WHEN after.placed_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.accepted_at IS DISTINCT FROM before.accepted_at THEN '"accepted_at":' || CASE WHEN after.accepted_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.filled_at IS DISTINCT FROM before.filled_at THEN '"filled_at":' || CASE WHEN after.filled_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.first_failed_at IS DISTINCT FROM before.first_failed_at THEN '"first_failed_at":' || CASE WHEN after.first_failed_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.last_retry_attempt IS DISTINCT FROM before.last_retry_attempt THEN '"last_retry_attempt":' || CASE WHEN after.last_retry_attempt IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.quantity_adjusted_at IS DISTINCT FROM before.quantity_adjusted_at THEN '"quantity_adjusted_at":' || CASE WHEN after.quantity_adjusted_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.manual_detected_at IS DISTINCT FROM before.manual_detected_at THEN '"manual_detected_at":' || CASE WHEN after.manual_detected_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.closed_at IS DISTINCT FROM before.closed_at THEN '"closed_at":' || CASE WHEN after.closed_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.execution_time IS DISTINCT FROM before.execution_time THEN '"execution_time":' || CASE
      WHEN after.execution_time IS NULL THEN 'null'
      WHEN after.execution_time = occurred_at THEN 'true'
      ELSE '"' || to_char(after.execution_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"' END END,
    CASE WHEN after.reason IS DISTINCT FROM before.reason THEN '"reason":' || CASE
      WHEN after.reason = logged_reason THEN 'true'
      ELSE coalesce(to_json(after.reason)::text, 'null') END END) || '}')::jsonb;
END
$$;

COMMENT ON FUNCTION oms.order_changes(oms.orders, oms.orders, timestamptz, text) IS 'Internal: the new values of the columns an event doesn''t hold itself.';
