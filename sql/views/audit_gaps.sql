-- What is wrong with the books: one row per gap, named, with the order. No rows is the proof. Triggers make these gaps impossible; this view
-- finds what was written while they were disabled, or by an owner. Scans everything the reader may see.
CREATE OR REPLACE VIEW oms.audit_gaps WITH (security_invoker = true) AS
SELECT g.gap, g.account, g.order_id, g.detail FROM oms.audit_log_gaps g
UNION ALL
SELECT g.gap, g.account, g.order_id, g.detail FROM oms.audit_fill_gaps g
UNION ALL
SELECT g.gap, g.account, g.order_id, g.detail FROM oms.audit_stamp_gaps g
UNION ALL
SELECT g.gap, g.account, g.order_id, g.detail FROM oms.audit_request_gaps g;

COMMENT ON VIEW oms.audit_gaps IS 'What is wrong with the books, one row per gap; no rows is the proof that nothing is.';
COMMENT ON COLUMN oms.audit_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_gaps.order_id IS 'The order; null for a gap of a position.';
COMMENT ON COLUMN oms.audit_gaps.detail IS 'What is, and what should be.';
