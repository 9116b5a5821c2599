-- What an event keeps besides its own columns: the new value of every other column that changed. true stands for the event's own value:
-- recorded_at for a stamp, occurred_at for execution_time, reason for the reason. last_status_check is left out (a heartbeat is no event).
-- What most changes touch is compared here, column by column; the rest is looked at only where some of it differs: a quarter of the cost of
-- comparing whole rows as jsonb. The text depends on no setting of the session.
CREATE OR REPLACE FUNCTION oms.order_changes(before oms.orders, after oms.orders, occurred_at timestamptz, logged_reason text)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN ('{' || concat_ws(',',
      CASE WHEN after.rejection_reason IS DISTINCT FROM before.rejection_reason THEN '"rejection_reason":' || coalesce(to_json(after.rejection_reason)::text, 'null') END,
      CASE WHEN after.end_reason IS DISTINCT FROM before.end_reason THEN '"end_reason":' || coalesce(to_json(after.end_reason)::text, 'null') END,
      CASE WHEN after.cancelled_qty IS DISTINCT FROM before.cancelled_qty THEN '"cancelled_qty":' || coalesce(to_json(after.cancelled_qty)::text, 'null') END,
      CASE WHEN after.leaves_qty IS DISTINCT FROM before.leaves_qty THEN '"leaves_qty":' || coalesce(to_json(after.leaves_qty)::text, 'null') END,
      CASE WHEN after.retry_count IS DISTINCT FROM before.retry_count THEN '"retry_count":' || coalesce(to_json(after.retry_count)::text, 'null') END,
      CASE WHEN after.first_failed_at IS DISTINCT FROM before.first_failed_at THEN '"first_failed_at":' || CASE WHEN after.first_failed_at IS NULL THEN 'null' ELSE 'true' END END,
      CASE WHEN after.last_retry_attempt IS DISTINCT FROM before.last_retry_attempt THEN '"last_retry_attempt":' || CASE WHEN after.last_retry_attempt IS NULL THEN 'null' ELSE 'true' END END,
      CASE WHEN after.closed_at IS DISTINCT FROM before.closed_at THEN '"closed_at":' || CASE WHEN after.closed_at IS NULL THEN 'null' ELSE 'true' END END,
      CASE WHEN after.reason IS DISTINCT FROM before.reason THEN '"reason":' || CASE
        WHEN after.reason = logged_reason THEN 'true' ELSE coalesce(to_json(after.reason)::text, 'null') END END,
      CASE WHEN record_image_ne(ROW(after.parent_order_id, after.client_order_id, after.broker, after.broker_order_id, after.symbol, after.side,
          after.book, after.strategy_id, after.order_type, after.time_in_force, after.variety, after.entry_type,
          after.trade_mode, after.quantity, after.cash_quantity, after.limit_price, after.stop_price, after.hold,
          after.order_metadata, after.execution_qty, after.execution_price, after.open_qty, after.last_fill_id, after.placed_at,
          after.accepted_at, after.filled_at, after.quantity_adjusted_at, after.manual_detected_at, after.execution_time,
          after.trade_date, after.restated_at),
        ROW(before.parent_order_id, before.client_order_id, before.broker, before.broker_order_id, before.symbol, before.side,
          before.book, before.strategy_id, before.order_type, before.time_in_force, before.variety, before.entry_type,
          before.trade_mode, before.quantity, before.cash_quantity, before.limit_price, before.stop_price, before.hold,
          before.order_metadata, before.execution_qty, before.execution_price, before.open_qty, before.last_fill_id,
          before.placed_at, before.accepted_at, before.filled_at, before.quantity_adjusted_at, before.manual_detected_at,
          before.execution_time, before.trade_date, before.restated_at))
        THEN oms.other_changes(before, after, occurred_at) END) || '}')::jsonb;
END
$$;

COMMENT ON FUNCTION oms.order_changes(oms.orders, oms.orders, timestamptz, text) IS 'Internal: the new values of the columns an event doesn''t hold itself.';
