-- Who and why for raw SQL, until the end of the transaction (so it can't leak through a transaction pooler).
-- A claim by the caller: the log keeps the login role beside it as the fact. Null leaves a setting as it is.
CREATE OR REPLACE FUNCTION oms.set_context(actor text DEFAULT NULL, reason text DEFAULT NULL, correlation_id text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF set_context.actor IS NOT NULL THEN
    PERFORM set_config('oms.actor', set_context.actor, true);
  END IF;
  IF set_context.reason IS NOT NULL THEN
    PERFORM set_config('oms.reason', set_context.reason, true);
  END IF;
  IF set_context.correlation_id IS NOT NULL THEN
    PERFORM set_config('oms.correlation_id', set_context.correlation_id, true);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.set_context(text, text, text) IS 'Says who does the following changes of this transaction, why, and for which request.';
