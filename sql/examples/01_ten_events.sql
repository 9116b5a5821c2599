-- The ten events of an order's life, each by its call. The example's clock moves on by one minute per statement.

-- 1 Placed, before it is sent.
SELECT order_id, status, reason, placed_at FROM oms.place_order('TCS', 'buy', 100, 'limit', 3500, client_order_id => 'tcs-entry');

-- The broker has it.
SELECT order_id, status, broker_order_id, accepted_at FROM oms.accept_order(1, 'BRK-1', actor => 'broker-stream');

-- 2 Status check: a heartbeat, which moves neither version nor updated_at.
SELECT order_id, status, version, last_status_check, updated_at FROM oms.record_status_check(1);

-- 7 Modified.
SELECT order_id, limit_price, version, updated_at FROM oms.modify_order(1, limit_price => 3510, reason => 'Market moved');

-- 3 Executed: first a part, then the rest.
SELECT status, execution_qty, execution_price, leaves_qty, reason FROM oms.mark_executed(1, 3508, 40, exec_id => 'E-1');
SELECT status, execution_qty, execution_price, leaves_qty, reason FROM oms.mark_executed(1, 3510, exec_id => 'E-2');

-- 9 Closed by its exit: the sell takes what the buy holds, and closes it.
SELECT order_id, status FROM oms.place_order('TCS', 'sell', 100);
SELECT order_id, status, open_qty, closed_at FROM oms.mark_executed(2, 3550);
SELECT order_id, side, status, open_qty, reason, closed_at FROM oms.orders ORDER BY order_id;

-- 4 Rejected, 6 failed and tried again: first_failed_at is written once.
SELECT order_id, status, reason FROM oms.place_order('INFY', 'buy', 50);
SELECT status, reason, rejection_reason, first_failed_at FROM oms.mark_rejected(3, 'Insufficient margin');
SELECT status, reason FROM oms.retry_order(3, 'Margin added');
SELECT status, reason, first_failed_at, last_retry_attempt, retry_count FROM oms.mark_failed(3, 'Connection refused');

-- 5 Cancelled.
SELECT status, reason, closed_at FROM oms.mark_cancelled(3, 'Given up');

-- 8 Quantity adjusted before the open, of an after-market order.
SELECT order_id, status, reason FROM oms.place_order('WIPRO', 'buy', 10, variety => 'amo');
SELECT quantity, leaves_qty, quantity_adjusted_at, reason FROM oms.adjust_quantity(4, 8, 'Capital reduced');

-- 10 An order placed by hand was seen at the broker.
SELECT order_id, status, entry_type, manual_detected_at, reason FROM oms.record_manual_order('BRK-77', 'SBIN', 'buy', 5, 610);

-- Placed once more, as after a time-out: the client_order_id finds the order, as it is now.
SELECT order_id, status, reason, closed_at FROM oms.place_order('TCS', 'buy', 100, 'limit', 3500, client_order_id => 'tcs-entry');

-- What happened to the first order, when and by whom.
SELECT seq, event_type, from_status, to_status, recorded_at::time AS at, since_previous, actor, last_qty, last_price
FROM oms.timeline(1);

-- The proof that nothing is missing: no rows.
SELECT * FROM oms.audit_gaps;
