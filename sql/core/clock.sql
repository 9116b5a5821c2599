-- The one source of time: the wall clock, so that long transactions don't stamp the past.
-- No session setting may influence it; tests replace this function in their own database.
CREATE OR REPLACE FUNCTION oms.clock()
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN clock_timestamp();
END
$$;

COMMENT ON FUNCTION oms.clock() IS 'The current wall-clock time: the source of every stamp.';
