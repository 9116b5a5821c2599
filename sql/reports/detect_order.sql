-- An order that the broker knows and we don't becomes a row, as one placed by hand: from Symbol, Side, OrderQty or CashOrderQty, OrdType, Price,
-- StopPx, TimeInForce. Returns its id; of two sessions that detect it at once both get the same. Raises OM001 where the report says too little,
-- OM007 where what it says can't be.
CREATE OR REPLACE FUNCTION oms.detect_order(report jsonb, report_type text, broker text, account text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  -- A request's report carries the request's id; the order's is the one before.
  v_client_order_id CONSTANT text := CASE
    WHEN report ? 'OrigClOrdID' AND detect_order.report_type IN ('Pending Cancel', 'Pending Replace', 'Canceled', 'Replace') THEN report ->> 'OrigClOrdID'
    ELSE report ->> 'ClOrdID' END;
  v_price CONSTANT numeric := oms.fix_number(report, 'Price');
  v_stop CONSTANT numeric := oms.fix_number(report, 'StopPx');
  v_order_id bigint;
BEGIN
  IF report ->> 'Symbol' IS NULL OR report ->> 'Side' IS NULL OR coalesce(report ->> 'OrderQty', report ->> 'CashOrderQty') IS NULL THEN
    PERFORM oms.raise_error('order_not_found', jsonb_build_object('account', detect_order.account, 'ClOrdID', report ->> 'ClOrdID',
      'OrigClOrdID', report ->> 'OrigClOrdID', 'OrderID', report ->> 'OrderID'),
      'no order has these ids; a report with Symbol, Side and OrderQty makes the unknown order a row');
  END IF;
  INSERT INTO oms.orders AS o (account, broker, client_order_id, symbol, side, quantity, cash_quantity, order_type, limit_price, stop_price,
    time_in_force, entry_type)
  VALUES (detect_order.account, coalesce(detect_order.broker, ''), v_client_order_id, report ->> 'Symbol', lower(oms.fix_name('Side', report ->> 'Side')),
    oms.fix_number(report, 'OrderQty'), oms.fix_number(report, 'CashOrderQty'),
    CASE WHEN report ? 'OrdType' THEN lower(replace(oms.fix_name('OrdType', report ->> 'OrdType'), ' ', '_'))
      WHEN v_stop IS NOT NULL THEN CASE WHEN v_price IS NULL THEN 'stop' ELSE 'stop_limit' END
      WHEN v_price IS NOT NULL THEN 'limit' ELSE 'market' END,
    v_price, v_stop, CASE WHEN report ? 'TimeInForce' THEN lower(oms.fix_name('TimeInForce', report ->> 'TimeInForce')) ELSE 'day' END, 'manual')
  ON CONFLICT DO NOTHING
  RETURNING o.order_id INTO v_order_id;
  RETURN coalesce(v_order_id, oms.order_by_client_id(v_client_order_id, detect_order.account));
END
$$;

COMMENT ON FUNCTION oms.detect_order(jsonb, text, text, text) IS 'Internal: makes an order that only the broker knows a row.';
