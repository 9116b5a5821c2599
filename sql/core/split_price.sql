-- A price after a split, to eight decimals, without the zeros that dividing leaves behind.
CREATE OR REPLACE FUNCTION oms.split_price(price numeric, ratio numeric)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN trim_scale(round(price / ratio, 8));
END
$$;

COMMENT ON FUNCTION oms.split_price(numeric, numeric) IS 'Internal: a price after a split.';
