-- Locks the position row and returns it; a fresh one where none is held yet. With anew its lots are dropped, to be matched again.
CREATE OR REPLACE FUNCTION oms.open_position(account text, symbol text, book text, anew boolean)
RETURNS oms.positions
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_position oms.positions;
BEGIN
  SELECT p.* INTO v_position FROM oms.positions p
  WHERE p.symbol = open_position.symbol AND p.account = open_position.account AND p.book = open_position.book
  FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    v_position.account := open_position.account;
    v_position.symbol := open_position.symbol;
    v_position.book := open_position.book;
    v_position.quantity := 0;
    v_position.cost := 0;
  END IF;
  IF open_position.anew THEN
    DELETE FROM oms.position_lots l
    WHERE l.symbol = open_position.symbol AND l.account = open_position.account AND l.book = open_position.book;
    v_position.quantity := 0;
    v_position.cost := 0;
  END IF;
  RETURN v_position;
END
$$;

COMMENT ON FUNCTION oms.open_position(text, text, text, boolean) IS 'Internal: locks and returns a position for booking.';
