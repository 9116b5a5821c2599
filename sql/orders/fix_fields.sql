-- An order as a FIX ExecutionReport tells it: status by precedence, cumulative and day quantities, ids. The day is the newest one the order has
-- reached; an execution counts for its own day, also when it was corrected later. Without an order (null): what FIX answers about one that
-- nobody knows. Raises OM001, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.fix_fields(
  order_id bigint,
  account text DEFAULT oms.current_account())
RETURNS oms.fix_order
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_order oms.orders;
  v_request record;
  v_fields oms.fix_order;
BEGIN
  IF fix_fields.order_id IS NULL THEN
    v_fields := ROW('Rejected', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 'NONE');
    RETURN v_fields;
  END IF;
  v_order := oms.get_order(fix_fields.order_id, fix_fields.account);
  -- What the broker is deciding, a cancel first; else the cancel that ended the order, or the replace that gave it its id.
  SELECT r.client_order_id, r.orig_client_order_id INTO v_request
  FROM oms.order_requests r
  WHERE r.order_id = v_order.order_id AND r.account = v_order.account
    AND (r.state = 'pending' OR (r.state = 'accepted' AND (r.kind = 'cancel' OR r.client_order_id = v_order.client_order_id)))
  ORDER BY r.state DESC, r.kind, r.received_at DESC
  LIMIT 1;

  v_fields.ord_status := oms.fix_ord_status(v_order);
  v_fields.order_qty := v_order.quantity;
  v_fields.cum_qty := v_order.execution_qty;
  v_fields.leaves_qty := v_order.leaves_qty;
  v_fields.avg_px := v_order.execution_price;
  WITH executed AS (
    SELECT n.quantity, oms.execution_day(n.order_id, n.account, n.exec_id) AS trade_date
    FROM oms.net_fills n
    WHERE n.order_id = v_order.order_id AND n.account = v_order.account AND n.kind <> 'adjust'
  )
  SELECT coalesce(sum(e.quantity) FILTER (WHERE e.trade_date = d.trade_date), 0) INTO v_fields.day_cum_qty
  FROM executed e
  CROSS JOIN (SELECT greatest(v_order.trade_date, max(l.trade_date)) AS trade_date FROM executed l) d;
  v_fields.day_order_qty := v_order.quantity - (v_order.execution_qty - v_fields.day_cum_qty);
  v_fields.cl_ord_id := coalesce(v_request.client_order_id, v_order.client_order_id);
  v_fields.orig_cl_ord_id := v_request.orig_client_order_id;
  v_fields.order_id := coalesce(v_order.broker_order_id, v_order.order_id::text);
  RETURN v_fields;
END
$$;

COMMENT ON FUNCTION oms.fix_fields(bigint, text) IS 'Returns the order as a FIX ExecutionReport tells it: OrdStatus by precedence, quantities in units, average price per unit, ids. Null: the answer about an unknown order.';
