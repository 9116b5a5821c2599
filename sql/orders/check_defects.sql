-- Refuses bad terms of an order (OM007) with the argument, its value and what to do; order_id is null for an order that isn't there yet.
CREATE OR REPLACE FUNCTION oms.check_defects(written oms.orders, order_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_found record;
BEGIN
  SELECT d.defect, d.hint INTO v_found FROM oms.order_defect(written) d;
  IF v_found.defect IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_strip_nulls(jsonb_build_object('order_id', check_defects.order_id, 'argument', v_found.defect, 'value', to_jsonb(written) ->> v_found.defect)),
      v_found.hint);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_defects(oms.orders, bigint) IS 'Internal: refuses bad terms.';
