-- Whether a time lies in the years that every client can read, 1 to 9999, in whichever zone; null of a null. Infinite ones don't.
-- Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.is_calendar_time(moment timestamptz)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN moment >= timestamptz '0001-01-02 00:00+00' AND moment < timestamptz '9999-12-31 00:00+00';

COMMENT ON FUNCTION oms.is_calendar_time(timestamptz) IS 'Internal: whether a time lies in the years that every client can read.';
