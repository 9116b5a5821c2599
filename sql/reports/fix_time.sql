-- A time field of a report: FIX UTCTimestamp (20261122-09:15:00.250) or ISO 8601, UTC where no zone is said; null where it is absent or empty.
-- Raises OM007 where it is neither. Matched without captures, which would take most of the time of a report.
CREATE OR REPLACE FUNCTION oms.fix_time(report jsonb, field text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_written text := nullif(btrim(report ->> field), '');
BEGIN
  IF v_written IS NULL THEN
    RETURN NULL;
  ELSIF v_written ~ '^[0-9]{8}-' THEN
    v_written := overlay(overlay(overlay(v_written PLACING ' ' FROM 9) PLACING '-' FROM 7 FOR 0) PLACING '-' FROM 5 FOR 0);
  END IF;
  IF v_written !~ '^(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]+)?(?:Z|[-+](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)?$'
     OR (substr(v_written, 9, 2) > '28'
       AND substr(v_written, 9, 2)::integer > oms.days_in_month(substr(v_written, 1, 4)::integer, substr(v_written, 6, 2)::integer)) THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', field, 'value', report ->> field),
      field || ' is a time like 20261122-09:15:00.250 (UTC) or 2026-11-22T09:15:00+05:30');
  END IF;
  RETURN (CASE WHEN v_written ~ '(?:Z|[-+][0-9][0-9](?::?[0-9][0-9])?)$' THEN v_written ELSE v_written || 'Z' END)::timestamptz;
END
$$;

COMMENT ON FUNCTION oms.fix_time(jsonb, text) IS 'Internal: a time field of a report.';
