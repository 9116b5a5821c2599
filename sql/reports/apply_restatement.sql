-- Applies what a Restated report says of the order's terms: quantity, prices, trading day, split. What a later report on record says already is left
-- alone, field by field; a split multiplies whenever it comes.
CREATE OR REPLACE FUNCTION oms.apply_restatement(state oms.orders, trade_date date, reason text, report jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_types CONSTANT text[] := '{Restated,Resumed,Replace}';
  v_ratio CONSTANT numeric := oms.fix_ratio(report);
  -- What was said later stands, and is in the units after a split already.
  v_quantity CONSTANT numeric := CASE WHEN oms.is_told_later(state.order_id, state.account, v_types, 'OrderQty')
    THEN CASE WHEN v_ratio IS NOT NULL THEN state.quantity END
    ELSE oms.fix_number(report, 'OrderQty') END;
  v_price CONSTANT numeric := CASE WHEN oms.is_told_later(state.order_id, state.account, v_types, 'Price')
    THEN CASE WHEN v_ratio IS NOT NULL THEN state.limit_price END
    ELSE nullif(oms.fix_number(report, 'Price'), 0) END;
  v_stop CONSTANT numeric := CASE WHEN oms.is_told_later(state.order_id, state.account, v_types, 'StopPx')
    THEN CASE WHEN v_ratio IS NOT NULL THEN state.stop_price END
    ELSE nullif(oms.fix_number(report, 'StopPx'), 0) END;
BEGIN
  PERFORM oms.restate_order(state.order_id, v_quantity, v_price, v_stop, v_ratio, trade_date, reason, account => state.account);
  PERFORM oms.keep_reported_quantity(state.order_id, state.account, v_quantity);
END
$$;

COMMENT ON FUNCTION oms.apply_restatement(oms.orders, date, text, jsonb) IS 'Internal: applies what a broker reports of an order''s terms.';
