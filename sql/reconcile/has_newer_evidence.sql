-- Whether anything is on record about an order that happened after a moment: an event's own time where it has one, else when it was recorded.
CREATE OR REPLACE FUNCTION oms.has_newer_evidence(order_id bigint, account text, moment timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = has_newer_evidence.order_id AND e.account = has_newer_evidence.account
      AND coalesce(e.occurred_at, e.recorded_at) > has_newer_evidence.moment AND NOT oms.is_annotation(e.event_type));
END
$$;

COMMENT ON FUNCTION oms.has_newer_evidence(bigint, text, timestamptz) IS 'Internal: whether anything is on record about an order that happened after a moment.';
