-- What is wrong with the books: one row per gap, named, with the order. No rows is the proof. Triggers make these gaps impossible; this view
-- finds what was written while they were disabled, or by an owner. Scans everything the reader may see.
CREATE OR REPLACE VIEW oms.audit_gaps WITH (security_invoker = true) AS
WITH log AS (
  SELECT e.order_id, e.account, count(*) AS events, max(e.seq) AS last_seq, max(e.recorded_at) AS last_recorded_at
  FROM oms.order_events e
  GROUP BY e.order_id, e.account
), steps AS (
  SELECT e.order_id, e.account, e.seq, e.event_type, e.from_status, e.to_status, e.recorded_at, e.exec_id,
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
), net AS (
  SELECT n.order_id, n.account, sum(n.quantity) AS quantity,
    CASE WHEN count(n.price) = count(*) THEN sum(n.quantity * n.price) / sum(n.quantity) END AS price
  FROM oms.net_fills n
  WHERE n.kind <> 'adjust' AND n.order_id IS NOT NULL
  GROUP BY n.order_id, n.account
), lots AS (
  SELECT l.order_id, l.account, sum(l.quantity) AS quantity
  FROM oms.position_lots l
  WHERE l.order_id IS NOT NULL
  GROUP BY l.order_id, l.account
), held AS (
  SELECT l.symbol, l.account, l.book, sum(l.quantity) AS quantity
  FROM oms.position_lots l
  GROUP BY l.symbol, l.account, l.book
), traded AS (
  SELECT n.symbol, n.account, n.book, sum(CASE n.side WHEN 'buy' THEN n.quantity ELSE - n.quantity END) AS quantity
  FROM oms.net_fills n
  GROUP BY n.symbol, n.account, n.book
  -- A release takes what its order holds; a bust can have made that less since.
  HAVING NOT (bool_or(n.kind = 'adjust' AND n.order_id IS NOT NULL) AND EXISTS (
    SELECT FROM oms.fills b WHERE b.symbol = n.symbol AND b.account = n.account AND b.book = n.book AND b.kind IN ('cancel', 'correct')))
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
WHERE s.from_status <> s.previous_status OR s.recorded_at < s.previous_recorded_at
UNION ALL
SELECT 'fill without event', f.account, f.order_id, format('exec_id %s, %s', f.exec_id, f.kind)
FROM oms.fills f
WHERE f.order_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM oms.order_events e WHERE e.order_id = f.order_id AND e.account = f.account AND e.exec_id = f.exec_id)
UNION ALL
SELECT 'event without fill', s.account, s.order_id, format('event %s, exec_id %s', s.seq, s.exec_id)
FROM steps s
WHERE s.exec_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM oms.fills f WHERE f.order_id = s.order_id AND f.account = s.account AND f.exec_id = s.exec_id)
UNION ALL
SELECT 'totals differ from the fills', o.account, o.order_id,
  format('%s at %s, fills %s at %s', o.execution_qty, o.execution_price, coalesce(net.quantity, 0), net.price)
FROM oms.orders o LEFT JOIN net USING (order_id, account)
WHERE o.execution_qty <> coalesce(net.quantity, 0) OR o.execution_price IS DISTINCT FROM net.price
UNION ALL
SELECT 'open_qty differs from the lots', o.account, o.order_id, format('%s, lots %s', o.open_qty, coalesce(lots.quantity, 0))
FROM oms.orders o LEFT JOIN lots USING (order_id, account)
WHERE o.open_qty <> coalesce(lots.quantity, 0)
UNION ALL
SELECT 'position differs from its lots', p.account, NULL, format('%s %s: %s, lots %s', p.symbol, p.book, p.quantity, coalesce(held.quantity, 0))
FROM oms.positions p LEFT JOIN held USING (symbol, account, book)
WHERE abs(p.quantity) <> coalesce(held.quantity, 0)
UNION ALL
SELECT 'position differs from the fills', coalesce(p.account, traded.account), NULL,
  format('%s %s: %s, fills %s', coalesce(p.symbol, traded.symbol), coalesce(p.book, traded.book), p.quantity, traded.quantity)
FROM oms.positions p RIGHT JOIN traded USING (symbol, account, book)
WHERE coalesce(p.quantity, 0) <> traded.quantity
UNION ALL
SELECT 'quantities don''t add up', o.account, o.order_id,
  format('%s of %s: executed %s, leaves %s, cancelled %s, open %s', o.status, o.quantity, o.execution_qty, o.leaves_qty, o.cancelled_qty, o.open_qty)
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

COMMENT ON VIEW oms.audit_gaps IS 'What is wrong with the books, one row per gap; no rows is the proof that nothing is.';
COMMENT ON COLUMN oms.audit_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_gaps.order_id IS 'The order; null for a gap of a position.';
COMMENT ON COLUMN oms.audit_gaps.detail IS 'What is, and what should be.';
