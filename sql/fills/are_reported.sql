-- Whether a broker's stream reported every fill of an order after after_fill_id, a split's corrections by what they correct; false where there is none.
CREATE OR REPLACE FUNCTION oms.are_reported(order_id bigint, account text, after_fill_id bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN coalesce((
    SELECT bool_and(oms.is_reported(f.order_id, f.account, CASE f.kind WHEN 'correct' THEN regexp_replace(f.exec_id, '^(?:split-)+', '') ELSE f.exec_id END)) FROM oms.fills f
    WHERE f.order_id = are_reported.order_id AND f.account = are_reported.account AND f.fill_id > are_reported.after_fill_id), false);
END
$$;

COMMENT ON FUNCTION oms.are_reported(bigint, text, bigint) IS 'Internal: whether a broker''s stream reported the newest fills of an order.';
