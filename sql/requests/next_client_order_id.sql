-- The client_order_id an order gets where an update writes another: none, or one it had before, is what a whole-row save read earlier, and no replace.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.next_client_order_id(before oms.orders, written text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
  IF written IS NULL OR EXISTS (
    SELECT FROM oms.order_requests r
    WHERE r.orig_client_order_id = written AND r.account = before.account AND r.order_id = before.order_id AND r.state = 'accepted' AND r.kind = 'replace')
  THEN
    RETURN before.client_order_id;
  END IF;
  RETURN written;
END
$$;

COMMENT ON FUNCTION oms.next_client_order_id(oms.orders, text) IS 'Internal: the client_order_id of an order after an update.';
