-- Refuses (OM008) if an event after that version changed the facts of the order, or it has no such version yet; annotations don't count. Locks
-- the order row.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.check_version(
  order_id bigint,
  account text,
  expected_version integer)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM oms.orders o
  WHERE o.order_id = check_version.order_id AND o.account = check_version.account
  FOR NO KEY UPDATE;
  IF EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = check_version.order_id AND e.account = check_version.account AND e.seq > check_version.expected_version
      AND NOT oms.is_annotation(e.event_type))
    OR EXISTS (
    SELECT FROM oms.orders o
    WHERE o.order_id = check_version.order_id AND o.account = check_version.account AND o.version < check_version.expected_version)
  THEN
    PERFORM oms.raise_error('stale_version', jsonb_build_object('order_id', check_version.order_id, 'expected_version', check_version.expected_version,
      'version', (SELECT o.version FROM oms.orders o WHERE o.order_id = check_version.order_id AND o.account = check_version.account)));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_version(bigint, text, integer) IS 'Internal: refuses a call whose caller has not seen the newest facts of the order.';
