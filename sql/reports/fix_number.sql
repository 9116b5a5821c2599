-- A number field of a report, null where it is absent or empty. Raises OM007 where it is no number.
CREATE OR REPLACE FUNCTION oms.fix_number(report jsonb, field text)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_written CONSTANT text := nullif(btrim(report ->> field), '');
BEGIN
  IF v_written !~ '^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', field, 'value', v_written), field || ' is a number');
  END IF;
  RETURN v_written::numeric;
END
$$;

COMMENT ON FUNCTION oms.fix_number(jsonb, text) IS 'Internal: a number field of a report.';
