-- What a quantity cost on average; null for none. The one place where an average is taken: numeric division keeps as many decimals as its
-- operands show, so both are trimmed first, and the same books give the same average whatever happened before.
CREATE OR REPLACE FUNCTION oms.average_price(value numeric, quantity numeric)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN trim_scale(trim_scale(average_price.value) / nullif(trim_scale(average_price.quantity), 0));
END
$$;

COMMENT ON FUNCTION oms.average_price(numeric, numeric) IS 'Internal: value per unit, trimmed.';
