-- How many days a month has; year zero, which there isn't, has none.
CREATE OR REPLACE FUNCTION oms.days_in_month(year integer, month integer)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN year > 0 THEN extract(day FROM make_date(year, month, 1) + interval '1 month - 1 day') ELSE 0 END;
END
$$;

COMMENT ON FUNCTION oms.days_in_month(integer, integer) IS 'Internal: how many days a month has.';
