-- A call's own arguments become the context its changes are logged with; returns what oms.leave_call() restores.
-- Null where nothing differs from the session's context, so that the plain call pays nothing. An error restores by itself.
-- Raises OM007 for an occurred_at that not every client can read.
CREATE OR REPLACE FUNCTION oms.enter_call(occurred_at timestamptz, actor text)
RETURNS text[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_before text[];
BEGIN
  IF enter_call.occurred_at IS NULL AND enter_call.actor IS NULL THEN
    RETURN NULL;
  END IF;
  IF NOT oms.is_calendar_time(enter_call.occurred_at) THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'occurred_at', 'value', enter_call.occurred_at::text), 'occurred_at is a time in the years 1 to 9999');
  END IF;
  v_before := ARRAY[
    coalesce(current_setting('oms.occurred_at', true), ''),
    coalesce(current_setting('oms.actor', true), '')];
  PERFORM
    set_config('oms.occurred_at', coalesce(to_char(enter_call.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00'), ''), true),
    set_config('oms.actor', coalesce(enter_call.actor, v_before[2]), true);
  RETURN v_before;
END
$$;

COMMENT ON FUNCTION oms.enter_call(timestamptz, text) IS 'Internal: makes a call''s arguments the logging context; oms.leave_call() restores.';
