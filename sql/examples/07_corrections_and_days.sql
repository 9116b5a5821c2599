-- Busts, corrections, an order over two days, and a split.

SELECT order_id FROM oms.place_order('INFY', 'buy', 10000, time_in_force => 'gtc', client_order_id => 'G1');
SELECT status, execution_qty FROM oms.mark_executed(1, 100, 2000, 'B', trade_date => '2026-01-05');
SELECT hold, leaves_qty FROM oms.hold_order(1, 'done_for_day', trade_date => '2026-01-05');
SELECT ord_status, day_order_qty, day_cum_qty FROM oms.fix_fields(1);
SELECT hold, trade_date FROM oms.restate_order(1, trade_date => '2026-01-06', reason => 'GT renewal');
SELECT status, execution_qty FROM oms.mark_executed(1, 102, 1000, 'E', trade_date => '2026-01-06');

-- Yesterday's execution was smaller: today's quantities stay.
SELECT execution_qty, execution_price FROM oms.correct_fill(1, 'B', 1500, new_exec_id => 'F');
SELECT ord_status, cum_qty, day_order_qty, day_cum_qty FROM oms.fix_fields(1);

-- Two for one: no trade, other units. The market goes on naming its executions as before.
SELECT quantity, execution_qty, execution_price, open_qty FROM oms.restate_order(1, split_ratio => 2);
SELECT execution_qty, execution_price FROM oms.bust_fill(1, 'E', 'trade cancelled by the exchange');
SELECT kind, exec_id, exec_ref_id, quantity, price FROM oms.fills ORDER BY fill_id;
SELECT seq, event_type, exec_id, last_qty, last_price FROM oms.timeline(1);
SELECT * FROM oms.audit_gaps;
