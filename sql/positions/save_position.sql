-- Writes a position after booking, once per statement: the average of what is held, when it was opened (left or crossed zero) and closed.
CREATE OR REPLACE FUNCTION oms.save_position(booked oms.positions)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := oms.clock();
BEGIN
  IF booked.quantity = 0 THEN
    booked.cost := 0;
  ELSIF booked.cost IS NULL THEN
    -- A lot of unknown price may be gone by now.
    SELECT CASE WHEN count(l.price) = count(*) THEN sum(l.quantity * l.price) END INTO booked.cost
    FROM oms.position_lots l
    WHERE l.symbol = booked.symbol AND l.account = booked.account AND l.book = booked.book;
  END IF;
  INSERT INTO oms.positions AS p (account, symbol, book, quantity, cost, average_price, opened_at, updated_at, closed_at)
  VALUES (booked.account, booked.symbol, booked.book, booked.quantity, booked.cost, oms.average_price(booked.cost, abs(booked.quantity)),
    v_now, v_now, CASE WHEN booked.quantity = 0 THEN v_now END)
  ON CONFLICT (symbol, account, book) DO UPDATE SET
    quantity = excluded.quantity,
    cost = excluded.cost,
    average_price = excluded.average_price,
    opened_at = CASE WHEN sign(excluded.quantity) IN (0, sign(p.quantity)) THEN p.opened_at ELSE v_now END,
    updated_at = v_now,
    closed_at = CASE WHEN excluded.quantity <> 0 THEN NULL WHEN p.quantity = 0 THEN p.closed_at ELSE v_now END;
END
$$;

COMMENT ON FUNCTION oms.save_position(oms.positions) IS 'Internal: writes a position after booking.';
