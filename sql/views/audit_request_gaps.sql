-- Where orders disagree with their requests or with what a broker's stream said, one row per gap. A part of oms.audit_gaps.
CREATE OR REPLACE VIEW oms.audit_request_gaps WITH (security_invoker = true) AS
SELECT 'open request of an ended order' AS gap, r.account, r.order_id, format('%s %s is %s, the order %s', r.kind, r.client_order_id, r.state, o.status) AS detail
FROM oms.order_requests r
JOIN oms.orders o ON o.order_id = r.order_id AND o.account = r.account
WHERE r.state IN ('received', 'pending') AND (o.end_reason IS NOT NULL OR o.status = 'failed')
UNION ALL
SELECT 'accepted request without effect', r.account, r.order_id, format('cancel %s, the order is %s', r.client_order_id, o.status)
FROM oms.order_requests r
JOIN oms.orders o ON o.order_id = r.order_id AND o.account = r.account
WHERE r.state = 'accepted' AND r.kind = 'cancel' AND o.end_reason IS NULL AND o.status NOT IN ('failed', 'pending')
UNION ALL
SELECT 'id without its replace', o.account, o.order_id, format('client_order_id %s, placed as %s', o.client_order_id, e.changes ->> 'client_order_id')
FROM oms.orders o
JOIN oms.order_events e ON e.order_id = o.order_id AND e.account = o.account AND e.seq = 1
WHERE o.client_order_id <> e.changes ->> 'client_order_id' AND NOT EXISTS (
  SELECT FROM oms.order_requests r
  WHERE r.client_order_id = o.client_order_id AND r.account = o.account AND r.order_id = o.order_id AND r.state = 'accepted')
UNION ALL
SELECT 'id of an order and of another''s request', o.account, o.order_id, format('client_order_id %s, the request is about order %s', o.client_order_id, r.order_id)
FROM oms.orders o
JOIN oms.order_requests r ON r.client_order_id = o.client_order_id AND r.account = o.account AND r.order_id IS DISTINCT FROM o.order_id
UNION ALL
SELECT 'reported execution not booked', p.account, p.order_id, format('ExecID %s', p.exec_id)
FROM oms.execution_reports p
WHERE p.exec_type = 'Trade' AND NOT EXISTS (
  SELECT FROM oms.fills f WHERE f.order_id = p.order_id AND f.account = p.account AND f.exec_id = p.exec_id);

COMMENT ON VIEW oms.audit_request_gaps IS 'Where orders disagree with their requests or with a broker''s reports.';
COMMENT ON COLUMN oms.audit_request_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_request_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_request_gaps.order_id IS 'The order.';
COMMENT ON COLUMN oms.audit_request_gaps.detail IS 'What is, and what should be.';
