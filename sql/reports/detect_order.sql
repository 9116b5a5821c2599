-- An order that the broker knows and we don't becomes a row, as one placed by hand: from Symbol, Side, OrderQty or CashOrderQty, OrdType, Price,
-- StopPx, TimeInForce. Returns its id; of two sessions that detect it at once both get the same. Raises OM001 where the report says too little,
-- OM007 where what it says can't be.
CREATE OR REPLACE FUNCTION oms.detect_order(report jsonb, broker text, account text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  -- A request's report carries the request's id; the order's is the one before.
  v_client_order_id CONSTANT text := coalesce(report ->> 'OrigClOrdID', report ->> 'ClOrdID');
  v_price CONSTANT numeric := nullif(oms.fix_number(report, 'Price'), 0);
  v_stop CONSTANT numeric := nullif(oms.fix_number(report, 'StopPx'), 0);
  v_order_type CONSTANT text := lower(replace(oms.fix_name('OrdType', report ->> 'OrdType'), ' ', '_'));
  v_time_in_force CONSTANT text := lower(oms.fix_name('TimeInForce', report ->> 'TimeInForce'));
  v_order_id bigint;
BEGIN
  IF coalesce(v_client_order_id, nullif(report ->> 'OrderID', 'NONE')) IS NULL OR report ->> 'Symbol' IS NULL OR report ->> 'Side' IS NULL OR coalesce(report ->> 'OrderQty', report ->> 'CashOrderQty') IS NULL THEN
    PERFORM oms.raise_error('order_not_found', jsonb_build_object('account', detect_order.account, 'ClOrdID', report ->> 'ClOrdID',
      'OrigClOrdID', report ->> 'OrigClOrdID', 'OrderID', report ->> 'OrderID'),
      'no order has these ids yet: hand the message over again once it is known; one with ClOrdID or OrderID, Symbol, Side and OrderQty makes it a row');
  END IF;
  INSERT INTO oms.orders AS o (account, broker, client_order_id, broker_order_id, accepted_at, symbol, side, quantity, cash_quantity, order_type,
    limit_price, stop_price, time_in_force, entry_type, order_metadata)
  VALUES (detect_order.account, coalesce(detect_order.broker, ''), v_client_order_id, nullif(nullif(btrim(report ->> 'OrderID'), ''), 'NONE'), '-infinity',
    report ->> 'Symbol', lower(oms.fix_name('Side', report ->> 'Side')), oms.fix_number(report, 'OrderQty'), oms.fix_number(report, 'CashOrderQty'),
    CASE
      WHEN v_order_type IN ('market', 'limit', 'stop', 'stop_limit') THEN v_order_type
      WHEN v_stop IS NOT NULL THEN CASE WHEN v_price IS NULL THEN 'stop' ELSE 'stop_limit' END
      WHEN v_price IS NOT NULL THEN 'limit' ELSE 'market' END,
    v_price, v_stop, CASE WHEN v_time_in_force IN ('day', 'gtc', 'gtd', 'ioc', 'fok', 'opg') THEN v_time_in_force ELSE 'day' END, 'manual',
    -- Kinds we have no word for stay with the order as the broker says them.
    jsonb_strip_nulls(jsonb_build_object(
      'OrdType', CASE WHEN v_order_type NOT IN ('market', 'limit', 'stop', 'stop_limit') THEN report ->> 'OrdType' END,
      'TimeInForce', CASE WHEN v_time_in_force NOT IN ('day', 'gtc', 'gtd', 'ioc', 'fok', 'opg') THEN report ->> 'TimeInForce' END)))
  ON CONFLICT DO NOTHING
  RETURNING o.order_id INTO v_order_id;
  IF v_order_id IS NULL THEN
    -- Another session was first.
    SELECT o.order_id INTO v_order_id FROM oms.orders o
    WHERE o.account = detect_order.account AND (o.client_order_id = v_client_order_id
      OR (o.broker_order_id = report ->> 'OrderID' AND o.broker = coalesce(detect_order.broker, '')));
  END IF;
  RETURN v_order_id;
END
$$;

COMMENT ON FUNCTION oms.detect_order(jsonb, text, text) IS 'Internal: makes an order that only the broker knows a row.';
