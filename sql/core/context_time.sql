-- When the change being logged happened, as the running call says; null where it didn't.
-- Kept as ISO text in UTC, which every session's DateStyle and TimeZone read the same.
CREATE OR REPLACE FUNCTION oms.context_time()
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN nullif(current_setting('oms.occurred_at', true), '')::timestamptz;
END
$$;

COMMENT ON FUNCTION oms.context_time() IS 'Internal: occurred_at of the running call, or null.';
