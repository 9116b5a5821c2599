-- A quantity after a split, to eight decimals: a third of 600 is 200, though a third is no decimal number.
CREATE OR REPLACE FUNCTION oms.split_quantity(quantity numeric, ratio numeric)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN trim_scale(round(quantity * ratio, 8));
END
$$;

COMMENT ON FUNCTION oms.split_quantity(numeric, numeric) IS 'Internal: a quantity after a split.';
