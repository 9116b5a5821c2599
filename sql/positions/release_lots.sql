-- Takes up to quantity from the lots of one order, oldest first; returns what was taken and what it had cost (null while unknown).
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.release_lots(order_id bigint, account text, up_to numeric, OUT quantity numeric, OUT cost numeric)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_lot record;
  v_taken numeric;
BEGIN
  quantity := 0;
  cost := 0;
  FOR v_lot IN
    SELECT l.symbol, l.book, l.fill_id, l.quantity, l.price FROM oms.position_lots l
    WHERE l.order_id = release_lots.order_id AND l.account = release_lots.account
    ORDER BY l.fill_id
  LOOP
    v_taken := least(v_lot.quantity, up_to - quantity);
    EXIT WHEN v_taken <= 0;
    quantity := quantity + v_taken;
    cost := cost + v_taken * v_lot.price;
    IF v_taken = v_lot.quantity THEN
      DELETE FROM oms.position_lots l
      WHERE l.symbol = v_lot.symbol AND l.account = release_lots.account AND l.book = v_lot.book AND l.fill_id = v_lot.fill_id;
    ELSE
      UPDATE oms.position_lots l SET quantity = l.quantity - v_taken
      WHERE l.symbol = v_lot.symbol AND l.account = release_lots.account AND l.book = v_lot.book AND l.fill_id = v_lot.fill_id;
    END IF;
  END LOOP;
END
$$;

COMMENT ON FUNCTION oms.release_lots(bigint, text, numeric) IS 'Internal: takes lots of one order out of the queue.';
