-- What the broker could still trade for us: every order of trade_mode broker of which something can execute, the unconfirmed ones, those on hold and
-- those placed by hand included. What is held already is in oms.positions.
CREATE OR REPLACE VIEW oms.open_exposure WITH (security_invoker = true) AS
SELECT o.order_id, o.account, o.client_order_id, o.broker, o.broker_order_id, o.symbol, o.side, o.book, o.strategy_id, o.status, o.hold,
  o.leaves_qty, o.cash_quantity, o.limit_price,
  s.sign * o.leaves_qty AS signed_qty,
  s.sign * CASE
    WHEN o.leaves_qty IS NULL THEN greatest(o.cash_quantity - o.execution_qty * coalesce(o.execution_price, 0), 0)
    ELSE o.leaves_qty * o.limit_price END AS signed_value,
  o.accepted_at IS NULL AS unconfirmed,
  o.manual_detected_at IS NOT NULL AND o.strategy_id IS NULL AS unclaimed,
  t.attempts, t.last_error, o.placed_at, o.updated_at
FROM oms.orders o
CROSS JOIN LATERAL (SELECT CASE o.side WHEN 'buy' THEN 1 ELSE -1 END AS sign) s
CROSS JOIN LATERAL (
  SELECT count(*) AS attempts, (array_agg(e.reason ORDER BY e.seq DESC))[1] AS last_error
  FROM oms.order_events e
  WHERE e.order_id = o.order_id AND e.account = o.account AND e.event_type = 'attempted') t
WHERE o.status IN ('pending', 'ongoing') AND o.trade_mode = 'broker' AND (o.leaves_qty = 0) IS NOT TRUE;

COMMENT ON VIEW oms.open_exposure IS 'What the broker could still trade for us, unconfirmed orders included.';
COMMENT ON COLUMN oms.open_exposure.leaves_qty IS 'What can still execute, in units; null for a cash order whose quantity nobody knows yet.';
COMMENT ON COLUMN oms.open_exposure.signed_qty IS 'leaves_qty, above zero for a buy and below for a sell, in units: sums to the net change if everything executes. Null as leaves_qty.';
COMMENT ON COLUMN oms.open_exposure.signed_value IS 'signed_qty x limit_price, in money; of a cash order without quantity the money not spent yet. Null where no limit bounds it: a sum leaves such orders out.';
COMMENT ON COLUMN oms.open_exposure.unconfirmed IS 'Whether nobody knows yet if the broker has it.';
COMMENT ON COLUMN oms.open_exposure.unclaimed IS 'Whether it was placed by hand and no strategy owns it (oms.manual_orders says whether it was dismissed).';
COMMENT ON COLUMN oms.open_exposure.attempts IS 'How many attempts to send ended in a transport error (oms.record_attempt).';
COMMENT ON COLUMN oms.open_exposure.last_error IS 'The error of the newest of them.';
COMMENT ON COLUMN oms.open_exposure.order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.account IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.broker IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.broker_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.book IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.strategy_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.status IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.hold IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.cash_quantity IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.limit_price IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.placed_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.open_exposure.updated_at IS 'As in oms.orders.';
