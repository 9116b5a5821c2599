-- Where orders and their log disagree, one row per gap. A part of oms.audit_gaps.
CREATE OR REPLACE VIEW oms.audit_log_gaps WITH (security_invoker = true) AS
WITH log AS (
  SELECT e.order_id, e.account, count(*) AS events, max(e.seq) AS last_seq, max(e.recorded_at) AS last_recorded_at
  FROM oms.order_events e
  GROUP BY e.order_id, e.account
), steps AS (
  SELECT e.order_id, e.account, e.seq, e.event_type, e.from_status, e.to_status, e.recorded_at, e.exec_id, e.last_qty, e.last_price,
    lag(e.to_status) OVER w AS previous_status, lag(e.recorded_at) OVER w AS previous_recorded_at
  FROM oms.order_events e
  WINDOW w AS (PARTITION BY e.order_id, e.account ORDER BY e.seq)
), logged AS (
  SELECT DISTINCT ON (e.order_id, e.account, c.key) e.order_id, e.account, c.key,
    CASE
      WHEN c.value <> 'true' THEN c.value
      WHEN c.key = 'reason' THEN to_jsonb(e.reason)
      WHEN c.key = 'execution_time' THEN to_jsonb(e.occurred_at)
      ELSE to_jsonb(e.recorded_at) END AS value
  FROM oms.order_events e
  CROSS JOIN LATERAL jsonb_each(e.changes || jsonb_build_object('status', e.to_status)) AS c
  ORDER BY e.order_id, e.account, c.key, e.seq DESC
)
SELECT 'order without events' AS gap, o.account, o.order_id, 'status ' || o.status AS detail
FROM oms.orders o LEFT JOIN log USING (order_id, account)
WHERE log.order_id IS NULL
UNION ALL
SELECT 'version and events differ', o.account, o.order_id, format('version %s, %s events, last seq %s', o.version, log.events, log.last_seq)
FROM oms.orders o JOIN log USING (order_id, account)
WHERE o.version <> log.events OR o.version <> log.last_seq
UNION ALL
SELECT 'updated_at is not the last event''s', o.account, o.order_id, format('%s, last event %s', o.updated_at, log.last_recorded_at)
FROM oms.orders o JOIN log USING (order_id, account)
WHERE o.updated_at IS DISTINCT FROM log.last_recorded_at
UNION ALL
SELECT 'events without order', log.account, log.order_id, format('%s events', log.events)
FROM log LEFT JOIN oms.orders o USING (order_id, account)
WHERE o.order_id IS NULL
UNION ALL
SELECT 'row differs from its log', o.account, o.order_id,
  format('%s is %s, logged %s', coalesce(r.key, l.key), coalesce(r.value, 'null'), coalesce(l.value, 'null'))
FROM oms.orders o
JOIN log ON log.order_id = o.order_id AND log.account = o.account
CROSS JOIN LATERAL (
  SELECT coalesce(w.key, f.key) AS key, w.value AS written, f.value AS folded
  FROM jsonb_each(to_jsonb(o) - '{order_id,account,version,updated_at,last_status_check,last_event}'::text[]) AS w
  FULL JOIN (SELECT l.key, l.value FROM logged l WHERE l.order_id = o.order_id AND l.account = o.account) f ON f.key = w.key
) d
CROSS JOIN LATERAL (SELECT d.key, d.written AS value) r
CROSS JOIN LATERAL (SELECT d.key, coalesce(d.folded, b.value) AS value FROM jsonb_each(to_jsonb(oms.blank_order())) b WHERE b.key = d.key) l
WHERE CASE r.key WHEN 'execution_time' THEN (r.value #>> '{}')::timestamptz IS DISTINCT FROM (l.value #>> '{}')::timestamptz
  ELSE r.value IS DISTINCT FROM l.value END
UNION ALL
SELECT 'illegal change in the log', s.account, s.order_id, format('event %s: %s to %s by %s', s.seq, s.from_status, s.to_status, s.event_type)
FROM steps s
WHERE s.from_status <> s.to_status AND NOT EXISTS (
  SELECT FROM oms.status_transitions t
  WHERE t.from_status = s.from_status AND t.to_status = s.to_status AND t.event_type = s.event_type)
UNION ALL
SELECT 'events don''t connect', s.account, s.order_id, format('event %s starts from %s at %s, the one before ended in %s at %s',
  s.seq, s.from_status, s.recorded_at, s.previous_status, s.previous_recorded_at)
FROM steps s
WHERE s.from_status <> s.previous_status OR s.recorded_at < s.previous_recorded_at;

COMMENT ON VIEW oms.audit_log_gaps IS 'Where orders and their log disagree.';
COMMENT ON COLUMN oms.audit_log_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_log_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_log_gaps.order_id IS 'The order; null for a gap of a position.';
COMMENT ON COLUMN oms.audit_log_gaps.detail IS 'What is, and what should be.';
