-- An order placed by hand was seen at the broker. With order_id, that order of ours is linked to it and pending; else a new row, limit where a
-- price is given. A broker_order_id that is known already returns its order, if symbol and side agree (OM005 otherwise).
-- Raises OM001, OM002, OM003, OM005, OM007, OM008, OM009.
CREATE OR REPLACE FUNCTION oms.record_manual_order(
  broker_order_id text,
  symbol text,
  side text,
  quantity numeric,
  price numeric DEFAULT NULL,
  order_id bigint DEFAULT NULL,
  broker text DEFAULT NULL,
  book text DEFAULT '',
  reason text DEFAULT NULL,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  expected_version integer DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(record_manual_order.occurred_at, record_manual_order.actor);
  v_order oms.orders;
BEGIN
  IF record_manual_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(record_manual_order.order_id, record_manual_order.account, record_manual_order.expected_version);
  END IF;
  IF btrim(coalesce(record_manual_order.broker_order_id, '')) = '' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'broker_order_id'), 'a manual order is known by its broker_order_id');
  END IF;
  IF record_manual_order.order_id IS NULL THEN
    INSERT INTO oms.orders AS o (account, broker, broker_order_id, symbol, side, book, quantity, order_type, limit_price, entry_type, reason)
    VALUES (record_manual_order.account, coalesce(record_manual_order.broker, ''), record_manual_order.broker_order_id, record_manual_order.symbol,
      record_manual_order.side, record_manual_order.book, record_manual_order.quantity,
      CASE WHEN record_manual_order.price IS NULL THEN 'market' ELSE 'limit' END, record_manual_order.price, 'manual', record_manual_order.reason)
    ON CONFLICT DO NOTHING
    RETURNING o.* INTO v_order;
    IF NOT FOUND THEN
      SELECT o.* INTO STRICT v_order FROM oms.orders o
      WHERE o.broker_order_id = record_manual_order.broker_order_id AND o.account = record_manual_order.account AND o.broker = coalesce(record_manual_order.broker, '');
    END IF;
  ELSE
    PERFORM oms.check_broker_order_id(record_manual_order.order_id, record_manual_order.broker_order_id, record_manual_order.broker, record_manual_order.account);
    UPDATE oms.orders o SET
      status = CASE WHEN o.status = 'ongoing' THEN o.status ELSE 'pending' END,
      broker = coalesce(record_manual_order.broker, o.broker),
      broker_order_id = record_manual_order.broker_order_id,
      quantity = coalesce(record_manual_order.quantity, o.quantity),
      entry_type = 'manual',
      reason = coalesce(record_manual_order.reason, 'Manual order detected')
    WHERE o.order_id = record_manual_order.order_id AND o.account = record_manual_order.account
    RETURNING o.* INTO v_order;
    IF NOT FOUND THEN
      PERFORM oms.raise_not_found(record_manual_order.order_id, record_manual_order.account);
    END IF;
  END IF;
  IF v_order.symbol <> record_manual_order.symbol OR v_order.side <> record_manual_order.side THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('order_id', v_order.order_id, 'broker_order_id', record_manual_order.broker_order_id,
      'symbol', v_order.symbol, 'side', v_order.side), 'that order is of another symbol or side');
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.record_manual_order(text, text, text, numeric, numeric, bigint, text, text, text, timestamptz, text, integer, text) IS 'An order placed by hand was seen. Returns the order: entry_type manual, manual_detected_at, pending.';
