-- Where orders and their log disagree, one row per gap. A part of oms.audit_gaps.
CREATE OR REPLACE VIEW oms.audit_log_gaps WITH (security_invoker = true) AS
WITH log AS (
  SELECT e.order_id, e.account, count(*) AS events, max(e.seq) AS last_seq, max(e.recorded_at) AS last_recorded_at
  FROM oms.order_events e
  GROUP BY e.order_id, e.account
), steps AS (
  SELECT e.order_id, e.account, e.seq, e.event_type, e.from_status, e.to_status, e.recorded_at,
    lag(e.to_status) OVER w AS previous_status, lag(e.recorded_at) OVER w AS previous_recorded_at
  FROM oms.order_events e
  WINDOW w AS (PARTITION BY e.order_id, e.account ORDER BY e.seq)
), logged AS (
  SELECT DISTINCT ON (e.order_id, e.account, c.key) e.order_id, e.account, c.key,
    CASE
      WHEN c.key = 'execution_time' AND c.value NOT IN ('true', 'null') THEN to_jsonb((c.value #>> '{}')::timestamptz)
      WHEN c.value <> 'true' THEN c.value
      WHEN c.key = 'reason' THEN to_jsonb(e.reason)
      WHEN c.key = 'execution_time' THEN to_jsonb(e.occurred_at)
      ELSE to_jsonb(e.recorded_at) END AS value
  FROM oms.order_events e
  CROSS JOIN LATERAL jsonb_each(e.changes || jsonb_build_object('status', e.to_status)) AS c
  ORDER BY e.order_id, e.account, c.key, e.seq DESC
), folded AS (
  SELECT l.order_id, l.account, jsonb_object_agg(l.key, l.value) AS state
  FROM logged l
  GROUP BY l.order_id, l.account
)
SELECT g.gap, account, order_id, g.detail
FROM oms.orders o
FULL JOIN log USING (order_id, account)
CROSS JOIN LATERAL (VALUES
  ('order without events', log.events IS NULL, 'status ' || o.status),
  ('events without order', o.version IS NULL, log.events || ' events'),
  ('version and events differ', o.version <> log.events OR o.version <> log.last_seq,
    format('version %s, %s events, last seq %s', o.version, log.events, log.last_seq)),
  ('updated_at is not the last event''s', o.updated_at <> log.last_recorded_at, format('%s, last event %s', o.updated_at, log.last_recorded_at))
) AS g (gap, found, detail)
WHERE g.found
UNION ALL
SELECT 'row differs from its log', o.account, o.order_id,
  format('%s is %s, logged %s', w.key, w.value, coalesce(r.logged -> w.key, 'null'))
FROM oms.orders o
JOIN folded f ON f.order_id = o.order_id AND f.account = o.account
CROSS JOIN to_jsonb(oms.blank_order()) AS blank
CROSS JOIN LATERAL (
  SELECT to_jsonb(o) - d.derived AS written, (blank || f.state) - d.derived AS logged
  FROM (SELECT '{order_id,account,version,updated_at,last_status_check,last_event}'::text[] AS derived) d
) r
CROSS JOIN LATERAL jsonb_each(r.written) AS w
WHERE r.written <> r.logged AND w.value IS DISTINCT FROM r.logged -> w.key
UNION ALL
SELECT g.gap, s.account, s.order_id, g.detail
FROM steps s
CROSS JOIN LATERAL (VALUES
  ('illegal change in the log',
    s.from_status <> s.to_status AND NOT EXISTS (
      SELECT FROM oms.status_transitions t
      WHERE t.from_status = s.from_status AND t.to_status = s.to_status AND t.event_type = s.event_type),
    format('event %s: %s to %s by %s', s.seq, s.from_status, s.to_status, s.event_type)),
  ('events don''t connect',
    s.from_status <> s.previous_status OR s.recorded_at < s.previous_recorded_at,
    format('event %s starts from %s at %s, the one before ended in %s at %s',
      s.seq, s.from_status, s.recorded_at, s.previous_status, s.previous_recorded_at))
) AS g (gap, found, detail)
WHERE g.found;

COMMENT ON VIEW oms.audit_log_gaps IS 'Where orders and their log disagree.';
COMMENT ON COLUMN oms.audit_log_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_log_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_log_gaps.order_id IS 'The order.';
COMMENT ON COLUMN oms.audit_log_gaps.detail IS 'What is, and what should be.';
