-- Keeps a contradiction between what a broker says and what is known, as an event of the order; the known facts stand. Not again while nothing
-- about the order has changed since.
CREATE OR REPLACE FUNCTION oms.note_discrepancy(order_id bigint, account text, discrepancy text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = note_discrepancy.order_id AND e.account = note_discrepancy.account AND e.event_type = 'discrepancy'
      AND e.reason = note_discrepancy.discrepancy AND NOT EXISTS (
        SELECT FROM oms.order_events f
        WHERE f.order_id = e.order_id AND f.account = e.account AND f.seq > e.seq AND NOT oms.is_annotation(f.event_type)))
  THEN
    RETURN;
  END IF;
  PERFORM oms.annotate_order(note_discrepancy.order_id, note_discrepancy.account, 'discrepancy', note_discrepancy.discrepancy);
END
$$;

COMMENT ON FUNCTION oms.note_discrepancy(bigint, text, text) IS 'Internal: logs a contradiction between a broker and what is known.';
