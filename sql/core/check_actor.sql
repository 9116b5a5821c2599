-- Refuses (OM012) a change that names no actor, or a blank one, where the account demands one, and from an operator always.
CREATE OR REPLACE FUNCTION oms.check_actor(account text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF current_setting('oms.actor', true) ~ '[^[:space:]]' THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM oms.accounts a WHERE a.account = check_actor.account AND a.require_actor)
     OR (pg_has_role(session_user, to_regrole('oms_operator')::oid, 'MEMBER') AND oms.is_operator()) THEN
    PERFORM oms.raise_error('actor_required', jsonb_build_object('account', check_actor.account));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_actor(text) IS 'Internal: refuses a change without an actor where one is demanded.';
