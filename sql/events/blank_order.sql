-- An order before its first event: every column at its default. Where the fold of the log begins.
CREATE OR REPLACE FUNCTION oms.blank_order()
RETURNS oms.orders
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_blank oms.orders;
BEGIN
  v_blank.book := '';
  v_blank.broker := '';
  v_blank.order_type := 'market';
  v_blank.time_in_force := 'day';
  v_blank.variety := 'regular';
  v_blank.entry_type := 'initial';
  v_blank.trade_mode := 'broker';
  v_blank.execution_qty := 0;
  v_blank.cancelled_qty := 0;
  v_blank.open_qty := 0;
  v_blank.last_fill_id := 0;
  v_blank.retry_count := 0;
  v_blank.order_metadata := '{}';
  RETURN v_blank;
END
$$;

COMMENT ON FUNCTION oms.blank_order() IS 'Internal: an order before its first event, every column at its default.';
