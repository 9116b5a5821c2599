-- When the change being logged happened, as the running call says; null where it didn't. Raises OM007 for a time that not every client can read.
-- Kept as ISO text in UTC, which every session's DateStyle and TimeZone read the same.
CREATE OR REPLACE FUNCTION oms.context_time()
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_time CONSTANT timestamptz := nullif(current_setting('oms.occurred_at', true), '')::timestamptz;
BEGIN
  IF NOT oms.is_calendar_time(v_time) THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'oms.occurred_at', 'value', v_time::text),
      'oms.occurred_at is a time in the years 1 to 9999');
  END IF;
  RETURN v_time;
END
$$;

COMMENT ON FUNCTION oms.context_time() IS 'Internal: occurred_at of the running call, or null.';
