-- Where in a broker's answer its orders and trades are, however it wraps them: lists, pages, envelopes (data, orders, trades, order), legs and trades
-- inside an order; a trade inside an order that doesn't name it gets its parent_id. Paths, not parts: copies of a book are what would cost.
CREATE OR REPLACE FUNCTION oms.snapshot_entries(snapshot jsonb, profile oms.broker_profiles)
RETURNS TABLE (kind text, parent_id text, place text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_id CONSTANT text[] := oms.field_path(profile.order_fields, 'broker_order_id', 0);
  v_exec_id CONSTANT text[] := oms.field_path(profile.trade_fields, 'exec_id', 0);
  v_of CONSTANT text[] := oms.field_path(profile.trade_fields, 'broker_order_id', 0);
  v_of_2 CONSTANT text[] := oms.field_path(profile.trade_fields, 'broker_order_id', 1);
  v_orders CONSTANT text := profile.order_fields ->> 'orders';
  v_trades CONSTANT text := profile.order_fields ->> 'trades';
BEGIN
  RETURN QUERY
  WITH RECURSIVE node AS (
    SELECT oms.entry_kind(snapshot_entries.snapshot, NULL, v_id, v_exec_id, v_of, v_of_2) AS kind, NULL::text AS list, NULL::text AS parent_id, '{}'::text[] AS place
    UNION ALL
    SELECT oms.entry_kind(snapshot_entries.snapshot #> c.place, c.list, v_id, v_exec_id, v_of, v_of_2), c.list, c.parent_id, c.place
    FROM (SELECT n.kind, n.list, n.parent_id, n.place, snapshot_entries.snapshot #> n.place AS part FROM node n WHERE n.kind IN ('list', 'envelope', 'order')) n
    CROSS JOIN LATERAL (
      SELECT n.list, n.parent_id, n.place || i.i::text AS place
      FROM generate_series(0, CASE n.kind WHEN 'list' THEN jsonb_array_length(n.part) ELSE 0 END - 1) AS i (i)
      UNION ALL
      SELECT coalesce(k.list, n.list), CASE n.kind WHEN 'order' THEN n.part #>> v_id END, n.place || k.key
      FROM (VALUES ('envelope', 'data', NULL), ('envelope', 'order', 'orders'), ('envelope', 'orders', 'orders'), ('envelope', 'trades', 'trades'),
        ('order', v_orders, 'orders'), ('order', v_trades, 'trades')) AS k (kind, key, list)
      WHERE k.kind = n.kind AND jsonb_typeof(n.part -> k.key) IN ('array', 'object')) c
    WHERE n.kind <> 'order' OR n.part ? v_orders OR n.part ? v_trades
  )
  SELECT n.kind, n.parent_id, n.place
  FROM node n
  WHERE n.kind IN ('order', 'trade', 'unreadable');
END
$$;

COMMENT ON FUNCTION oms.snapshot_entries(jsonb, oms.broker_profiles) IS 'Internal: where in a broker''s answer its orders and trades are.';
