-- A decision that only a human takes names who takes it and why: refuses (OM007) a blank reason, and a session without an actor.
CREATE OR REPLACE FUNCTION oms.check_decision(reason text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF (check_decision.reason ~ '[^[:space:]]') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'reason'), 'say why: the decision is logged with its reason');
  ELSIF (current_setting('oms.actor', true) ~ '[^[:space:]]') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'actor'),
      'say who decides: pass actor, or set it for the transaction with oms.set_context()');
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_decision(text) IS 'Internal: refuses a decision without a reason or an actor.';
