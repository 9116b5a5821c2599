-- The fills that count: executions and adjustments that no later fill busts or replaces.
CREATE OR REPLACE VIEW oms.net_fills WITH (security_invoker = true) AS
SELECT f.fill_id, f.place, f.order_id, f.account, f.symbol, f.book, f.side, f.kind, f.exec_id, f.quantity, f.price, f.occurred_at, f.recorded_at
FROM oms.fills f
WHERE f.kind <> 'cancel'
  AND NOT EXISTS (
    SELECT FROM oms.fills r
    WHERE r.order_id = f.order_id AND r.account = f.account AND r.exec_ref_id = f.exec_id AND r.exec_ref_id IS NOT NULL);

COMMENT ON VIEW oms.net_fills IS 'Fills that count: neither busted nor replaced by a correction. Matching them in order of place gives the positions.';
COMMENT ON COLUMN oms.net_fills.fill_id IS 'As in oms.fills.';
COMMENT ON COLUMN oms.net_fills.place IS 'Place in the queue of matching.';
COMMENT ON COLUMN oms.net_fills.order_id IS 'The order; null for an adjustment of a position.';
COMMENT ON COLUMN oms.net_fills.account IS 'Tenant key.';
COMMENT ON COLUMN oms.net_fills.symbol IS 'Instrument.';
COMMENT ON COLUMN oms.net_fills.book IS 'Book.';
COMMENT ON COLUMN oms.net_fills.side IS 'buy adds, sell takes.';
COMMENT ON COLUMN oms.net_fills.kind IS 'trade, correct or adjust.';
COMMENT ON COLUMN oms.net_fills.exec_id IS 'FIX ExecID.';
COMMENT ON COLUMN oms.net_fills.quantity IS 'FIX LastQty.';
COMMENT ON COLUMN oms.net_fills.price IS 'FIX LastPx; null while unknown.';
COMMENT ON COLUMN oms.net_fills.occurred_at IS 'When the market executed.';
COMMENT ON COLUMN oms.net_fills.recorded_at IS 'When it was booked.';
