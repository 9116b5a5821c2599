-- Where an order contradicts itself: quantities that don't add up, stamps that are missing or have no cause. A part of oms.audit_gaps.
CREATE OR REPLACE VIEW oms.audit_stamp_gaps WITH (security_invoker = true) AS
SELECT 'quantities don''t add up' AS gap, o.account, o.order_id,
  format('%s of %s: executed %s, leaves %s, cancelled %s, open %s', o.status, o.quantity, o.execution_qty, o.leaves_qty, o.cancelled_qty, o.open_qty) AS detail
FROM oms.orders o
WHERE NOT CASE
    WHEN o.status = 'failed' THEN o.execution_qty = 0 AND o.leaves_qty = 0 AND o.cancelled_qty = 0
    WHEN o.execution_qty > o.quantity THEN o.leaves_qty = 0 AND o.cancelled_qty = 0
    ELSE o.quantity = o.execution_qty + o.leaves_qty + o.cancelled_qty END
  OR (o.status = 'closed') <> (o.execution_qty > 0 AND coalesce(o.leaves_qty, 1) = 0 AND o.open_qty = 0)
  OR (o.end_reason IS NULL AND (o.status = 'cancelled' OR o.cancelled_qty <> 0))
UNION ALL
SELECT 'stamp missing', o.account, o.order_id, m.stamp || ' of ' || o.status || ' order'
FROM oms.orders o
CROSS JOIN LATERAL (VALUES
  ('first_failed_at', o.first_failed_at IS NULL AND (o.status = 'failed' OR o.retry_count > 0)),
  ('last_retry_attempt', o.last_retry_attempt IS NULL AND o.retry_count > 0),
  ('closed_at', o.closed_at IS NULL AND o.status IN ('closed', 'cancelled')),
  ('filled_at', o.filled_at IS NULL AND o.execution_qty > 0),
  ('execution_time', o.execution_time IS NULL AND o.execution_qty > 0),
  ('accepted_at', o.accepted_at IS NULL AND o.execution_qty > 0),
  ('manual_detected_at', o.manual_detected_at IS NULL AND o.entry_type = 'manual'),
  ('quantity_adjusted_at', o.quantity_adjusted_at IS NULL AND EXISTS (
    SELECT FROM oms.order_events e WHERE e.order_id = o.order_id AND e.account = o.account AND e.seq > 1 AND e.changes ? 'quantity'))
) AS m (stamp, missing)
WHERE m.missing
UNION ALL
SELECT 'stamp without cause', o.account, o.order_id, 'closed_at of ' || o.status || ' order'
FROM oms.orders o
WHERE o.closed_at IS NOT NULL AND o.status NOT IN ('closed', 'cancelled');

COMMENT ON VIEW oms.audit_stamp_gaps IS 'Where an order contradicts itself.';
COMMENT ON COLUMN oms.audit_stamp_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_stamp_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_stamp_gaps.order_id IS 'The order; null for a gap of a position.';
COMMENT ON COLUMN oms.audit_stamp_gaps.detail IS 'What is, and what should be.';
