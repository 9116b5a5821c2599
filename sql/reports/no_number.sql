-- Refuses (OM007) a field of a report that is no number.
CREATE OR REPLACE FUNCTION oms.no_number(field text, written text)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', field, 'value', written), field || ' is a number');
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.no_number(text, text) IS 'Internal: refuses what is no number.';
