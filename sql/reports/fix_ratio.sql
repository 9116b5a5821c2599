-- SplitRatio of a report: what one unit becomes, as a number, or as 2:1, 2/1, 2 for 1. Null where it is absent. Raises OM007 where it is neither.
CREATE OR REPLACE FUNCTION oms.fix_ratio(report jsonb)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_parts CONSTANT text[] := regexp_match(btrim(report ->> 'SplitRatio'), '^([0-9]+(?:[.][0-9]+)?)[[:space:]]*(?::|/|for)[[:space:]]*([0-9]*[1-9][0-9]*)$', 'i');
BEGIN
  IF v_parts IS NOT NULL THEN
    RETURN v_parts[1]::numeric / v_parts[2]::numeric;
  END IF;
  RETURN oms.fix_number(report, 'SplitRatio');
END
$$;

COMMENT ON FUNCTION oms.fix_ratio(jsonb) IS 'Internal: the split ratio of a report.';
