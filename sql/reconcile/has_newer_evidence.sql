-- Whether anything is on record about an order that happened after a moment: an event, by its own time where it has one, else by when it was recorded;
-- or what a broker's book said that was asked for later.
CREATE OR REPLACE FUNCTION oms.has_newer_evidence(order_id bigint, account text, moment timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  -- Of books in their order none; asked first, because an order has as many decisions as there were books.
  v_runs CONSTANT bigint[] := ARRAY(
    SELECT r.reconciliation_id FROM oms.reconciliations r
    WHERE r.account = has_newer_evidence.account AND r.observed_at > has_newer_evidence.moment);
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = has_newer_evidence.order_id AND e.account = has_newer_evidence.account
      AND coalesce(e.occurred_at, e.recorded_at) > has_newer_evidence.moment AND NOT oms.is_annotation(e.event_type))
  OR (v_runs <> '{}' AND (EXISTS (
    SELECT FROM oms.reconciliations r
    WHERE r.reconciliation_id = ANY (v_runs) AND r.account = has_newer_evidence.account AND has_newer_evidence.order_id = ANY (r.matched)) OR EXISTS (
    SELECT FROM oms.reconciliation_decisions d
    WHERE d.order_id = has_newer_evidence.order_id AND d.reconciliation_id = ANY (v_runs) AND d.account = has_newer_evidence.account
      AND d.decision <> 'stale')));
END
$$;

COMMENT ON FUNCTION oms.has_newer_evidence(bigint, text, timestamptz) IS 'Internal: whether anything is on record about an order that happened after a moment.';
