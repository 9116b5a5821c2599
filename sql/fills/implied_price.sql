-- The price of the last fill, from the average before and after it. Null where it can't be one: unknown, infinite, or not above zero
-- although the account doesn't trade there. Eight decimals, so that it comes out the same from a rounded average.
CREATE OR REPLACE FUNCTION oms.implied_price(account text, average_price numeric, booked_qty numeric, booked_value numeric, last_qty numeric)
RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_price CONSTANT numeric := CASE WHEN booked_qty = 0 THEN average_price
    ELSE trim_scale(round((average_price * (booked_qty + last_qty) - booked_value) / last_qty, 8)) END;
BEGIN
  IF v_price < 'infinity' AND v_price > '-infinity'
     AND (v_price > 0 OR EXISTS (SELECT FROM oms.accounts a WHERE a.account = implied_price.account AND a.allow_nonpositive_prices)) THEN
    RETURN v_price;
  END IF;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.implied_price(text, numeric, numeric, numeric, numeric) IS 'Internal: the price of the last fill, from the averages before and after it.';
