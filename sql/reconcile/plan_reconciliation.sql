-- What a broker's book means for the orders here: every decision, in the order they are applied. Reads only, so that a dry run and a run plan the
-- same. An order that agrees in all is matched without further ado; any other goes to oms.decide_order(). An order is found by the broker's id
-- (with its day or symbol, or alone where that means the same), else by ours where it has none of the broker's yet. ROW(s.*) rather than s: the
-- planner sees through it. work_mem: enough to read ten thousand orders without a temporary file.
CREATE OR REPLACE FUNCTION oms.plan_reconciliation(snapshot jsonb, observed_at timestamptz, broker text, profile oms.broker_profiles, complete boolean, account text)
RETURNS SETOF oms.reconciliation_decisions
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
  v_observed_at CONSTANT timestamptz := plan_reconciliation.observed_at;
  v_account CONSTANT text := plan_reconciliation.account;
  v_brokers CONSTANT text[] := ARRAY['', plan_reconciliation.broker];
  v_order_ids CONSTANT text := profile.order_ids;
  v_time_zone CONSTANT text := profile.time_zone;
BEGIN
  RETURN QUERY
  WITH said AS MATERIALIZED (
    SELECT b.* FROM oms.read_book(plan_reconciliation.snapshot, plan_reconciliation.profile, (v_observed_at AT TIME ZONE v_time_zone)::date) b
  ), found AS MATERIALIZED (
    SELECT DISTINCT ON (s.entry) s.entry, o.order_id,
      oms.agrees(ROW(s.*)::oms.broker_order, o) AND (s.trades IS NULL OR oms.are_booked(s.trades, o.order_id, v_account)) AS agreed
    FROM said s
    JOIN oms.orders o ON o.broker_order_id = ANY (ARRAY[s.broker_order_id, s.qualified_id]) AND o.account = v_account AND o.broker = ANY (v_brokers) AND o.trade_mode = 'broker'
    WHERE oms.means_order(ROW(s.*)::oms.broker_order, o, v_order_ids, v_time_zone)
    ORDER BY s.entry, o.broker_order_id = s.broker_order_id, o.order_id DESC
  ), decided AS MATERIALIZED (
    SELECT coalesce(f.order_id, o.order_id) AS order_id, s.entry, d
    FROM said s
    LEFT JOIN found f ON f.entry = s.entry
    LEFT JOIN oms.orders o ON o.account = v_account AND o.order_id = coalesce(f.order_id, CASE WHEN s.client_order_id IS NOT NULL THEN (
      SELECT c.order_id FROM oms.orders c
      WHERE c.order_id = oms.order_by_client_id(s.client_order_id, v_account) AND c.account = v_account AND c.broker = ANY (v_brokers) AND c.trade_mode = 'broker'
        AND (c.broker_order_id IS NULL OR (c.status = 'pending' AND oms.is_resent(c.order_id, c.account)))) END)
    LEFT JOIN LATERAL oms.decide_order(ROW(s.*)::oms.broker_order, o, v_observed_at, plan_reconciliation.profile, v_account) d ON true
    WHERE f.agreed IS NOT TRUE
  ), planned AS (
    SELECT f.order_id, f.entry, 0 AS place, 'matched' AS decision, s.broker_order_id, s.symbol, '{}'::jsonb AS changes, NULL::text AS reason,
      NULL::timestamptz AS occurred_at, NULL::text AS digest
    FROM found f
    JOIN said s ON s.entry = f.entry
    WHERE f.agreed
    UNION ALL
    SELECT d.order_id, d.entry, (d.d).decision_no, coalesce((d.d).decision, 'matched'), s.broker_order_id, s.symbol, coalesce((d.d).changes, '{}'), (d.d).reason,
      (d.d).occurred_at, (d.d).digest
    FROM decided d
    JOIN said s ON s.entry = d.entry
    UNION ALL
    SELECT x.order_id, NULL, 0, x.decision, x.broker_order_id, x.symbol, x.changes, x.reason, x.occurred_at, x.digest
    FROM oms.absent_orders(ARRAY(SELECT f.order_id FROM found f UNION ALL SELECT d.order_id FROM decided d WHERE d.order_id IS NOT NULL),
      v_observed_at, plan_reconciliation.broker, v_account) x
    WHERE plan_reconciliation.complete
  )
  SELECT NULL::bigint, (row_number() OVER (ORDER BY p.order_id, p.entry, p.place))::integer, v_account, p.decision, p.order_id, p.broker_order_id, p.symbol, p.changes,
    p.reason, p.occurred_at, p.digest
  FROM planned p
  ORDER BY 2;
END
$$;

COMMENT ON FUNCTION oms.plan_reconciliation(jsonb, timestamptz, text, oms.broker_profiles, boolean, text) IS 'Internal: what a broker''s book means for the orders here.';
