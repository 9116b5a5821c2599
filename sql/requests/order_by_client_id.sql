-- The order that has or ever had that client_order_id, or that a request of that id is about; null where there is none.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.order_by_client_id(client_order_id text, account text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN coalesce(
    (SELECT o.order_id FROM oms.orders o
     WHERE o.client_order_id = order_by_client_id.client_order_id AND o.account = order_by_client_id.account),
    (SELECT r.order_id FROM oms.order_requests r
     WHERE r.client_order_id = order_by_client_id.client_order_id AND r.account = order_by_client_id.account),
    (SELECT r.order_id FROM oms.order_requests r
     WHERE r.orig_client_order_id = order_by_client_id.client_order_id AND r.account = order_by_client_id.account AND r.order_id IS NOT NULL
     LIMIT 1));
END
$$;

COMMENT ON FUNCTION oms.order_by_client_id(text, text) IS 'Internal: the order that has or had a client_order_id, or that a request of that id is about.';
