-- Every event with the order it belongs to: the log for people and BI tools.
CREATE OR REPLACE VIEW oms.order_history WITH (security_invoker = true) AS
SELECT e.order_id, e.seq, e.account, o.symbol, o.side, o.book, o.client_order_id, o.broker_order_id, e.event_type, e.from_status, e.to_status,
  e.recorded_at, coalesce(e.occurred_at, e.recorded_at) AS occurred_at, e.actor, e.db_user, e.application, e.reason, e.correlation_id,
  e.exec_id, e.last_qty, e.last_price, e.changes
FROM oms.order_events e
JOIN oms.orders o ON o.order_id = e.order_id AND o.account = e.account;

COMMENT ON VIEW oms.order_history IS 'Every event with the order it belongs to.';
COMMENT ON COLUMN oms.order_history.occurred_at IS 'When it happened: as the caller or market says, else recorded_at.';
COMMENT ON COLUMN oms.order_history.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.order_history.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.order_history.book IS 'As in oms.orders.';
COMMENT ON COLUMN oms.order_history.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.order_history.broker_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.order_history.order_id IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.seq IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.account IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.event_type IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.from_status IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.to_status IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.recorded_at IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.actor IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.db_user IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.application IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.reason IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.correlation_id IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.exec_id IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.last_qty IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.last_price IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.order_history.changes IS 'As in oms.order_events.';
