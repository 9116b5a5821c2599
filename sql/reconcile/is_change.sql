-- Whether a decision has something to write: not where all agrees or the book is too old, nor where an order is still missing or lost.
CREATE OR REPLACE FUNCTION oms.is_change(decision oms.reconciliation_decisions)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN (decision).decision NOT IN ('matched', 'stale') AND ((decision).changes ->> 'was' = (decision).decision) IS NOT TRUE;

COMMENT ON FUNCTION oms.is_change(oms.reconciliation_decisions) IS 'Internal: whether a decision has something to write.';
