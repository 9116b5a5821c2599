-- Raises an error of the registry: SQLSTATE, stable message, particulars as a JSON detail, and a hint that says what to do.
CREATE OR REPLACE FUNCTION oms.raise_error(condition text, detail jsonb, hint text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_error record;
BEGIN
  SELECT e.sqlstate, e.message, e.hint INTO STRICT v_error
  FROM oms.error_codes e
  WHERE e.condition = raise_error.condition;
  RAISE EXCEPTION USING
    ERRCODE = v_error.sqlstate,
    MESSAGE = v_error.message,
    DETAIL = raise_error.detail::text,
    HINT = coalesce(raise_error.hint, v_error.hint);
END
$$;

COMMENT ON FUNCTION oms.raise_error(text, jsonb, text) IS 'Raises an error of oms.error_codes by its condition name.';
