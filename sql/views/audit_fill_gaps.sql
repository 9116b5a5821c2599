-- Where orders and positions disagree with the fills they are made of, one row per gap. A part of oms.audit_gaps. Not compared: a position whose
-- book has both a release and a bust with the sum of its fills (the lots, the orders and their log still are).
CREATE OR REPLACE VIEW oms.audit_fill_gaps WITH (security_invoker = true) AS
WITH net AS (
  SELECT n.order_id, n.account, sum(n.quantity) AS quantity,
    CASE WHEN count(n.price) = count(*) THEN oms.average_price(sum(n.quantity * n.price), sum(n.quantity)) END AS price
  FROM oms.net_fills n
  WHERE n.kind <> 'adjust' AND n.order_id IS NOT NULL
  GROUP BY n.order_id, n.account
), lots AS (
  SELECT l.order_id, l.account, sum(l.quantity) AS quantity
  FROM oms.position_lots l
  WHERE l.order_id IS NOT NULL
  GROUP BY l.order_id, l.account
), held AS (
  SELECT l.symbol, l.account, l.book, sum(l.quantity) AS quantity,
    CASE WHEN count(l.price) = count(*) THEN sum(l.quantity * l.price) END AS cost
  FROM oms.position_lots l
  GROUP BY l.symbol, l.account, l.book
), traded AS (
  SELECT n.symbol, n.account, n.book, sum(CASE n.side WHEN 'buy' THEN n.quantity ELSE - n.quantity END) AS quantity,
    -- A release takes what its order holds; a bust can have made that less since.
    bool_or(n.kind = 'adjust' AND n.order_id IS NOT NULL) AND EXISTS (
      SELECT FROM oms.fills b WHERE b.symbol = n.symbol AND b.account = n.account AND b.book = n.book AND b.kind IN ('cancel', 'correct')) AS uncertain
  FROM oms.net_fills n
  GROUP BY n.symbol, n.account, n.book
)
SELECT 'fill without event' AS gap, f.account, f.order_id, format('exec_id %s, %s', f.exec_id, f.kind) AS detail
FROM oms.fills f
WHERE f.order_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM oms.order_events e WHERE e.order_id = f.order_id AND e.account = f.account AND e.exec_id = f.exec_id)
UNION ALL
SELECT 'event without fill', s.account, s.order_id, format('event %s, exec_id %s: %s at %s', s.seq, s.exec_id, s.last_qty, s.last_price)
FROM oms.order_events s
WHERE s.exec_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM oms.fills f
  WHERE f.order_id = s.order_id AND f.account = s.account AND f.exec_id = s.exec_id
    AND f.quantity = s.last_qty AND f.price IS NOT DISTINCT FROM s.last_price)
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
SELECT 'position differs from its lots', account, NULL,
  format('%s %s: %s costing %s on average %s, lots %s costing %s', symbol, book, p.quantity, p.cost, p.average_price, held.quantity, held.cost)
FROM oms.positions p FULL JOIN held USING (symbol, account, book)
WHERE abs(coalesce(p.quantity, 0)) <> coalesce(held.quantity, 0)
  OR (held.quantity > 0 AND p.cost IS DISTINCT FROM held.cost)
  OR p.average_price IS DISTINCT FROM oms.average_price(held.cost, held.quantity)
UNION ALL
SELECT 'position differs from the fills', coalesce(p.account, traded.account), NULL,
  format('%s %s: %s, fills %s', coalesce(p.symbol, traded.symbol), coalesce(p.book, traded.book), p.quantity, traded.quantity)
FROM oms.positions p FULL JOIN traded USING (symbol, account, book)
WHERE coalesce(p.quantity, 0) <> coalesce(traded.quantity, 0) AND NOT coalesce(traded.uncertain, false);

COMMENT ON VIEW oms.audit_fill_gaps IS 'Where orders and positions disagree with the fills.';
COMMENT ON COLUMN oms.audit_fill_gaps.gap IS 'Name of the kind of gap.';
COMMENT ON COLUMN oms.audit_fill_gaps.account IS 'Tenant key.';
COMMENT ON COLUMN oms.audit_fill_gaps.order_id IS 'The order; null for a gap of a position.';
COMMENT ON COLUMN oms.audit_fill_gaps.detail IS 'What is, and what should be.';
