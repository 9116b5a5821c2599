-- Restores the context that oms.enter_call() replaced: what follows in the transaction isn't the call's doing.
CREATE OR REPLACE FUNCTION oms.leave_call(before text[])
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM
    set_config('oms.occurred_at', leave_call.before[1], true),
    set_config('oms.actor', leave_call.before[2], true);
END
$$;

COMMENT ON FUNCTION oms.leave_call(text[]) IS 'Internal: restores the logging context that oms.enter_call() replaced.';
