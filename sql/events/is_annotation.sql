-- Events that record something about an order without changing its facts: only version and updated_at move with them.
CREATE OR REPLACE FUNCTION oms.is_annotation(event_type text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN event_type IN ('discrepancy', 'request_received', 'request_pending', 'request_accepted', 'request_rejected', 'duplicate_rejected', 'missing', 'lost', 'attempted', 'dismissed');
END
$$;

COMMENT ON FUNCTION oms.is_annotation(text) IS 'Internal: whether an event leaves the facts of its order alone.';
