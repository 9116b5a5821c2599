-- The same by raw SQL, as an ORM or a hand at psql writes it: stamped, checked and logged like the calls.

INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'buy', 100), ('INFY', 'buy', 50)
RETURNING order_id, status, reason, placed_at;

-- Who and why, for this transaction.
BEGIN;
SELECT oms.set_context(actor => 'night-job', reason => 'Broker reconciliation', correlation_id => 'run-42');
UPDATE oms.orders SET broker_order_id = 'BRK-' || order_id;
UPDATE oms.orders SET status = 'failed', reason = 'Connection refused' WHERE symbol = 'INFY';
COMMIT;

-- Stamps that a caller writes are silently replaced: the database owns them.
UPDATE oms.orders SET execution_qty = 40, execution_price = 3500, updated_at = '1999-01-01', execution_time = NULL
WHERE symbol = 'TCS'
RETURNING status, execution_qty, leaves_qty, reason, updated_at, execution_time;

-- The totals of the broker, written as they come: 60 more at the price that makes the average 3503.
UPDATE oms.orders SET execution_qty = 100, execution_price = 3503 WHERE symbol = 'TCS';
SELECT exec_id, quantity, price FROM oms.fills ORDER BY fill_id;

-- A no-op leaves no trace, nor does a heartbeat.
UPDATE oms.orders SET status = status, last_status_check = now();
SELECT order_id, version, status, updated_at, last_status_check FROM oms.orders ORDER BY order_id;

-- Fills may come in bulk.
INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'sell', 70) RETURNING order_id;
INSERT INTO oms.fills (order_id, exec_id, quantity, price) VALUES (3, 'E-1', 30, 3550), (3, 'E-2', 40, 3552);
SELECT order_id, side, status, execution_qty, execution_price, open_qty, closed_at FROM oms.orders ORDER BY order_id;
SELECT symbol, quantity, average_price FROM oms.positions;

SELECT order_id, seq, event_type, to_status, actor, reason, correlation_id FROM oms.order_events ORDER BY recorded_at, order_id, seq;
SELECT * FROM oms.audit_gaps;
