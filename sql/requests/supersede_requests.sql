-- An order's end leaves nothing to decide: its open requests are superseded. Returns whether there were any. The order is locked already.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.supersede_requests(order_id bigint, account text, decided_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  UPDATE oms.order_requests r SET state = 'superseded', decided_at = supersede_requests.decided_at
  WHERE r.order_id = supersede_requests.order_id AND r.account = supersede_requests.account AND r.state IN ('received', 'pending');
  RETURN FOUND;
END
$$;

COMMENT ON FUNCTION oms.supersede_requests(bigint, text, timestamptz) IS 'Internal: supersedes the open requests of an order that ends.';
