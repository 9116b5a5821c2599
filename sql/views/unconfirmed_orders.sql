-- Orders that were recorded but not yet seen at the broker: they may live there or not.
CREATE OR REPLACE VIEW oms.unconfirmed_orders WITH (security_invoker = true) AS
SELECT o.order_id, o.account, o.client_order_id, o.broker, o.symbol, o.side, o.book, o.quantity, o.leaves_qty, o.placed_at, o.last_status_check,
  oms.clock() - o.placed_at AS unconfirmed_for, t.attempts, t.last_error
FROM oms.orders o
CROSS JOIN LATERAL (
  SELECT count(*) AS attempts, (array_agg(e.reason ORDER BY e.seq DESC))[1] AS last_error
  FROM oms.order_events e
  WHERE e.order_id = o.order_id AND e.account = o.account AND e.event_type = 'attempted') t
WHERE o.status = 'pending' AND o.accepted_at IS NULL AND o.trade_mode = 'broker';

COMMENT ON VIEW oms.unconfirmed_orders IS 'Orders recorded but not confirmed by the broker yet.';
COMMENT ON COLUMN oms.unconfirmed_orders.unconfirmed_for IS 'Time since the order was recorded.';
COMMENT ON COLUMN oms.unconfirmed_orders.attempts IS 'How many attempts to send ended in a transport error (oms.record_attempt).';
COMMENT ON COLUMN oms.unconfirmed_orders.last_error IS 'The error of the newest of them.';
COMMENT ON COLUMN oms.unconfirmed_orders.order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.account IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.broker IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.book IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.quantity IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.leaves_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.placed_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.unconfirmed_orders.last_status_check IS 'As in oms.orders.';
