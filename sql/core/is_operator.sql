-- Whether the login role is a member of oms_operator: a human who repairs. Who logged in counts, so neither SET ROLE nor a setting changes it.
-- Superusers and members of the owner are members of everything, or may make themselves so: they are no operators.
CREATE OR REPLACE FUNCTION oms.is_operator()
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF pg_has_role(session_user, to_regrole('oms_operator')::oid, 'MEMBER') IS NOT TRUE THEN
    RETURN false;
  END IF;
  RETURN NOT EXISTS (
    SELECT FROM pg_roles r CROSS JOIN pg_class c
    WHERE r.rolname = session_user AND c.oid = 'oms.orders'::regclass AND (r.rolsuper OR pg_has_role(r.oid, c.relowner, 'USAGE')));
END
$$;

COMMENT ON FUNCTION oms.is_operator() IS 'Internal: whether the login role is a member of oms_operator.';
