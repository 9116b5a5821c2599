-- What is refused, whoever asks: the code, what it is about, and the way out.

SELECT order_id FROM oms.place_order('TCS', 'buy', 100, client_order_id => 'k-1');
SELECT order_id FROM oms.place_order('INFY', 'buy', 10);
SELECT order_id, status FROM oms.mark_executed(1, 3500);

-- An order that is executed in full can't be cancelled any more, neither by call nor raw.
SELECT * FROM oms.mark_cancelled(1);
UPDATE oms.orders SET status = 'cancelled' WHERE order_id = 1;
\echo SQLSTATE :LAST_ERROR_SQLSTATE

-- Nor is an order executed because somebody says so.
UPDATE oms.orders SET status = 'closed' WHERE order_id = 2;

-- Unknown order, and one of another account.
SELECT * FROM oms.mark_executed(99, 100);
SELECT * FROM oms.get_order(1, account => 'somebody-else');

-- More executed than ordered; executions taken back by an update.
SELECT * FROM oms.mark_executed(2, 1500, 11);
UPDATE oms.orders SET execution_qty = 50 WHERE order_id = 1;

-- Bad arguments.
SELECT * FROM oms.place_order('TCS', 'buy', 'NaN');
SELECT * FROM oms.place_order('TCS', 'buy', 10, 'limit');
SELECT * FROM oms.place_order('TCS', 'long', 10);
SELECT * FROM oms.place_order('  ', 'buy', 10);

-- A known key with other content.
SELECT * FROM oms.place_order('TCS', 'buy', 200, client_order_id => 'k-1');

-- A decision made on what was true before.
SELECT order_id, version FROM oms.modify_order(2, limit_price => 1500, expected_version => 1);
SELECT order_id, version FROM oms.modify_order(2, limit_price => 1510, expected_version => 1);

-- What never changes, and the log.
UPDATE oms.orders SET symbol = 'WIPRO' WHERE order_id = 2;
UPDATE oms.order_events SET actor = 'nobody';
DELETE FROM oms.orders;

-- Nothing of all this was written.
SELECT order_id, seq, event_type, to_status FROM oms.order_events ORDER BY order_id, seq;
