-- Records a new order, before it is sent. A known client_order_id with the content it was first placed with returns that order as it is now;
-- with other content: OM005 (also where a request has that id, or another order the broker_order_id). Without a client_order_id every call is a new order.
-- Raises OM002, OM005, OM007, OM009.
CREATE OR REPLACE FUNCTION oms.place_order(
  symbol text,
  side text,
  quantity numeric,
  order_type text DEFAULT 'market',
  limit_price numeric DEFAULT NULL,
  stop_price numeric DEFAULT NULL,
  time_in_force text DEFAULT 'day',
  variety text DEFAULT 'regular',
  client_order_id text DEFAULT NULL,
  broker_order_id text DEFAULT NULL,
  broker text DEFAULT '',
  book text DEFAULT '',
  strategy_id text DEFAULT NULL,
  parent_order_id bigint DEFAULT NULL,
  entry_type text DEFAULT 'initial',
  trade_mode text DEFAULT 'broker',
  cash_quantity numeric DEFAULT NULL,
  metadata jsonb DEFAULT '{}',
  reason text DEFAULT NULL,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(place_order.occurred_at, place_order.actor);
  v_order_id bigint;
  v_order oms.orders;
  v_placed oms.orders;
BEGIN
  IF place_order.client_order_id IS NOT NULL THEN
    v_order_id := oms.order_by_client_id(place_order.client_order_id, place_order.account);
  END IF;
  INSERT INTO oms.orders AS o (symbol, side, quantity, order_type, limit_price, stop_price, time_in_force, variety, client_order_id, broker_order_id, broker, book,
    strategy_id, parent_order_id, entry_type, trade_mode, cash_quantity, account, order_metadata, reason)
  SELECT place_order.symbol, place_order.side, place_order.quantity, place_order.order_type, place_order.limit_price, place_order.stop_price,
    place_order.time_in_force, place_order.variety, place_order.client_order_id, place_order.broker_order_id, place_order.broker,
    place_order.book, place_order.strategy_id, place_order.parent_order_id, place_order.entry_type, place_order.trade_mode,
    place_order.cash_quantity, place_order.account, place_order.metadata, place_order.reason
  -- The order may be there, perhaps under another id by now.
  WHERE v_order_id IS NULL
  ON CONFLICT DO NOTHING
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    v_order_id := coalesce(v_order_id, oms.order_by_client_id(place_order.client_order_id, place_order.account));
    SELECT o.* INTO v_order FROM oms.orders o
    WHERE o.order_id = v_order_id AND o.account = place_order.account;
    v_placed := oms.order_at_version(v_order.order_id, 1, place_order.account);
    -- The id of a request leads to its order, but was never placed.
    IF v_order.order_id IS NULL OR EXISTS (
         SELECT FROM oms.order_requests r
         WHERE r.client_order_id = place_order.client_order_id AND r.account = place_order.account) OR
       (v_placed.symbol, v_placed.side, v_placed.quantity, v_placed.order_type, v_placed.limit_price, v_placed.stop_price, v_placed.time_in_force,
        v_placed.variety, v_placed.broker_order_id, v_placed.broker, v_placed.book, v_placed.strategy_id, v_placed.parent_order_id,
        v_placed.entry_type, v_placed.trade_mode, v_placed.cash_quantity, v_placed.order_metadata)
       IS DISTINCT FROM
       (place_order.symbol, place_order.side, place_order.quantity, place_order.order_type, place_order.limit_price, place_order.stop_price,
        place_order.time_in_force, place_order.variety, place_order.broker_order_id, place_order.broker, place_order.book, place_order.strategy_id,
        place_order.parent_order_id, place_order.entry_type, place_order.trade_mode, place_order.cash_quantity, place_order.metadata)
    THEN
      PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('account', place_order.account,
        'client_order_id', place_order.client_order_id, 'broker_order_id', place_order.broker_order_id, 'order_id', v_order.order_id),
      CASE WHEN place_order.client_order_id IS NULL AND place_order.broker_order_id IS NULL
        THEN 'the next order_id is taken by a row that was written with an id of its own; repeat the call' END);
    END IF;
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.place_order(text, text, numeric, text, numeric, numeric, text, text, text, text, text, text, text, bigint, text, text, numeric, jsonb, text, timestamptz, text, text) IS 'Records a new order. Returns the order: pending with placed_at. quantity in units (null with cash_quantity, in money), prices per unit; client_order_id is the idempotency key.';
