-- Refuses bad values of a request (OM007), naming the argument.
CREATE OR REPLACE FUNCTION oms.check_request(client_order_id text, orig_client_order_id text, quantity numeric, limit_price numeric, stop_price numeric, account text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_lowest CONSTANT numeric := CASE
    WHEN check_request.limit_price <= 0 OR check_request.stop_price <= 0 THEN coalesce((
      SELECT '-infinity'::numeric FROM oms.accounts a WHERE a.account = check_request.account AND a.allow_nonpositive_prices), 0)
    ELSE 0 END;
  v_defect CONSTANT text := CASE
    WHEN btrim(coalesce(check_request.client_order_id, '')) = '' OR length(check_request.client_order_id) > 255 THEN 'client_order_id'
    WHEN check_request.client_order_id = check_request.orig_client_order_id THEN 'client_order_id'
    WHEN btrim(check_request.orig_client_order_id) = '' THEN 'orig_client_order_id'
    WHEN NOT (check_request.quantity > 0 AND check_request.quantity < 'infinity') THEN 'quantity'
    WHEN NOT (check_request.limit_price > v_lowest AND check_request.limit_price < 'infinity') THEN 'limit_price'
    WHEN NOT (check_request.stop_price > v_lowest AND check_request.stop_price < 'infinity') THEN 'stop_price'
  END;
BEGIN
  IF v_defect IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('argument', v_defect, 'client_order_id', check_request.client_order_id),
      CASE v_defect
        WHEN 'client_order_id' THEN 'a request needs a client_order_id of its own, of 1 to 255 characters, other than that of the order'
        WHEN 'orig_client_order_id' THEN 'orig_client_order_id is the id of the order, or of the request before'
        ELSE v_defect || ' must be a finite number above zero, or null to keep it' END);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_request(text, text, numeric, numeric, numeric, text) IS 'Internal: refuses bad values of a request.';
