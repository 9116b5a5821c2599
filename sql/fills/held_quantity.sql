-- What is still held of an order: the sum of its lots.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.held_quantity(order_id bigint, account text)
RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN (
    SELECT coalesce(sum(l.quantity), 0) FROM oms.position_lots l
    WHERE l.order_id = held_quantity.order_id AND l.account = held_quantity.account);
END
$$;

COMMENT ON FUNCTION oms.held_quantity(bigint, text) IS 'Internal: what is still held of an order, by its lots.';
