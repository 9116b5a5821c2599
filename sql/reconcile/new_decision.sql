-- One decision about an order of a broker's book. An order that was found without the broker's id gets it with its first change.
CREATE OR REPLACE FUNCTION oms.new_decision(place integer, decision text, said oms.broker_order, known oms.orders, account text, changes jsonb, reason text, occurred_at timestamptz)
RETURNS SETOF oms.reconciliation_decisions
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
  RETURN QUERY
  SELECT NULL::bigint, place, account, decision, known.order_id, said.broker_order_id, coalesce(said.symbol, known.symbol),
    changes || CASE WHEN known.order_id IS NOT NULL AND known.broker_order_id IS NULL AND decision IN ('cancelled', 'rejected')
      THEN jsonb_build_object('broker_order_id', said.broker_order_id) ELSE '{}' END,
    reason, occurred_at, encode(sha256(convert_to(said.payload::text, 'UTF8')), 'hex');
END
$$;

COMMENT ON FUNCTION oms.new_decision(integer, text, oms.broker_order, oms.orders, text, jsonb, text, timestamptz) IS 'Internal: one decision about an order of a broker''s book.';
