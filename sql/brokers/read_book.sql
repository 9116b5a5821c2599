-- A broker's book in our words: one row per order, with its trades. Of several entries of one id the latest counts, with the most that any says was
-- executed. Trades of an order that the book doesn't show make one, whose quantity is theirs. A client id that several
-- orders share is none, attempts that were refused aside.
-- What is neither order nor trade, or has no id, is a row of its own with a defect.
CREATE OR REPLACE FUNCTION oms.read_book(snapshot jsonb, profile oms.broker_profiles, day date)
RETURNS SETOF oms.broker_order
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_unique CONSTANT boolean := profile.order_ids = 'unique';
  v_orders jsonb[];
  v_trades jsonb[];
  v_parents text[];
  v_symbols text[];
  v_unreadable jsonb[];
  v_entries integer;
BEGIN
  SELECT array_agg(e.payload) FILTER (WHERE e.kind = 'order'), array_agg(e.payload) FILTER (WHERE e.kind = 'trade'),
      array_agg(e.parent_id) FILTER (WHERE e.kind = 'trade'), array_agg(e.parent_symbol) FILTER (WHERE e.kind = 'trade'),
      array_agg(e.payload) FILTER (WHERE e.kind = 'unreadable')
    INTO v_orders, v_trades, v_parents, v_symbols, v_unreadable
  FROM oms.snapshot_entries(read_book.snapshot, read_book.profile) e;
  v_entries := coalesce(cardinality(v_orders), 0);

  RETURN QUERY
  WITH keyed AS MATERIALIZED (
    SELECT r.*, CASE WHEN v_unique THEN r.broker_order_id ELSE coalesce(r.qualified_id, r.broker_order_id) END AS key
    FROM oms.read_orders(v_orders, read_book.profile, read_book.day) r
  ), repeated AS MATERIALIZED (
    SELECT k.key, max(k.filled_quantity) AS filled,
      CASE WHEN count(DISTINCT k.side || ' ' || k.symbol) > 1 THEN 'entries of this id contradict: ' || string_agg(DISTINCT k.side || ' ' || k.symbol, ', ') END AS defect
    FROM keyed k
    WHERE k.key IN (SELECT d.key FROM keyed d GROUP BY d.key HAVING count(*) > 1)
    GROUP BY k.key
  ), latest AS MATERIALIZED (
    SELECT k.*, k.filled_quantity AS filled, NULL::text AS contradiction
    FROM keyed k
    WHERE k.key IS NOT NULL AND NOT EXISTS (SELECT FROM repeated r WHERE r.key = k.key)
    UNION ALL
    (SELECT DISTINCT ON (k.key) k.*, r.filled, r.defect
    FROM keyed k JOIN repeated r ON r.key = k.key
    ORDER BY k.key, oms.entry_time(k.payload, profile.order_fields, 'occurred_at', read_book.profile, read_book.day) DESC NULLS LAST,
      k.filled_quantity DESC NULLS LAST, k.entry DESC)
  ), shared AS (
    SELECT l.client_order_id FROM latest l
    WHERE l.client_order_id IS NOT NULL AND (l.ord_status = 'Rejected') IS NOT TRUE
    GROUP BY 1 HAVING count(*) > 1
  ), known_as AS (
    -- A trade that doesn't say its day is about the one order of that number.
    SELECT l.broker_order_id, min(l.key) AS key FROM latest l GROUP BY 1 HAVING count(*) = 1
  ), traded AS MATERIALIZED (
    SELECT t.key, array_agg(t.trade ORDER BY t.entry) AS trades, sum(t.quantity) FILTER (WHERE t.first) AS quantity,
      string_agg(t.defect, ', ') AS defect
    FROM (
      SELECT r AS trade, r.entry, r.quantity, r.defect, CASE WHEN v_unique THEN r.broker_order_id ELSE coalesce(r.qualified_id, a.key, r.broker_order_id) END AS key,
        r.defect IS NULL AND row_number() OVER (PARTITION BY r.broker_order_id, r.exec_id, r.quantity, r.price) = 1 AS first
      FROM oms.read_trades(v_trades, v_parents, v_symbols, read_book.profile, read_book.day) r
      LEFT JOIN known_as a ON NOT v_unique AND r.qualified_id IS NULL AND a.broker_order_id = r.broker_order_id) t
    GROUP BY t.key
  )
  SELECT l.entry, l.broker_order_id, l.qualified_id, CASE WHEN s.client_order_id IS NULL THEN l.client_order_id END, l.symbol, l.side, l.order_type, l.time_in_force, l.variety,
    l.quantity, l.cash_quantity, l.limit_price, l.stop_price, l.status, l.ord_status, l.filled, l.average_price, l.message,
    nullif(concat_ws(', ', l.defect, t.defect, l.contradiction), ''),
    l.payload, t.trades
  FROM latest l
  LEFT JOIN shared s ON s.client_order_id = l.client_order_id
  LEFT JOIN traded t ON t.key = l.key
  UNION ALL
  SELECT v_entries + (t.trades[1]).entry, (t.trades[1]).broker_order_id, (t.trades[1]).qualified_id, NULL, (t.trades[1]).symbol, (t.trades[1]).side, 'market', NULL, NULL,
    t.quantity, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, nullif(t.defect, ''), (t.trades[1]).payload, t.trades
  FROM traded t
  WHERE NOT EXISTS (SELECT FROM latest l WHERE l.key = t.key)
  UNION ALL
  SELECT k.entry, k.broker_order_id, NULL, NULL, k.symbol, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, k.defect, k.payload, NULL
  FROM keyed k
  WHERE k.key IS NULL
  UNION ALL
  SELECT v_entries + coalesce(cardinality(v_trades), 0) + u.number::integer, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'neither an order nor a trade, by the fields of the profile', u.payload, NULL
  FROM unnest(v_unreadable) WITH ORDINALITY AS u (payload, number);
END
$$;

COMMENT ON FUNCTION oms.read_book(jsonb, oms.broker_profiles, date) IS 'Internal: a broker''s book in our words.';
