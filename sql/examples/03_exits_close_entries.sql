-- One rule of matching: a fill first takes what its book holds on the other side, oldest first; the rest opens.

-- Two entries, one exit over one and a half of them.
INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'buy', 10), ('TCS', 'buy', 10), ('TCS', 'sell', 15);
SELECT order_id, status FROM oms.mark_executed(1, 100);
SELECT order_id, status FROM oms.mark_executed(2, 110);
SELECT order_id, status FROM oms.mark_executed(3, 120);
SELECT order_id, side, status, open_qty, reason FROM oms.orders ORDER BY order_id;
SELECT symbol, quantity, average_price FROM oms.positions;

-- A sell of more than is held crosses zero: it closes the rest and opens a short of its own.
INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'sell', 8), ('TCS', 'buy', 3);
SELECT order_id, status, open_qty FROM oms.mark_executed(4, 125);
SELECT symbol, quantity, average_price FROM oms.positions;

-- A buy covers it.
SELECT order_id, status, open_qty FROM oms.mark_executed(5, 118);
SELECT order_id, side, status, open_qty FROM oms.orders ORDER BY order_id;
SELECT symbol, quantity, average_price, closed_at FROM oms.positions;

-- Books don't net with each other: a paper trade closes no real one.
SELECT order_id FROM oms.place_order('INFY', 'buy', 10);
SELECT order_id FROM oms.place_order('INFY', 'sell', 10, book => 'paper', trade_mode => 'paper');
SELECT order_id, status FROM oms.mark_executed(6, 1500);
SELECT order_id, status FROM oms.mark_executed(7, 1510);
SELECT symbol, book, quantity FROM oms.positions WHERE symbol = 'INFY' ORDER BY book;

-- Sold elsewhere: the position is closed without an order of ours.
SELECT order_id, status, closed_at FROM oms.close_position('INFY', 1490, reason => 'Sold in the broker''s app');

-- The execution of the exit was busted: the entries it had closed are held again.
INSERT INTO oms.fills (order_id, kind, exec_id, exec_ref_id)
SELECT order_id, 'cancel', 'BUST-1', exec_id FROM oms.fills WHERE order_id = 3;
SELECT order_id, side, status, open_qty, reason FROM oms.orders WHERE symbol = 'TCS' ORDER BY order_id;
SELECT * FROM oms.audit_gaps;
