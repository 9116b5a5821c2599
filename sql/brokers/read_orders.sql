-- The orders of a broker's book in our words, as its profile says; one per entry, in the given order. What can't be read is a defect of that
-- order alone. The inner selects keep each field's text, so that it is taken from the JSON once.
CREATE OR REPLACE FUNCTION oms.read_orders(payloads jsonb[], profile oms.broker_profiles, day date)
RETURNS SETOF oms.broker_order
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_fields CONSTANT jsonb := profile.order_fields;
  v_statuses CONSTANT jsonb := (SELECT jsonb_object_agg(s.status, s.ord_status) FROM oms.broker_statuses s WHERE s.broker = profile.broker);
  v_id CONSTANT text[] := oms.field_path(v_fields, 'broker_order_id', 0);
  v_client_id CONSTANT text[] := oms.field_path(v_fields, 'client_order_id', 0);
  v_symbol CONSTANT text[] := oms.field_path(v_fields, 'symbol', 0);
  v_side CONSTANT text[] := oms.field_path(v_fields, 'side', 0);
  v_type CONSTANT text[] := oms.field_path(v_fields, 'order_type', 0);
  v_tif CONSTANT text[] := oms.field_path(v_fields, 'time_in_force', 0);
  v_variety CONSTANT text[] := oms.field_path(v_fields, 'variety', 0);
  v_quantity CONSTANT text[] := oms.field_path(v_fields, 'quantity', 0);
  v_cash CONSTANT text[] := oms.field_path(v_fields, 'cash_quantity', 0);
  v_limit CONSTANT text[] := oms.field_path(v_fields, 'limit_price', 0);
  v_stop CONSTANT text[] := oms.field_path(v_fields, 'stop_price', 0);
  v_stop_2 CONSTANT text[] := oms.field_path(v_fields, 'stop_price', 1);
  v_status CONSTANT text[] := oms.field_path(v_fields, 'status', 0);
  v_filled CONSTANT text[] := oms.field_path(v_fields, 'filled_quantity', 0);
  v_average CONSTANT text[] := oms.field_path(v_fields, 'average_price', 0);
  v_message CONSTANT text[] := oms.field_path(v_fields, 'message', 0);
  v_message_2 CONSTANT text[] := oms.field_path(v_fields, 'message', 1);
  v_missing CONSTANT text[] := profile.missing;
  v_order_ids CONSTANT text := profile.order_ids;
  v_words CONSTANT jsonb := profile.words;
BEGIN
  RETURN QUERY
  SELECT t.entry, t.id,
    CASE v_order_ids WHEN 'symbol' THEN t.id || '@' || t.symbol
      WHEN 'daily' THEN t.id || '@' || to_char(coalesce(oms.entry_time(t.payload, v_fields, 'opened_at', profile, read_orders.day),
        oms.entry_time(t.payload, v_fields, 'occurred_at', profile, read_orders.day)) AT TIME ZONE profile.time_zone, 'YYYY-MM-DD') END,
    t.client_id, t.symbol, t.side, t.order_type, t.time_in_force, t.variety,
    CASE WHEN t.quantity > 0 THEN t.quantity END, CASE WHEN t.cash > 0 THEN t.cash END,
    CASE WHEN t.limit_price > 0 AND t.order_type IS DISTINCT FROM 'market' THEN t.limit_price END, CASE WHEN t.stop_price > 0 THEN t.stop_price END,
    t.status, t.ord_status, t.filled, nullif(t.average, 0), t.message,
    CASE WHEN t.id IS NULL OR t.side IS NULL OR t.symbol IS NULL OR t.ord_status IS NULL OR t.filled < 0 OR t.unread THEN
      concat_ws(', ', CASE WHEN t.id IS NULL THEN 'no ' || (v_fields ->> 'broker_order_id') END, CASE WHEN t.symbol IS NULL THEN 'no symbol' END,
        CASE WHEN t.side IS NULL THEN format('side %s', coalesce('"' || t.said_side || '"', 'missing')) END,
        CASE WHEN t.ord_status IS NULL THEN format('unknown status "%s"', t.status) END,
        CASE WHEN t.filled < 0 THEN 'executed below zero' END, CASE WHEN t.unread THEN 'a number that is none' END) END,
    t.payload, NULL::oms.broker_trade[]
  FROM (
    SELECT x.entry, x.payload, CASE WHEN x.id <> ALL (v_missing) THEN x.id END AS id, CASE WHEN x.client_id <> ALL (v_missing) THEN x.client_id END AS client_id,
      CASE WHEN x.symbol <> ALL (v_missing) THEN x.symbol END AS symbol, x.side AS said_side,
      coalesce(v_words -> 'side' ->> lower(x.side), CASE WHEN lower(x.side) IN ('buy', 'b', '1') THEN 'buy' WHEN lower(x.side) IN ('sell', 's', '2') THEN 'sell' END) AS side,
      coalesce(v_words -> 'order_type' ->> lower(x.order_type), lower(x.order_type)) AS order_type,
      coalesce(v_words -> 'time_in_force' ->> lower(x.tif), lower(x.tif)) AS time_in_force,
      CASE WHEN x.variety <> ALL (v_missing) THEN lower(x.variety) END AS variety,
      oms.broker_number(x.quantity) AS quantity, oms.broker_number(x.cash) AS cash, oms.broker_number(x.limit_price) AS limit_price,
      oms.broker_number(x.stop_price) AS stop_price, x.status,
      CASE WHEN x.status <> ALL (v_missing) THEN v_statuses ->> lower(btrim(x.status)) ELSE 'Pending New' END AS ord_status,
      oms.broker_number(x.filled) AS filled, oms.broker_number(x.average) AS average,
      CASE WHEN x.message <> ALL (v_missing) THEN x.message WHEN v_message_2 IS NOT NULL THEN x.payload #>> v_message_2 END AS message,
      (x.quantity <> ALL (v_missing) AND oms.broker_number(x.quantity) IS NULL) IS TRUE OR (x.filled <> ALL (v_missing) AND oms.broker_number(x.filled) IS NULL) IS TRUE
        OR (x.average <> ALL (v_missing) AND oms.broker_number(x.average) IS NULL) IS TRUE
        OR (x.limit_price <> ALL (v_missing) AND oms.broker_number(x.limit_price) IS NULL) IS TRUE
        OR (x.stop_price <> ALL (v_missing) AND oms.broker_number(x.stop_price) IS NULL) IS TRUE
        OR (x.cash <> ALL (v_missing) AND oms.broker_number(x.cash) IS NULL) IS TRUE AS unread
    FROM (
      SELECT u.entry::integer, u.payload, u.payload #>> v_id AS id, u.payload #>> v_client_id AS client_id, u.payload #>> v_symbol AS symbol,
        u.payload #>> v_side AS side, u.payload #>> v_type AS order_type, u.payload #>> v_tif AS tif, u.payload #>> v_variety AS variety,
        u.payload #>> v_quantity AS quantity, u.payload #>> v_cash AS cash, u.payload #>> v_limit AS limit_price,
        coalesce(u.payload #>> v_stop, u.payload #>> v_stop_2) AS stop_price, u.payload #>> v_status AS status, u.payload #>> v_filled AS filled,
        u.payload #>> v_average AS average, u.payload #>> v_message AS message
      FROM unnest(read_orders.payloads) WITH ORDINALITY AS u (payload, entry)
      OFFSET 0) x
    OFFSET 0) t;
END
$$;

COMMENT ON FUNCTION oms.read_orders(jsonb[], oms.broker_profiles, date) IS 'Internal: the orders of a broker''s book in our words.';
