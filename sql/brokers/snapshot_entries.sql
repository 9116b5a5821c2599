-- The orders and trades of a broker's answer, however it wraps them: lists, pages, envelopes (data, orders, trades, order), legs and trades inside an
-- order. In the order they stand; a trade inside an order that doesn't name it gets its parent_id.
CREATE OR REPLACE FUNCTION oms.snapshot_entries(snapshot jsonb, profile oms.broker_profiles)
RETURNS TABLE (kind text, parent_id text, payload jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_id CONSTANT text[] := oms.field_path(profile.order_fields, 'broker_order_id', 0);
  v_orders CONSTANT text := profile.order_fields ->> 'orders';
  v_trades CONSTANT text := profile.order_fields ->> 'trades';
BEGIN
  RETURN QUERY
  WITH RECURSIVE node AS (
    SELECT oms.entry_kind(snapshot_entries.snapshot, NULL, snapshot_entries.profile) AS kind, NULL::text AS list, NULL::text AS parent_id,
      snapshot_entries.snapshot AS part, '{}'::integer[] AS place
    UNION ALL
    SELECT oms.entry_kind(c.part, coalesce(c.list, n.list), snapshot_entries.profile), coalesce(c.list, n.list), c.parent_id, c.part, n.place || c.number
    FROM node n
    CROSS JOIN LATERAL (
      SELECT NULL::text AS list, n.parent_id, a.part, a.number::integer
      FROM jsonb_array_elements(CASE n.kind WHEN 'list' THEN n.part ELSE '[]' END) WITH ORDINALITY AS a (part, number)
      UNION ALL
      SELECT k.list, CASE n.kind WHEN 'order' THEN n.part #>> v_id END, n.part -> k.key, k.number
      FROM (VALUES ('envelope', 'data', NULL, 1), ('envelope', 'order', 'orders', 2), ('envelope', 'orders', 'orders', 3), ('envelope', 'trades', 'trades', 4),
        ('order', v_orders, 'orders', 5), ('order', v_trades, 'trades', 6)) AS k (kind, key, list, number)
      WHERE k.kind = n.kind AND jsonb_typeof(n.part -> k.key) IN ('array', 'object')) c
    WHERE n.kind IN ('list', 'envelope') OR (n.kind = 'order' AND (n.part ? v_orders OR n.part ? v_trades))
  )
  SELECT n.kind, n.parent_id, n.part
  FROM node n
  WHERE n.kind IN ('order', 'trade', 'unreadable')
  ORDER BY n.place;
END
$$;

COMMENT ON FUNCTION oms.snapshot_entries(jsonb, oms.broker_profiles) IS 'Internal: the orders and trades of a broker''s answer.';
