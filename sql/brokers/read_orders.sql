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
  v_id_2 CONSTANT text[] := oms.field_path(v_fields, 'broker_order_id', 1);
  v_client_id CONSTANT text[] := oms.field_path(v_fields, 'client_order_id', 0);
  v_client_id_2 CONSTANT text[] := oms.field_path(v_fields, 'client_order_id', 1);
  v_symbol CONSTANT text[] := oms.field_path(v_fields, 'symbol', 0);
  v_symbol_2 CONSTANT text[] := oms.field_path(v_fields, 'symbol', 1);
  v_side CONSTANT text[] := oms.field_path(v_fields, 'side', 0);
  v_side_2 CONSTANT text[] := oms.field_path(v_fields, 'side', 1);
  v_order_type CONSTANT text[] := oms.field_path(v_fields, 'order_type', 0);
  v_order_type_2 CONSTANT text[] := oms.field_path(v_fields, 'order_type', 1);
  v_tif CONSTANT text[] := oms.field_path(v_fields, 'time_in_force', 0);
  v_tif_2 CONSTANT text[] := oms.field_path(v_fields, 'time_in_force', 1);
  v_variety CONSTANT text[] := oms.field_path(v_fields, 'variety', 0);
  v_variety_2 CONSTANT text[] := oms.field_path(v_fields, 'variety', 1);
  v_quantity CONSTANT text[] := oms.field_path(v_fields, 'quantity', 0);
  v_quantity_2 CONSTANT text[] := oms.field_path(v_fields, 'quantity', 1);
  v_cash CONSTANT text[] := oms.field_path(v_fields, 'cash_quantity', 0);
  v_cash_2 CONSTANT text[] := oms.field_path(v_fields, 'cash_quantity', 1);
  v_limit_price CONSTANT text[] := oms.field_path(v_fields, 'limit_price', 0);
  v_limit_price_2 CONSTANT text[] := oms.field_path(v_fields, 'limit_price', 1);
  v_stop_price CONSTANT text[] := oms.field_path(v_fields, 'stop_price', 0);
  v_stop_price_2 CONSTANT text[] := oms.field_path(v_fields, 'stop_price', 1);
  v_status CONSTANT text[] := oms.field_path(v_fields, 'status', 0);
  v_status_2 CONSTANT text[] := oms.field_path(v_fields, 'status', 1);
  v_filled CONSTANT text[] := oms.field_path(v_fields, 'filled_quantity', 0);
  v_filled_2 CONSTANT text[] := oms.field_path(v_fields, 'filled_quantity', 1);
  v_average CONSTANT text[] := oms.field_path(v_fields, 'average_price', 0);
  v_average_2 CONSTANT text[] := oms.field_path(v_fields, 'average_price', 1);
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
    t.client_id, t.symbol, t.our_side, t.our_type, coalesce(v_words -> 'time_in_force' ->> lower(t.tif), lower(t.tif)), lower(t.variety),
    CASE WHEN t.ordered > 0 THEN t.ordered END, CASE WHEN t.spend > 0 THEN t.spend END,
    CASE WHEN t.at_limit > 0 AND t.our_type IS DISTINCT FROM 'market' THEN t.at_limit END, CASE WHEN t.at_stop > 0 THEN t.at_stop END,
    t.status, t.ord_status, t.executed, nullif(t.at_average, 0), t.message,
    CASE WHEN t.id IS NULL OR t.our_side IS NULL OR t.symbol IS NULL OR t.ord_status IS NULL OR t.executed < 0 OR t.unread THEN
      concat_ws(', ', CASE WHEN t.id IS NULL THEN 'no ' || (v_fields ->> 'broker_order_id') END, CASE WHEN t.symbol IS NULL THEN 'no symbol' END,
        CASE WHEN t.our_side IS NULL THEN format('side %s', coalesce('"' || t.side || '"', 'missing')) END,
        CASE WHEN t.ord_status IS NULL THEN format('unknown status "%s"', t.status) END,
        CASE WHEN t.executed < 0 THEN 'executed below zero' END, CASE WHEN t.unread THEN 'a number that is none' END) END,
    t.payload, NULL::oms.broker_trade[]
  FROM (
    SELECT n.*, (n.quantity IS NOT NULL AND n.ordered IS NULL) OR (n.filled IS NOT NULL AND n.executed IS NULL) OR (n.average IS NOT NULL AND n.at_average IS NULL)
      OR (n.limit_price IS NOT NULL AND n.at_limit IS NULL) OR (n.stop_price IS NOT NULL AND n.at_stop IS NULL) OR (n.cash IS NOT NULL AND n.spend IS NULL) AS unread
    FROM (
      SELECT y.*, coalesce(v_words -> 'side' ->> lower(y.side),
          CASE WHEN lower(y.side) IN ('buy', 'b', '1') THEN 'buy' WHEN lower(y.side) IN ('sell', 's', '2') THEN 'sell' END) AS our_side,
        coalesce(v_words -> 'order_type' ->> lower(y.order_type), lower(y.order_type)) AS our_type,
        CASE WHEN y.status IS NULL THEN 'Pending New' ELSE v_statuses ->> lower(btrim(y.status)) END AS ord_status,
        oms.broker_number(y.quantity) AS ordered, oms.broker_number(y.cash) AS spend, oms.broker_number(y.limit_price) AS at_limit,
        oms.broker_number(y.stop_price) AS at_stop, oms.broker_number(y.filled) AS executed, oms.broker_number(y.average) AS at_average
      FROM (
        SELECT x.entry, x.payload, oms.said_text(x.id, x.payload, v_id_2, v_missing) AS id, oms.said_text(x.client_id, x.payload, v_client_id_2, v_missing) AS client_id,
          oms.said_text(x.symbol, x.payload, v_symbol_2, v_missing) AS symbol, oms.said_text(x.side, x.payload, v_side_2, v_missing) AS side,
          oms.said_text(x.order_type, x.payload, v_order_type_2, v_missing) AS order_type, oms.said_text(x.tif, x.payload, v_tif_2, v_missing) AS tif,
          oms.said_text(x.variety, x.payload, v_variety_2, v_missing) AS variety, oms.said_text(x.quantity, x.payload, v_quantity_2, v_missing) AS quantity,
          oms.said_text(x.cash, x.payload, v_cash_2, v_missing) AS cash, oms.said_text(x.limit_price, x.payload, v_limit_price_2, v_missing) AS limit_price,
          oms.said_text(x.stop_price, x.payload, v_stop_price_2, v_missing) AS stop_price, oms.said_text(x.status, x.payload, v_status_2, v_missing) AS status,
          oms.said_text(x.filled, x.payload, v_filled_2, v_missing) AS filled, oms.said_text(x.average, x.payload, v_average_2, v_missing) AS average,
          oms.said_text(x.message, x.payload, v_message_2, v_missing) AS message
        FROM (
          SELECT u.entry::integer, u.payload, u.payload #>> v_id AS id, u.payload #>> v_client_id AS client_id, u.payload #>> v_symbol AS symbol, u.payload #>> v_side AS side,
            u.payload #>> v_order_type AS order_type, u.payload #>> v_tif AS tif, u.payload #>> v_variety AS variety, u.payload #>> v_quantity AS quantity,
            u.payload #>> v_cash AS cash, u.payload #>> v_limit_price AS limit_price, u.payload #>> v_stop_price AS stop_price, u.payload #>> v_status AS status,
            u.payload #>> v_filled AS filled, u.payload #>> v_average AS average, u.payload #>> v_message AS message
          FROM unnest(read_orders.payloads) WITH ORDINALITY AS u (payload, entry)
          OFFSET 0) x
        OFFSET 0) y
      OFFSET 0) n
    OFFSET 0) t;
END
$$;

COMMENT ON FUNCTION oms.read_orders(jsonb[], oms.broker_profiles, date) IS 'Internal: the orders of a broker''s book in our words.';
