-- Orders that live: something of them can still execute, or is still held.
CREATE OR REPLACE VIEW oms.open_orders WITH (security_invoker = true) AS
SELECT o.order_id, o.account, o.client_order_id, o.broker, o.broker_order_id, o.symbol, o.side, o.book, o.strategy_id, o.order_type,
  o.quantity, o.limit_price, o.stop_price, o.status, o.reason, o.execution_qty, o.execution_price, o.leaves_qty, o.open_qty,
  o.placed_at, o.accepted_at, o.updated_at, o.last_status_check
FROM oms.orders o
WHERE o.status IN ('pending', 'ongoing');

COMMENT ON VIEW oms.open_orders IS 'Orders that live: pending, or ongoing (working or held).';
COMMENT ON COLUMN oms.open_orders.order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.account IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.broker IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.broker_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.book IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.strategy_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.order_type IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.quantity IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.limit_price IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.stop_price IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.status IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.reason IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.execution_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.execution_price IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.leaves_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.open_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.placed_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.accepted_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.updated_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_orders.last_status_check IS 'As in oms.orders.';
