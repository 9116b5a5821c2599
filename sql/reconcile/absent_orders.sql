-- The orders that should be in a broker's complete book and aren't: missing at first, lost once a later book confirms it, stale where something newer
-- than the book is known of them. Never ended by that. seen: those that are in it. was: what the last book before said, so that each is logged once.
CREATE OR REPLACE FUNCTION oms.absent_orders(seen bigint[], observed_at timestamptz, broker text, account text)
RETURNS SETOF oms.reconciliation_decisions
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT NULL::bigint, NULL::integer, o.account, CASE
      WHEN c.stale THEN 'stale'
      WHEN b.decision = 'lost' OR (b.decision = 'missing' AND b.observed_at < absent_orders.observed_at) THEN 'lost'
      ELSE 'missing' END,
    o.order_id, o.broker_order_id, o.symbol, CASE WHEN b.decision IN ('missing', 'lost') AND NOT c.stale THEN jsonb_build_object('was', b.decision) ELSE '{}' END,
    CASE WHEN c.stale THEN 'not in the book, but newer than it'
      WHEN b.decision IN ('missing', 'lost') THEN 'not in the book again; neither ended nor failed by that' ELSE 'not in the book; alive until the broker or a person says otherwise' END,
    absent_orders.observed_at, NULL::text
  FROM oms.orders o
  CROSS JOIN LATERAL (SELECT o.placed_at > absent_orders.observed_at
    OR oms.has_newer_evidence(o.order_id, o.account, absent_orders.observed_at) AS stale) c
  CROSS JOIN LATERAL oms.last_decision(o.order_id, o.account, absent_orders.observed_at) b
  WHERE o.account = absent_orders.account AND o.status IN ('pending', 'ongoing') AND o.end_reason IS NULL AND (o.leaves_qty = 0) IS NOT TRUE
    AND o.trade_mode = 'broker' AND o.broker IN ('', absent_orders.broker)
    AND NOT EXISTS (SELECT FROM unnest(absent_orders.seen) AS s (order_id) WHERE s.order_id = o.order_id)
  ORDER BY o.order_id;
END
$$;

COMMENT ON FUNCTION oms.absent_orders(bigint[], timestamptz, text, text) IS 'Internal: the orders that should be in a broker''s complete book and aren''t.';
