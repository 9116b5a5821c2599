-- As the owner of the database: a broker of whom nothing is known becomes rows in two tables.

-- It writes a day's orders with numbers that start anew every morning, times of Mumbai without a zone, numbers as text, and NA for what is missing.
-- The owner's own id of an order comes back as "mine"; what is inside an object is reached with a dot.
INSERT INTO oms.broker_profiles (broker, time_zone, missing, order_ids, client_ids, trade_ids, order_fields, trade_fields, words) VALUES
  ('nimbus', 'Asia/Kolkata', '{"",NA}', 'daily', 'unique', 'unique',
   '{"broker_order_id": "no", "client_order_id": "mine", "symbol": "scrip", "side": "way", "order_type": "kind", "quantity": "lots.asked",
     "filled_quantity": "lots.done", "average_price": "lots.avg", "limit_price": "rate", "status": "state", "message": "why",
     "occurred_at": ["changed", "entered"], "opened_at": "entered"}',
   '{"exec_id": "deal", "broker_order_id": "no", "symbol": "scrip", "side": "way", "quantity": "done", "price": "rate", "occurred_at": "at"}',
   '{"side": {"long": "buy", "short": "sell"}, "order_type": {"lt": "limit", "mk": "market"}}');
INSERT INTO oms.broker_statuses (broker, status, ord_status) VALUES
  ('nimbus', 'working', 'New'), ('nimbus', 'all done', 'Filled'), ('nimbus', 'gone', 'Canceled'), ('nimbus', 'refused', 'Rejected');

-- One order of ours that was sent, and nobody knows what became of it.
SELECT order_id FROM oms.place_order('INFY', 'buy', 10, 'limit', 1500, client_order_id => 'nb-1', broker => 'nimbus');

-- Two orders, as it answers.
SELECT '{"ok": true, "data": [
  {"no": 17, "mine": "nb-1", "scrip": "INFY", "way": "LONG", "kind": "LT", "rate": "1500.00", "state": "Working", "why": "NA",
   "lots": {"asked": "10", "done": "4", "avg": "1499.50"}, "entered": "05-Jan-2026 09:14:58", "changed": "2026/01/05 09:15:20"},
  {"no": 18, "mine": "NA", "scrip": "TCS", "way": "SHORT", "kind": "MK", "rate": "NA", "state": "Parked", "why": "NA",
   "lots": {"asked": "2", "done": "0", "avg": "NA"}, "entered": "09:15:05", "changed": "NA"}
]}' AS book \gset

-- A dry run shows whether the profile reads it right. A status word that nobody has explained is a discrepancy, never a guess.
SELECT decision, order_id, broker_order_id, changes, reason, occurred_at FROM oms.reconcile(:'book', oms.clock(), 'nimbus', dry_run => true);
SELECT decision, order_id, broker_order_id FROM oms.reconcile(:'book', oms.clock(), 'nimbus');
SELECT order_id, discrepancy FROM oms.discrepancies;

-- One row explains it, from the next run on.
INSERT INTO oms.broker_statuses (broker, status, ord_status) VALUES ('nimbus', 'parked', 'Pending New');
SELECT decision, order_id, broker_order_id FROM oms.reconcile(:'book', oms.clock(), 'nimbus');

SELECT order_id, broker_order_id, client_order_id, symbol, side, order_type, quantity, limit_price, status, execution_qty, execution_price, book FROM oms.orders ORDER BY order_id;
SELECT seq, event_type, occurred_at, reason FROM oms.timeline(1);
SELECT * FROM oms.audit_gaps;
