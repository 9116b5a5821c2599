-- Where a broker and the books disagree: what was stated or done that the known facts contradict. The facts stand; somebody looks into it.
CREATE OR REPLACE VIEW oms.discrepancies WITH (security_invoker = true) AS
SELECT e.order_id, e.account, e.seq, e.recorded_at, e.occurred_at, e.actor, e.reason AS discrepancy, o.symbol, o.side, o.client_order_id, o.broker_order_id
FROM oms.order_events e
JOIN oms.orders o ON o.order_id = e.order_id AND o.account = e.account
WHERE e.event_type = 'discrepancy';

COMMENT ON VIEW oms.discrepancies IS 'Where a broker and the books disagree, one row per contradiction, from the log.';
COMMENT ON COLUMN oms.discrepancies.discrepancy IS 'What was stated, and what is known.';
COMMENT ON COLUMN oms.discrepancies.order_id IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.discrepancies.account IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.discrepancies.seq IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.discrepancies.recorded_at IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.discrepancies.occurred_at IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.discrepancies.actor IS 'As in oms.order_events.';
COMMENT ON COLUMN oms.discrepancies.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.discrepancies.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.discrepancies.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.discrepancies.broker_order_id IS 'As in oms.orders.';
