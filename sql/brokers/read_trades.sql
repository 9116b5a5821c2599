-- The trades of a broker's book in our words, as its profile says. A trade inside an order that tells nothing but its id is left out: the order's
-- own numbers tell the rest. What a trade doesn't say of its order, the order around it does.
CREATE OR REPLACE FUNCTION oms.read_trades(payloads jsonb[], parent_ids text[], parent_symbols text[], profile oms.broker_profiles, day date)
RETURNS SETOF oms.broker_trade
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_fields CONSTANT jsonb := profile.trade_fields;
  v_id CONSTANT text[] := oms.field_path(v_fields, 'exec_id', 0);
  v_id_2 CONSTANT text[] := oms.field_path(v_fields, 'exec_id', 1);
  v_order_id CONSTANT text[] := oms.field_path(v_fields, 'broker_order_id', 0);
  v_order_id_2 CONSTANT text[] := oms.field_path(v_fields, 'broker_order_id', 1);
  v_symbol CONSTANT text[] := oms.field_path(v_fields, 'symbol', 0);
  v_symbol_2 CONSTANT text[] := oms.field_path(v_fields, 'symbol', 1);
  v_side CONSTANT text[] := oms.field_path(v_fields, 'side', 0);
  v_side_2 CONSTANT text[] := oms.field_path(v_fields, 'side', 1);
  v_quantity CONSTANT text[] := oms.field_path(v_fields, 'quantity', 0);
  v_quantity_2 CONSTANT text[] := oms.field_path(v_fields, 'quantity', 1);
  v_price CONSTANT text[] := oms.field_path(v_fields, 'price', 0);
  v_price_2 CONSTANT text[] := oms.field_path(v_fields, 'price', 1);
  v_fees CONSTANT text[] := oms.field_path(v_fields, 'fees', 0);
  v_fees_2 CONSTANT text[] := oms.field_path(v_fields, 'fees', 1);
  v_fee_currency CONSTANT text[] := oms.field_path(v_fields, 'fee_currency', 0);
  v_fee_currency_2 CONSTANT text[] := oms.field_path(v_fields, 'fee_currency', 1);
  v_missing CONSTANT text[] := profile.missing;
  v_words CONSTANT jsonb := profile.words;
BEGIN
  RETURN QUERY
  SELECT t.entry, t.order_id,
    CASE profile.order_ids WHEN 'symbol' THEN t.order_id || '@' || t.symbol
      WHEN 'daily' THEN t.order_id || '@' || to_char(t.occurred_at AT TIME ZONE profile.time_zone, 'YYYY-MM-DD') END,
    CASE profile.trade_ids WHEN 'reused' THEN concat_ws('-', t.id, t.executed, t.at_price, extract(epoch FROM t.occurred_at)) ELSE t.id END,
    t.symbol, t.our_side, t.executed, nullif(t.at_price, 0), oms.broker_number(t.fees), t.fee_currency, t.occurred_at,
    CASE WHEN t.order_id IS NULL OR t.id IS NULL OR (t.executed > 0) IS NOT TRUE THEN
      concat_ws(', ', CASE WHEN t.id IS NULL THEN 'a trade without id' END, CASE WHEN t.order_id IS NULL THEN 'a trade without its order' END,
        CASE WHEN (t.executed > 0) IS NOT TRUE THEN 'a trade that doesn''t say how much' END) END,
    t.payload
  FROM (
    SELECT y.*, coalesce(v_words -> 'side' ->> lower(y.side),
        CASE WHEN lower(y.side) IN ('buy', 'b', '1') THEN 'buy' WHEN lower(y.side) IN ('sell', 's', '2') THEN 'sell' END) AS our_side,
      oms.broker_number(y.quantity) AS executed, oms.broker_number(y.price) AS at_price,
      oms.entry_time(y.payload, v_fields, 'occurred_at', profile, read_trades.day) AS occurred_at
    FROM (
      SELECT u.entry::integer, u.payload, u.parent_id, oms.said_text(u.payload #>> v_id, u.payload, v_id_2, v_missing) AS id,
        coalesce(oms.said_text(u.payload #>> v_order_id, u.payload, v_order_id_2, v_missing), u.parent_id) AS order_id,
        coalesce(oms.said_text(u.payload #>> v_symbol, u.payload, v_symbol_2, v_missing), u.parent_symbol) AS symbol,
        oms.said_text(u.payload #>> v_side, u.payload, v_side_2, v_missing) AS side,
        oms.said_text(u.payload #>> v_quantity, u.payload, v_quantity_2, v_missing) AS quantity,
        oms.said_text(u.payload #>> v_price, u.payload, v_price_2, v_missing) AS price,
        oms.said_text(u.payload #>> v_fees, u.payload, v_fees_2, v_missing) AS fees,
        oms.said_text(u.payload #>> v_fee_currency, u.payload, v_fee_currency_2, v_missing) AS fee_currency
      FROM unnest(read_trades.payloads, read_trades.parent_ids, read_trades.parent_symbols) WITH ORDINALITY AS u (payload, parent_id, parent_symbol, entry)
      OFFSET 0) y
    WHERE y.parent_id IS NULL OR y.quantity IS NOT NULL
    OFFSET 0) t;
END
$$;

COMMENT ON FUNCTION oms.read_trades(jsonb[], text[], text[], oms.broker_profiles, date) IS 'Internal: the trades of a broker''s book in our words.';
