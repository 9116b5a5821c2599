-- Whether a later request of the chain is accepted already, though we learn of the acceptance of this one only now.
CREATE OR REPLACE FUNCTION oms.is_overtaken(order_id bigint, account text, client_order_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    WITH RECURSIVE later AS (
      SELECT r.client_order_id, r.state, r.kind FROM oms.order_requests r
      WHERE r.orig_client_order_id = is_overtaken.client_order_id AND r.account = is_overtaken.account AND r.order_id = is_overtaken.order_id
      UNION
      SELECT r.client_order_id, r.state, r.kind FROM oms.order_requests r
      JOIN later l ON r.orig_client_order_id = l.client_order_id
      WHERE r.account = is_overtaken.account AND r.order_id = is_overtaken.order_id
    )
    SELECT FROM later l WHERE l.state = 'accepted' AND l.kind = 'replace');
END
$$;

COMMENT ON FUNCTION oms.is_overtaken(bigint, text, text) IS 'Internal: whether a later request of the chain is accepted already.';
