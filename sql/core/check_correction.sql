-- A correction by an operator names who makes it and why: refuses (OM007) one without a reason or an actor. The reason is the call's, else the
-- setting's. Other roles book what a broker's stream says, which brings its own reasons.
CREATE OR REPLACE FUNCTION oms.check_correction(reason text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF oms.is_operator() THEN
    PERFORM oms.check_decision(coalesce(substring(check_correction.reason FROM '.*[^[:space:]].*'), current_setting('oms.reason', true)));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_correction(text) IS 'Internal: refuses an operator''s correction without a reason or an actor.';
