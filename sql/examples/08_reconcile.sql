-- A bot comes back after an hour: before anything else it brings its orders in line with the broker's book.

SELECT order_id FROM oms.place_order('INFY', 'buy', 10, 'limit', 1500, client_order_id => 'bot-1');
SELECT status FROM oms.record_attempt(1, 'read timed out');
SELECT order_id FROM oms.place_order('TCS', 'buy', 5, 'limit', 3500, client_order_id => 'bot-2', broker => 'zerodha', broker_order_id => 'K-2');
SELECT order_id FROM oms.place_order('WIPRO', 'sell', 20, 'limit', 250, client_order_id => 'bot-3', broker => 'zerodha', broker_order_id => 'K-3');
SELECT order_id FROM oms.place_order('SBIN', 'buy', 1, 'limit', 800, client_order_id => 'bot-4', broker => 'zerodha', broker_order_id => 'K-4');

-- What the broker answers, cut to the fields that its profile reads. K-1 is bot-1, K-7 was placed by hand, K-4 isn't in it.
SELECT '[
  {"order_id": "K-1", "tag": "bot-1", "tradingsymbol": "INFY", "transaction_type": "BUY", "order_type": "LIMIT", "quantity": 10, "price": 1500,
   "status": "OPEN", "filled_quantity": 4, "average_price": 1499.5, "order_timestamp": "2026-01-05 09:18:40"},
  {"order_id": "K-2", "tradingsymbol": "TCS", "transaction_type": "BUY", "order_type": "LIMIT", "quantity": 5, "price": 3490, "status": "OPEN", "filled_quantity": 0},
  {"order_id": "K-3", "tradingsymbol": "WIPRO", "transaction_type": "SELL", "order_type": "LIMIT", "quantity": 20, "price": 250, "status": "CANCELLED", "filled_quantity": 0,
   "status_message": "by the desk"},
  {"order_id": "K-7", "tradingsymbol": "HDFC", "transaction_type": "SELL", "order_type": "MARKET", "quantity": 3, "status": "COMPLETE", "filled_quantity": 3, "average_price": 1650.25},
  {"order_id": "K-8", "tradingsymbol": "ITC", "transaction_type": "BUY", "order_type": "MARKET", "quantity": 1, "status": "GONE FISHING"}
]' AS book \gset

-- First the plan alone.
SELECT decision, order_id, broker_order_id, changes, reason FROM oms.reconcile(:'book', oms.clock(), 'zerodha', profile => 'kite', dry_run => true);
SELECT count(*) FROM oms.reconciliations;

-- Then the same for real.
SELECT decision, order_id, broker_order_id FROM oms.reconcile(:'book', oms.clock(), 'zerodha', profile => 'kite', actor => 'svc:reconciler');
SELECT order_id, symbol, status, execution_qty, limit_price, book, entry_type FROM oms.orders ORDER BY order_id;
SELECT seq, event_type, occurred_at, actor, left(correlation_id, 20) AS correlation_id FROM oms.timeline(1);

-- The same book again changes nothing, but for what is still not in it, and what can't be understood.
SELECT decision, order_id, reason FROM oms.reconcile(:'book', oms.clock(), 'zerodha', profile => 'kite');
SELECT status, end_reason FROM oms.orders WHERE order_id = 4;

-- The trades of the day: real executions take the place of what only the total told.
SELECT decision, order_id, changes FROM oms.reconcile('[
  {"trade_id": "T-1", "order_id": "K-1", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 3, "average_price": 1499.4, "fill_timestamp": "2026-01-05 09:18:50"},
  {"trade_id": "T-2", "order_id": "K-1", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 1, "average_price": 1499.8, "fill_timestamp": "2026-01-05 09:19:10"}
]', oms.clock(), 'zerodha', profile => 'kite');
SELECT kind, left(exec_id, 12) AS exec_id, quantity, price, occurred_at FROM oms.fills WHERE order_id = 1 ORDER BY fill_id;
SELECT execution_qty, execution_price FROM oms.orders WHERE order_id = 1;

-- A book that is older than what is known here.
SELECT order_id FROM oms.mark_cancelled(2, 'by the strategy');
SELECT decision, order_id, reason FROM oms.reconcile(:'book', '2026-01-05 09:23:30+05:30', 'zerodha', profile => 'kite', complete => false) WHERE decision <> 'matched';

-- The runs, what they decided, and the books they were given.
SELECT reconciliation_id, observed_at, complete, actor, left(digest, 8) AS digest, jsonb_array_length(snapshot) AS entries FROM oms.reconciliations ORDER BY reconciliation_id;
SELECT reconciliation_id, decision, reason FROM oms.reconciliation_decisions WHERE order_id = 4 ORDER BY reconciliation_id;
SELECT order_id, discrepancy FROM oms.discrepancies;
SELECT * FROM oms.audit_gaps;
