-- The broker was asked about this order: last_status_check, and nothing else; no event, no new version. A row that somebody is writing
-- just now is left to them. Legal in every status. Raises OM001, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.record_status_check(
  order_id bigint,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_order oms.orders;
BEGIN
  PERFORM FROM oms.orders o
  WHERE o.order_id = record_status_check.order_id AND o.account = record_status_check.account
  FOR NO KEY UPDATE SKIP LOCKED;
  IF FOUND THEN
    UPDATE oms.orders o SET last_status_check = oms.clock()
    WHERE o.order_id = record_status_check.order_id AND o.account = record_status_check.account
    RETURNING o.* INTO v_order;
  ELSE
    v_order := oms.get_order(record_status_check.order_id, record_status_check.account);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.record_status_check(bigint, text) IS 'Stamps last_status_check. Returns the order.';
