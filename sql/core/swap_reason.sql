-- The reason that events are logged with, until the next swap or the end of the transaction. Returns what it was before.
-- For a call whose own reason must stand in the log, also where the row's text is the same already. An error restores by itself.
CREATE OR REPLACE FUNCTION oms.swap_reason(reason text)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text := coalesce(current_setting('oms.reason', true), '');
BEGIN
  PERFORM set_config('oms.reason', swap_reason.reason, true);
  RETURN v_before;
END
$$;

COMMENT ON FUNCTION oms.swap_reason(text) IS 'Internal: makes a call''s reason the one that is logged; returns the one before.';
