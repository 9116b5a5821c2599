-- The trades of a broker's book in our words, as its profile says. A trade inside an order that tells nothing but its id is left out: the order's
-- own numbers tell the rest.
CREATE OR REPLACE FUNCTION oms.read_trades(payloads jsonb[], parent_ids text[], profile oms.broker_profiles, day date)
RETURNS SETOF oms.broker_trade
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_fields CONSTANT jsonb := profile.trade_fields;
  v_missing CONSTANT text[] := profile.missing;
  v_words CONSTANT jsonb := profile.words;
BEGIN
  RETURN QUERY
  SELECT t.entry, t.order_id,
    CASE profile.order_ids WHEN 'symbol' THEN t.order_id || '@' || t.symbol
      WHEN 'daily' THEN t.order_id || '@' || to_char(t.occurred_at AT TIME ZONE profile.time_zone, 'YYYY-MM-DD') END,
    CASE profile.trade_ids WHEN 'reused' THEN concat_ws('-', t.id, t.quantity, t.price, extract(epoch FROM t.occurred_at)) ELSE t.id END,
    t.symbol, t.side, t.quantity, nullif(t.price, 0), t.fees, t.fee_currency, t.occurred_at,
    CASE WHEN t.order_id IS NULL OR t.id IS NULL OR (t.quantity > 0) IS NOT TRUE THEN
      concat_ws(', ', CASE WHEN t.id IS NULL THEN 'a trade without id' END, CASE WHEN t.order_id IS NULL THEN 'a trade without its order' END,
        CASE WHEN (t.quantity > 0) IS NOT TRUE THEN 'a trade that doesn''t say how much' END) END,
    t.payload
  FROM (
    SELECT x.entry, x.payload, CASE WHEN x.id <> ALL (v_missing) THEN x.id END AS id,
      CASE WHEN x.order_id <> ALL (v_missing) THEN x.order_id ELSE x.parent_id END AS order_id,
      CASE WHEN x.symbol <> ALL (v_missing) THEN x.symbol END AS symbol,
      coalesce(v_words -> 'side' ->> lower(x.side), CASE WHEN lower(x.side) IN ('buy', 'b', '1') THEN 'buy' WHEN lower(x.side) IN ('sell', 's', '2') THEN 'sell' END) AS side,
      oms.broker_number(x.quantity) AS quantity, oms.broker_number(x.price) AS price, oms.broker_number(x.fees) AS fees,
      CASE WHEN x.fee_currency <> ALL (v_missing) THEN x.fee_currency END AS fee_currency,
      oms.entry_time(x.payload, v_fields, 'occurred_at', profile, read_trades.day) AS occurred_at
    FROM (
      SELECT u.entry::integer, u.payload, u.parent_id, u.payload #>> oms.field_path(v_fields, 'exec_id', 0) AS id,
        coalesce(u.payload #>> oms.field_path(v_fields, 'broker_order_id', 0), u.payload #>> oms.field_path(v_fields, 'broker_order_id', 1)) AS order_id,
        u.payload #>> oms.field_path(v_fields, 'symbol', 0) AS symbol, u.payload #>> oms.field_path(v_fields, 'side', 0) AS side,
        u.payload #>> oms.field_path(v_fields, 'quantity', 0) AS quantity, u.payload #>> oms.field_path(v_fields, 'price', 0) AS price,
        u.payload #>> oms.field_path(v_fields, 'fees', 0) AS fees, u.payload #>> oms.field_path(v_fields, 'fee_currency', 0) AS fee_currency
      FROM unnest(read_trades.payloads, read_trades.parent_ids) WITH ORDINALITY AS u (payload, parent_id, entry)
      OFFSET 0) x
    WHERE x.parent_id IS NULL OR x.quantity IS NOT NULL
    OFFSET 0) t;
END
$$;

COMMENT ON FUNCTION oms.read_trades(jsonb[], text[], oms.broker_profiles, date) IS 'Internal: the trades of a broker''s book in our words.';
