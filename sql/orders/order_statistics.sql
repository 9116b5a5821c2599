-- How many orders stand in each status, all five always. Counts by scanning the account's orders.
CREATE OR REPLACE FUNCTION oms.order_statistics(account text DEFAULT oms.current_account())
RETURNS TABLE (status text, orders bigint, working bigint, held bigint, oldest_placed_at timestamptz, newest_updated_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT s.status, count(o.order_id), count(o.order_id) FILTER (WHERE o.leaves_qty > 0), count(o.order_id) FILTER (WHERE o.open_qty > 0),
      min(o.placed_at), max(o.updated_at)
    FROM unnest(ARRAY['pending', 'ongoing', 'closed', 'failed', 'cancelled']) WITH ORDINALITY AS s (status, position)
    LEFT JOIN oms.orders o ON o.status = s.status AND o.account = order_statistics.account
    GROUP BY s.status, s.position
    ORDER BY s.position;
END
$$;

COMMENT ON FUNCTION oms.order_statistics(text) IS 'Returns per status: orders, those that can still execute, those that still hold something, oldest and newest.';
