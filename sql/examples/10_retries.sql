-- What a rejection means, who tries a failed order again and when, and how it ends. Monday morning in Mumbai.

SELECT class, note FROM oms.match_reject_rule('RMS:Margin Exceeds,Required:95417.84, Available:74251.80');
SELECT class, note FROM oms.match_reject_rule('16556 : Quantity less than the minimum lot size');

SELECT order_id, status FROM oms.place_order('INFY', 'buy', 10);
SELECT order_id, status FROM oms.place_order('TCS', 'buy', 7);
SELECT order_id, status FROM oms.place_order('SBIN', 'buy', 5);
SELECT status, reason FROM oms.mark_failed(1, 'connection refused');
SELECT status, reason FROM oms.mark_rejected(2, '16556 : Quantity less than the minimum lot size');
SELECT status, reason FROM oms.mark_rejected(3, 'Exchange closed');
SELECT order_id, state, class, failures, due_at, expires_at FROM oms.retry_queue ORDER BY order_id;

-- A worker takes what is due, for a minute. Another gets it only after that.
SELECT order_id, status, version FROM oms.claim_retries('w1', lease => '90 seconds');
SELECT order_id, status, version FROM oms.claim_retries('w2');
SELECT order_id, status, version FROM oms.claim_retries('w2');

-- It makes the order pending with the version it was given, then sends.
SELECT status, reason FROM oms.retry_order(1, expected_version => 2);
SELECT status, reason FROM oms.mark_failed(1, 'connection refused');
SELECT state, failures, due_at - failed_at AS delay FROM oms.retry_queue WHERE order_id = 1;

-- Nothing has run out yet: the window ends with the close of the next session that opens.
SELECT order_id FROM oms.expire_orders();
SELECT session_date, opens_at, closes_at FROM oms.next_session('XNSE', '2026-01-09 16:00+05:30');
