-- The order a report is about: by ClOrdID (any it ever had, or a request's), OrigClOrdID, OrderID. Null where nobody knows it.
CREATE OR REPLACE FUNCTION oms.reported_order(report jsonb, broker text, account text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_order_id bigint;
BEGIN
  IF report ? 'ClOrdID' THEN
    v_order_id := oms.order_by_client_id(report ->> 'ClOrdID', reported_order.account);
  END IF;
  IF v_order_id IS NULL AND report ? 'OrigClOrdID' THEN
    v_order_id := oms.order_by_client_id(report ->> 'OrigClOrdID', reported_order.account);
  END IF;
  IF v_order_id IS NULL AND report ->> 'OrderID' <> 'NONE' THEN
    SELECT o.order_id INTO v_order_id FROM oms.orders o
    WHERE o.broker_order_id = report ->> 'OrderID' AND o.account = reported_order.account
      AND (reported_order.broker IS NULL OR o.broker = reported_order.broker)
    LIMIT 1;
  END IF;
  RETURN v_order_id;
END
$$;

COMMENT ON FUNCTION oms.reported_order(jsonb, text, text) IS 'Internal: the order a report is about.';
