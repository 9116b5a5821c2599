-- Every order that was placed by hand, and what became of it: an operator works through the unclaimed ones.
CREATE OR REPLACE VIEW oms.manual_orders WITH (security_invoker = true) AS
SELECT o.order_id, o.account, CASE
    WHEN o.strategy_id IS NOT NULL THEN 'claimed'
    WHEN d.event_type = 'dismissed' THEN 'dismissed'
    ELSE 'unclaimed' END AS handling,
  o.strategy_id, d.actor AS decided_by, d.recorded_at AS decided_at, d.reason AS decision,
  o.broker, o.broker_order_id, o.client_order_id, o.symbol, o.side, o.book, o.status, o.quantity, o.execution_qty, o.leaves_qty, o.open_qty,
  o.limit_price, o.manual_detected_at, o.updated_at
FROM oms.orders o
LEFT JOIN LATERAL (
  SELECT e.event_type, e.actor, e.recorded_at, e.reason
  FROM oms.order_events e
  WHERE e.order_id = o.order_id AND e.account = o.account AND e.event_type IN ('claimed', 'dismissed')
  ORDER BY e.seq DESC
  LIMIT 1) d ON true
WHERE o.manual_detected_at IS NOT NULL;

COMMENT ON VIEW oms.manual_orders IS 'Orders placed by hand: unclaimed, claimed by a strategy, or dismissed as none of ours.';
COMMENT ON COLUMN oms.manual_orders.handling IS 'unclaimed (nobody has decided), claimed (a strategy owns it), dismissed (a named human said that it is none of ours).';
COMMENT ON COLUMN oms.manual_orders.decided_by IS 'Who last claimed or dismissed it, as claimed by the caller; null where nobody did.';
COMMENT ON COLUMN oms.manual_orders.decided_at IS 'When that was recorded.';
COMMENT ON COLUMN oms.manual_orders.decision IS 'Why, as they said.';
COMMENT ON COLUMN oms.manual_orders.order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.account IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.strategy_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.broker IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.broker_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.book IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.status IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.quantity IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.execution_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.leaves_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.open_qty IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.limit_price IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.manual_detected_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.manual_orders.updated_at IS 'As in oms.orders.';
