-- The trades of a book that aren't booked for an order yet, as fills. A known id with the same content (also as a correction has it) is booked; with
-- other content it is a fill of its own under an id made from both, and doubtful. synthetic: what of the order only totals told of; replaced: how much of it these will
-- replace, each as oms.replace_synthetic() has it; fills_before: how many fills the order has, undone ones too. With a total that the book
-- states, fills of a doubtful id count only as far as it has room for them.
CREATE OR REPLACE FUNCTION oms.unbooked_fills(order_id bigint, account text, trades oms.broker_trade[], observed_at timestamptz,
  OUT fills jsonb, OUT quantity numeric, OUT value numeric, OUT doubt text, OUT synthetic numeric, OUT replaced numeric, OUT fills_before integer)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_quantity numeric;
BEGIN
  SELECT coalesce(sum(n.quantity), 0), (
      SELECT count(*) FROM oms.fills f WHERE f.order_id = unbooked_fills.order_id AND f.account = unbooked_fills.account)
    INTO synthetic, fills_before
  FROM oms.net_fills n
  WHERE n.order_id = unbooked_fills.order_id AND n.account = unbooked_fills.account AND n.exec_id LIKE 'synthetic-%' AND n.kind <> 'adjust';
  fills := '[]';
  quantity := 0;
  value := 0;
  replaced := 0;
  IF trades IS NULL THEN
    RETURN;
  END IF;
  WITH said AS (
    SELECT DISTINCT ON (t.exec_id, t.quantity, t.price) t.exec_id, t.quantity, t.price, t.fees, t.fee_currency, t.occurred_at, t.entry
    FROM unnest(unbooked_fills.trades) t
    WHERE t.defect IS NULL
    ORDER BY t.exec_id, t.quantity, t.price, t.entry
  ), named AS (
    SELECT s.*, CASE
      WHEN s.entry > min(s.entry) OVER (PARTITION BY s.exec_id) OR EXISTS (
        SELECT FROM oms.fills f WHERE f.order_id = unbooked_fills.order_id AND f.account = unbooked_fills.account AND f.exec_id = s.exec_id)
      THEN concat(s.exec_id, '#', left(encode(sha256(convert_to(concat_ws('|', trim_scale(s.quantity), trim_scale(s.price)), 'UTF8')), 'hex'), 8))
      ELSE s.exec_id END AS name
    FROM said s
  ), unbooked AS (
    SELECT n.* FROM named n
    WHERE NOT EXISTS (
      SELECT FROM oms.fills f
      WHERE f.order_id = unbooked_fills.order_id AND f.account = unbooked_fills.account
        AND (f.exec_id = n.name OR ((f.exec_id = n.exec_id OR f.exec_ref_id = n.exec_id) AND f.quantity = n.quantity AND oms.same_price(f.price, n.price))))
  )
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('exec_id', u.name, 'quantity', u.quantity, 'price', u.price, 'fees', u.fees,
      'fee_currency', u.fee_currency, 'occurred_at', CASE WHEN u.occurred_at IS NOT NULL THEN least(u.occurred_at, unbooked_fills.observed_at) END)) ORDER BY u.entry), '[]'),
    coalesce(sum(u.quantity), 0), coalesce(sum(u.quantity * u.price), 0),
    string_agg(format('trade %s again, with other content: %s at %s', u.exec_id, u.quantity, u.price), '; ' ORDER BY u.entry) FILTER (WHERE u.name <> u.exec_id)
    INTO fills, quantity, value, doubt
  FROM unbooked u;
  IF synthetic > 0 THEN
    FOR v_quantity IN SELECT (f.fill ->> 'quantity')::numeric FROM jsonb_array_elements(fills) WITH ORDINALITY AS f (fill, place) ORDER BY f.place LOOP
      IF v_quantity <= synthetic - replaced THEN
        replaced := replaced + v_quantity;
      END IF;
    END LOOP;
  END IF;
END
$$;

COMMENT ON FUNCTION oms.unbooked_fills(bigint, text, oms.broker_trade[], timestamptz) IS 'Internal: the trades of a book that aren''t booked for an order yet.';
