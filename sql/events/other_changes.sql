-- The part of oms.order_changes() that few changes touch: terms, ids, executions, the stamps that go with them. Members of a JSON object.
CREATE OR REPLACE FUNCTION oms.other_changes(before oms.orders, after oms.orders, occurred_at timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN nullif(concat_ws(',',
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
    CASE WHEN after.hold IS DISTINCT FROM before.hold THEN '"hold":' || coalesce(to_json(after.hold)::text, 'null') END,
    CASE WHEN after.trade_date IS DISTINCT FROM before.trade_date THEN '"trade_date":' || coalesce(to_json(after.trade_date)::text, 'null') END,
    CASE WHEN after.order_metadata IS DISTINCT FROM before.order_metadata THEN '"order_metadata":' || coalesce(to_json(after.order_metadata)::text, 'null') END,
    CASE WHEN after.execution_qty IS DISTINCT FROM before.execution_qty THEN '"execution_qty":' || coalesce(to_json(after.execution_qty)::text, 'null') END,
    CASE WHEN after.execution_price IS DISTINCT FROM before.execution_price THEN '"execution_price":' || coalesce(to_json(after.execution_price)::text, 'null') END,
    CASE WHEN after.open_qty IS DISTINCT FROM before.open_qty THEN '"open_qty":' || coalesce(to_json(after.open_qty)::text, 'null') END,
    CASE WHEN after.last_fill_id IS DISTINCT FROM before.last_fill_id THEN '"last_fill_id":' || coalesce(to_json(after.last_fill_id)::text, 'null') END,
    CASE WHEN after.placed_at IS DISTINCT FROM before.placed_at THEN '"placed_at":' || CASE WHEN after.placed_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.accepted_at IS DISTINCT FROM before.accepted_at THEN '"accepted_at":' || CASE WHEN after.accepted_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.filled_at IS DISTINCT FROM before.filled_at THEN '"filled_at":' || CASE WHEN after.filled_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.quantity_adjusted_at IS DISTINCT FROM before.quantity_adjusted_at THEN '"quantity_adjusted_at":' || CASE WHEN after.quantity_adjusted_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.manual_detected_at IS DISTINCT FROM before.manual_detected_at THEN '"manual_detected_at":' || CASE WHEN after.manual_detected_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.restated_at IS DISTINCT FROM before.restated_at THEN '"restated_at":' || CASE WHEN after.restated_at IS NULL THEN 'null' ELSE 'true' END END,
    CASE WHEN after.execution_time IS DISTINCT FROM before.execution_time THEN '"execution_time":' || CASE
      WHEN after.execution_time = occurred_at THEN 'true'
      ELSE coalesce('"' || to_char(after.execution_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"', 'null') END END), '');
END
$$;

COMMENT ON FUNCTION oms.other_changes(oms.orders, oms.orders, timestamptz) IS 'Internal: the members of an event''s changes that few changes touch.';
