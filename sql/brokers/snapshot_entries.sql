-- The orders and trades of a broker's answer, however it wraps them: lists, pages, envelopes (data, orders, trades, order), legs and trades inside an
-- order; a trade inside an order gets the id and symbol of that. Level by level, within a level as they stand.
CREATE OR REPLACE FUNCTION oms.snapshot_entries(snapshot jsonb, profile oms.broker_profiles)
RETURNS TABLE (kind text, parent_id text, parent_symbol text, payload jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_id CONSTANT text[] := oms.field_path(profile.order_fields, 'broker_order_id', 0);
  v_symbol CONSTANT text[] := oms.field_path(profile.order_fields, 'symbol', 0);
  v_exec_id CONSTANT text[] := oms.field_path(profile.trade_fields, 'exec_id', 0);
  v_of CONSTANT text[] := oms.field_path(profile.trade_fields, 'broker_order_id', 0);
  v_of_2 CONSTANT text[] := oms.field_path(profile.trade_fields, 'broker_order_id', 1);
  v_orders CONSTANT text := profile.order_fields ->> 'orders';
  v_trades CONSTANT text := profile.order_fields ->> 'trades';
BEGIN
  RETURN QUERY
  WITH RECURSIVE node AS (
    SELECT oms.entry_kind(snapshot_entries.snapshot, NULL, v_id, v_exec_id, v_of, v_of_2) AS kind, NULL::text AS list, NULL::text AS parent_id, NULL::text AS parent_symbol,
      snapshot_entries.snapshot AS part
    UNION ALL
    SELECT oms.entry_kind(c.part, c.list, v_id, v_exec_id, v_of, v_of_2), c.list, c.parent_id, c.parent_symbol, c.part
    FROM node n
    CROSS JOIN LATERAL (
      SELECT n.list, n.parent_id, n.parent_symbol, a.part
      FROM jsonb_array_elements(CASE n.kind WHEN 'list' THEN n.part ELSE '[]' END) AS a (part)
      UNION ALL
      SELECT coalesce(k.list, n.list), CASE n.kind WHEN 'order' THEN n.part #>> v_id END, CASE n.kind WHEN 'order' THEN n.part #>> v_symbol END, n.part -> k.key
      FROM (VALUES ('envelope', 'data', NULL), ('envelope', 'order', 'orders'), ('envelope', 'orders', 'orders'), ('envelope', 'trades', 'trades'),
        ('order', v_orders, 'orders'), ('order', v_trades, 'trades')) AS k (kind, key, list)
      WHERE k.kind = n.kind AND jsonb_typeof(n.part -> k.key) IN ('array', 'object')) c
    WHERE n.kind IN ('list', 'envelope') OR (n.kind = 'order' AND (n.part ? v_orders OR n.part ? v_trades))
  )
  SELECT n.kind, n.parent_id, n.parent_symbol, n.part
  FROM node n
  WHERE n.kind IN ('order', 'trade', 'unreadable');
END
$$;

COMMENT ON FUNCTION oms.snapshot_entries(jsonb, oms.broker_profiles) IS 'Internal: the orders and trades of a broker''s answer.';
