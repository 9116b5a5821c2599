-- A time field of a report: FIX UTCTimestamp (20261122-09:15:00.250) or ISO 8601, UTC where no zone is said; null where it is absent or empty.
-- Raises OM007 where it is neither.
CREATE OR REPLACE FUNCTION oms.fix_time(report jsonb, field text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_written CONSTANT text := nullif(btrim(report ->> field), '');
  v_parts CONSTANT text[] := regexp_match(v_written,
    '^(\d{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])[-T ]([01]\d|2[0-3]):?([0-5]\d):?([0-5]\d|60)(\.\d+)?(Z|[-+](?:0\d|1[0-5])(?::?[0-5]\d)?)?$');
BEGIN
  IF v_written IS NULL THEN
    RETURN NULL;
  ELSIF v_parts IS NULL OR (v_parts[3] > '28' AND v_parts[3]::integer > oms.days_in_month(v_parts[1]::integer, v_parts[2]::integer)) THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', field, 'value', v_written),
      field || ' is a time like 20261122-09:15:00.250 (UTC) or 2026-11-22T09:15:00+05:30');
  END IF;
  RETURN (concat_ws('-', v_parts[1], v_parts[2], v_parts[3]) || ' ' || concat_ws(':', v_parts[4], v_parts[5], v_parts[6])
    || coalesce(v_parts[7], '') || coalesce(v_parts[8], 'Z'))::timestamptz;
END
$$;

COMMENT ON FUNCTION oms.fix_time(jsonb, text) IS 'Internal: a time field of a report.';
