-- What the fills and lots say of an order: totals of its net fills, what is still held, and which fills came after after_fill_id.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.booked_totals(
  order_id bigint, account text, after_fill_id bigint,
  OUT execution_qty numeric, OUT execution_value numeric, OUT execution_price numeric, OUT open_qty numeric,
  OUT last_fill_id bigint, OUT new_fills integer, OUT new_kinds text[], OUT execution_time timestamptz,
  OUT trade_date date)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  -- A fill counts unless a later one busts or replaces it; one unknown price makes the value unknown.
  SELECT coalesce(sum(f.quantity) FILTER (WHERE n.counts), 0),
         CASE WHEN bool_and(f.price IS NOT NULL OR NOT n.counts) IS NOT FALSE THEN coalesce(sum(f.quantity * f.price) FILTER (WHERE n.counts), 0) END,
         max(f.occurred_at) FILTER (WHERE n.counts),
         coalesce(max(f.fill_id), 0),
         count(*) FILTER (WHERE f.fill_id > booked_totals.after_fill_id),
         array_agg(f.kind) FILTER (WHERE f.fill_id > booked_totals.after_fill_id),
         max(f.trade_date) FILTER (WHERE f.fill_id > booked_totals.after_fill_id)
    INTO execution_qty, execution_value, execution_time, last_fill_id, new_fills, new_kinds, trade_date
  FROM oms.fills f
  CROSS JOIN LATERAL (
    -- A scalar, not EXISTS, which the planner would answer by hashing everybody's fills.
    SELECT f.kind IN ('trade', 'correct') AND (
      SELECT r.fill_id FROM oms.fills r
      WHERE r.order_id = f.order_id AND r.account = f.account AND r.exec_ref_id = f.exec_id AND r.exec_ref_id IS NOT NULL) IS NULL AS counts) n
  WHERE f.order_id = booked_totals.order_id AND f.account = booked_totals.account;
  execution_price := oms.average_price(execution_value, execution_qty);
  open_qty := oms.held_quantity(booked_totals.order_id, booked_totals.account);
END
$$;

COMMENT ON FUNCTION oms.booked_totals(bigint, text, bigint) IS 'Internal: the totals of an order as its fills and lots have them.';
