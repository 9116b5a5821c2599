-- Whether a broker's answer lists orders, if only none: a single order and mere trades don't say that there are no others.
CREATE OR REPLACE FUNCTION oms.is_book(snapshot jsonb, profile oms.broker_profiles)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_data CONSTANT jsonb := CASE jsonb_typeof(snapshot) WHEN 'object' THEN coalesce(snapshot -> 'data', snapshot) ELSE snapshot END;
BEGIN
  RETURN coalesce(jsonb_typeof(v_data -> 'orders') = 'array', false) OR coalesce(jsonb_typeof(v_data) = 'array' AND (v_data = '[]' OR EXISTS (
    SELECT FROM generate_series(0, 9) AS i (i) WHERE oms.snapshot_kind(v_data -> i.i, profile) IN ('order', 'envelope'))), false);
END
$$;

COMMENT ON FUNCTION oms.is_book(jsonb, oms.broker_profiles) IS 'Internal: whether a broker''s answer lists orders, if only none.';
