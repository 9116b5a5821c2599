-- Says what is really held now: quantity is the signed result, not the difference. Books the difference as an adjustment at price (null while
-- unknown): opening balances, splits, what was closed elsewhere. The same quantity again books nothing.
-- Takes the account's booking lock. Raises OM007, OM009.
CREATE OR REPLACE FUNCTION oms.adjust_position(
  symbol text,
  quantity numeric,
  price numeric DEFAULT NULL,
  reason text DEFAULT NULL,
  book text DEFAULT '',
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.positions
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(adjust_position.occurred_at, adjust_position.actor);
  v_position oms.positions;
  v_change numeric;
  v_reason text;
BEGIN
  IF (adjust_position.quantity < 'infinity' AND adjust_position.quantity > '-infinity') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'quantity', 'value', adjust_position.quantity::text), 'quantity must be a finite number: what is held, below zero for a short');
  END IF;
  PERFORM oms.check_correction(adjust_position.reason);
  PERFORM oms.check_account(adjust_position.account);
  PERFORM oms.lock_bookings(adjust_position.account);
  SELECT p.* INTO v_position FROM oms.positions p
  WHERE p.symbol = adjust_position.symbol AND p.account = adjust_position.account AND p.book = adjust_position.book;
  v_change := adjust_position.quantity - coalesce(v_position.quantity, 0);
  IF v_change <> 0 THEN
    v_reason := coalesce(current_setting('oms.reason', true), '');
    PERFORM set_config('oms.reason', coalesce(adjust_position.reason, v_reason), true);
    INSERT INTO oms.fills (account, symbol, book, kind, side, quantity, price, occurred_at)
    VALUES (adjust_position.account, adjust_position.symbol, adjust_position.book, 'adjust',
      CASE WHEN v_change > 0 THEN 'buy' ELSE 'sell' END, abs(v_change), adjust_position.price, adjust_position.occurred_at);
    PERFORM set_config('oms.reason', v_reason, true);
    SELECT p.* INTO v_position FROM oms.positions p
    WHERE p.symbol = adjust_position.symbol AND p.account = adjust_position.account AND p.book = adjust_position.book;
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_position;
END
$$;

COMMENT ON FUNCTION oms.adjust_position(text, numeric, numeric, text, text, timestamptz, text, text) IS 'Sets a position to what is really held (signed). Returns the position.';
