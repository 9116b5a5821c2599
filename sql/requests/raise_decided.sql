-- Refuses (OM002) to decide a request otherwise than it was decided.
CREATE OR REPLACE FUNCTION oms.raise_decided(request oms.order_requests, to_state text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM oms.raise_error('illegal_transition',
    jsonb_build_object('client_order_id', request.client_order_id, 'order_id', request.order_id, 'from_state', request.state, 'to_state', to_state),
    'request ' || request.client_order_id || ' is ' || request.state || ' already; a request is decided once');
END
$$;

COMMENT ON FUNCTION oms.raise_decided(oms.order_requests, text) IS 'Internal: refuses to decide a request a second time.';
