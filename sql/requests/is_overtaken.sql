-- Whether the broker has changed the order's terms since that request was accepted, though we learn of its acceptance only now: a later request
-- of the chain is accepted already, or a change is on record that happened after it.
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
    SELECT FROM later l WHERE l.state = 'accepted' AND l.kind = 'replace')
  OR EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = is_overtaken.order_id AND e.account = is_overtaken.account
      AND e.event_type IN ('replaced', 'restated') AND e.occurred_at > oms.context_time());
END
$$;

COMMENT ON FUNCTION oms.is_overtaken(bigint, text, text) IS 'Internal: whether the terms of an order have changed again since a request was accepted.';
