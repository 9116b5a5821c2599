-- Books that the whole position is gone, at price (null while unknown): an adjustment, which closes every entry that held it.
-- Takes the account's booking lock. Raises OM007, OM009, OM011 (nothing held).
CREATE OR REPLACE FUNCTION oms.close_position(
  symbol text,
  price numeric DEFAULT NULL,
  reason text DEFAULT NULL,
  book text DEFAULT '',
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(close_position.occurred_at, close_position.actor);
  v_held numeric;
  v_entries bigint[];
BEGIN
  PERFORM oms.check_correction(close_position.reason);
  PERFORM oms.check_account(close_position.account);
  PERFORM oms.lock_bookings(close_position.account);
  SELECT p.quantity INTO v_held FROM oms.positions p
  WHERE p.symbol = close_position.symbol AND p.account = close_position.account AND p.book = close_position.book;
  IF coalesce(v_held, 0) = 0 THEN
    PERFORM oms.raise_error('nothing_held', jsonb_build_object('symbol', close_position.symbol, 'book', close_position.book, 'account', close_position.account));
  END IF;
  SELECT array_agg(DISTINCT l.order_id) INTO v_entries FROM oms.position_lots l
  WHERE l.symbol = close_position.symbol AND l.account = close_position.account AND l.book = close_position.book;
  PERFORM oms.adjust_position(close_position.symbol, 0, close_position.price, close_position.reason, close_position.book, account => close_position.account);
  RETURN QUERY
    SELECT o.* FROM oms.orders o
    WHERE o.order_id = ANY (v_entries) AND o.account = close_position.account
    ORDER BY o.order_id;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.close_position(text, numeric, text, text, timestamptz, text, text) IS 'Closes a position. Returns the orders that held it: closed with closed_at, unless part of them still works.';
