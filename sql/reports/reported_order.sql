-- The order a report is about: by ClOrdID (any it ever had, or a request's), OrigClOrdID, OrderID. One that nobody knows becomes a row, unless the
-- report itself is about an unknown one (a cancel reject; a status or rejection with OrderID NONE): null then. Locked where what the report does depends on how the order
-- stands; a booking locks it in its turn. Raises OM001, OM007.
CREATE OR REPLACE FUNCTION oms.reported_order(report jsonb, report_type text, broker text, account text)
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_order oms.orders;
  v_order_id bigint;
  v_found integer;
BEGIN
  -- Nearly always the order has that very id.
  SELECT o.* INTO v_order FROM oms.orders o
  WHERE o.client_order_id = report ->> 'ClOrdID' AND o.account = reported_order.account;
  v_order_id := v_order.order_id;
  IF v_order_id IS NOT NULL AND report ? 'OrigClOrdID' THEN
    -- Where an order has the id of another's request, the request is meant.
    v_order_id := coalesce((
      SELECT r.order_id FROM oms.order_requests r
      WHERE r.client_order_id = report ->> 'ClOrdID' AND r.account = reported_order.account), v_order_id);
  END IF;
  IF v_order_id IS NULL AND report ? 'ClOrdID' THEN
    v_order_id := oms.order_by_client_id(report ->> 'ClOrdID', reported_order.account);
  END IF;
  IF v_order_id IS NULL AND report ? 'OrigClOrdID' THEN
    v_order_id := oms.order_by_client_id(report ->> 'OrigClOrdID', reported_order.account);
  END IF;
  IF v_order_id IS NULL AND report ->> 'OrderID' <> 'NONE' THEN
    SELECT max(o.order_id), count(*) INTO v_order_id, v_found FROM oms.orders o
    WHERE o.broker_order_id = report ->> 'OrderID' AND o.account = reported_order.account
      AND (reported_order.broker IS NULL OR o.broker = reported_order.broker);
    IF v_found > 1 THEN
      PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'broker', 'OrderID', report ->> 'OrderID'),
        'orders of several brokers have this OrderID; say which broker reports');
    END IF;
  END IF;
  IF v_order_id IS NULL AND reported_order.report_type <> 'Cancel Reject'
     AND (report ->> 'OrderID' = 'NONE' AND reported_order.report_type IN ('Order Status', 'Rejected')) IS NOT TRUE THEN
    v_order_id := oms.detect_order(report, reported_order.broker, reported_order.account);
  END IF;
  IF reported_order.report_type NOT LIKE 'Trade%' AND reported_order.report_type NOT IN ('New', 'Rejected', 'Canceled', 'Expired', 'Order Status') THEN
    SELECT o.* INTO v_order FROM oms.orders o
    WHERE o.order_id = v_order_id AND o.account = reported_order.account
    FOR NO KEY UPDATE;
  ELSIF v_order_id IS DISTINCT FROM v_order.order_id THEN
    SELECT o.* INTO v_order FROM oms.orders o
    WHERE o.order_id = v_order_id AND o.account = reported_order.account;
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.reported_order(jsonb, text, text, text) IS 'Internal: the order a report is about.';
