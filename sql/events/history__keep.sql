-- Statement trigger: orders, requests, fills, reports and events are never deleted or truncated, the last three never edited. Raises OM004.
-- For owners, whom no grant stops; a statement trigger, so that TRUNCATE is caught too.
CREATE OR REPLACE FUNCTION oms.history__keep()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM oms.raise_error('append_only', jsonb_build_object('table', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, 'operation', lower(TG_OP)));
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.history__keep() IS 'Trigger: refuses to edit or remove history (OM004).';
