-- A date field of a report: FIX LocalMktDate (20261122) or ISO 8601; null where it is absent or empty. Raises OM007 where it is neither.
CREATE OR REPLACE FUNCTION oms.fix_date(report jsonb, field text)
RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_written CONSTANT text := nullif(btrim(report ->> field), '');
  v_parts CONSTANT text[] := regexp_match(v_written, '^(?!0000)([0-9]{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01])$');
BEGIN
  IF v_written IS NOT NULL AND (v_parts IS NULL OR v_parts[3]::integer > oms.days_in_month(v_parts[1]::integer, v_parts[2]::integer)) THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', field, 'value', v_written),
      field || ' is a date like 20261122 or 2026-11-22');
  END IF;
  RETURN make_date(v_parts[1]::integer, v_parts[2]::integer, v_parts[3]::integer);
END
$$;

COMMENT ON FUNCTION oms.fix_date(jsonb, text) IS 'Internal: a date field of a report.';
