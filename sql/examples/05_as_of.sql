-- An order as it was at any past moment: the log, folded up to there.

SELECT order_id, placed_at FROM oms.place_order('TCS', 'buy', 100, 'limit', 3500);
SELECT limit_price, updated_at FROM oms.modify_order(1, limit_price => 3510);
SELECT quantity, updated_at FROM oms.adjust_quantity(1, 80);
SELECT status, execution_qty, updated_at FROM oms.mark_executed(1, 3509, 30);
SELECT status, cancelled_qty, updated_at FROM oms.mark_cancelled(1, 'Market closed');

-- At a moment.
SELECT version, status, quantity, limit_price, execution_qty, reason
FROM oms.order_as_of(1, (SELECT placed_at FROM oms.orders) + interval '90 seconds');

-- After each of its events.
SELECT o.version, o.status, o.quantity, o.limit_price, o.execution_qty, o.leaves_qty, o.cancelled_qty, o.reason
FROM generate_series(1, 5) AS seq, oms.order_at_version(1, seq) AS o;

-- The last of them is the row as it stands, but for the heartbeat, which is no event.
SELECT to_jsonb(oms.order_at_version(1, 5)) - 'last_status_check' = to_jsonb(o) - 'last_status_check' AS same
FROM oms.orders o;

-- What the execution kept: the new value of what it changed; true stands for the event's own time or reason.
SELECT t.seq, t.event_type, c.key, c.value FROM oms.timeline(1) t, jsonb_each(t.changes) c WHERE t.seq = 4;
