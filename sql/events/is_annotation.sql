-- Events that record something about an order without changing its facts: only version and updated_at move with them.
-- A parsed body without SET, so that the planner inlines it.
CREATE OR REPLACE FUNCTION oms.is_annotation(event_type text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN event_type = 'discrepancy';

COMMENT ON FUNCTION oms.is_annotation(text) IS 'Whether an event leaves the facts of its order alone.';
