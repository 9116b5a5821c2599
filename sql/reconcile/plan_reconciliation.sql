-- What a broker's book means for the orders here: every decision, in the order they are applied. Reads only, so that a dry run and a run plan the
-- same. An order that agrees in all is matched without further ado; any other goes to oms.decide_order(). An order is found by the broker's id
-- (with its day or symbol, or alone where that means the same), else by ours where it has none of the broker's yet.
CREATE OR REPLACE FUNCTION oms.plan_reconciliation(snapshot jsonb, observed_at timestamptz, broker text, profile oms.broker_profiles, complete boolean, account text)
RETURNS SETOF oms.reconciliation_decisions
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_observed_at CONSTANT timestamptz := plan_reconciliation.observed_at;
  v_account CONSTANT text := plan_reconciliation.account;
  v_brokers CONSTANT text[] := ARRAY['', plan_reconciliation.broker];
BEGIN
  RETURN QUERY
  WITH found AS MATERIALIZED (
    SELECT s AS said, coalesce(a.o, b.o) AS known, coalesce((a.o).order_id, (b.o).order_id) AS order_id, s.entry, s.broker_order_id, s.symbol,
      oms.agrees(s, a.o) AND (s.trades IS NULL OR oms.are_booked(s.trades, (a.o).order_id, v_account)) AS agreed
    FROM oms.read_book(plan_reconciliation.snapshot, plan_reconciliation.profile, (v_observed_at AT TIME ZONE profile.time_zone)::date) s
    LEFT JOIN LATERAL (
      SELECT o FROM oms.orders o
      WHERE o.broker_order_id = ANY (ARRAY[s.broker_order_id, s.qualified_id]) AND o.account = v_account AND o.broker = ANY (v_brokers)
        AND (profile.order_ids = 'unique' OR o.broker_order_id = s.qualified_id
          OR (profile.order_ids = 'symbol' AND coalesce(oms.same_symbol(o.symbol, s.symbol), true))
          -- A number that starts anew every day doesn't mean an order that was over before that day.
          OR (profile.order_ids = 'daily' AND ((o.leaves_qty = 0) IS NOT TRUE OR s.qualified_id IS NULL
            OR to_char(o.updated_at AT TIME ZONE profile.time_zone, 'YYYY-MM-DD') >= split_part(s.qualified_id, '@', 2))))
      ORDER BY o.broker_order_id = s.broker_order_id, o.order_id DESC
      LIMIT 1) a ON true
    LEFT JOIN LATERAL (
      SELECT o FROM oms.orders o
      WHERE o.order_id = oms.order_by_client_id(s.client_order_id, v_account) AND o.account = v_account AND o.broker_order_id IS NULL
        AND o.broker = ANY (v_brokers)) b ON (a.o).order_id IS NULL AND s.client_order_id IS NOT NULL
  ), decided AS (
    SELECT f.order_id, f.entry, 0 AS place, NULL::oms.reconciliation_decisions AS d, f.broker_order_id, f.symbol
    FROM found f
    WHERE f.agreed
    UNION ALL
    SELECT f.order_id, f.entry, x.decision_no, x, f.broker_order_id, f.symbol
    FROM found f
    LEFT JOIN LATERAL oms.decide_order(f.said, f.known, v_observed_at, plan_reconciliation.profile, v_account) x ON true
    WHERE f.agreed IS NOT TRUE
    UNION ALL
    SELECT x.order_id, NULL, 0, x, NULL, NULL
    FROM oms.absent_orders((SELECT array_agg(f.order_id) FROM found f WHERE f.order_id IS NOT NULL), v_observed_at, plan_reconciliation.broker, v_account) x
    WHERE plan_reconciliation.complete
  )
  SELECT NULL::bigint, (row_number() OVER (ORDER BY d.order_id, d.entry, d.broker_order_id, d.place))::integer, v_account, coalesce((d.d).decision, 'matched'), d.order_id,
    coalesce((d.d).broker_order_id, d.broker_order_id), coalesce((d.d).symbol, d.symbol), coalesce((d.d).changes, '{}'), (d.d).reason, (d.d).occurred_at, (d.d).digest
  FROM decided d
  ORDER BY 2;
END
$$;

COMMENT ON FUNCTION oms.plan_reconciliation(jsonb, timestamptz, text, oms.broker_profiles, boolean, text) IS 'Internal: what a broker''s book means for the orders here.';
