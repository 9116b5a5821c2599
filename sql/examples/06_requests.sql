-- A replace that is granted in part while fills go on, a cancel that comes too late, and the ids an order has had.

SELECT order_id FROM oms.place_order('TCS', 'buy', 100, 'limit', 3500, client_order_id => 'X');
SELECT state FROM oms.request_replace('X', 'Y', 60, reason => 'less risk');
SELECT ord_status, leaves_qty, cl_ord_id FROM oms.fix_fields(1);
SELECT state FROM oms.acknowledge_request('Y');
SELECT ord_status, leaves_qty, cl_ord_id FROM oms.fix_fields(1);
SELECT status, execution_qty FROM oms.mark_executed(1, 3499, 70, 'T1');

-- Asked for 60, but 70 are executed: the rest is called off.
SELECT state, quantity, granted_quantity FROM oms.accept_request('Y');
SELECT ord_status, order_qty, cum_qty, leaves_qty, cl_ord_id, orig_cl_ord_id FROM oms.fix_fields(1);

-- Nothing is left to cancel, so the request is recorded with its rejection. More would open the order again.
SELECT state, rejection_reason FROM oms.request_cancel('Y', 'Z');
SELECT state FROM oms.request_replace('Y', 'Z2', 90);
SELECT state, granted_quantity FROM oms.accept_request('Z2');
SELECT ord_status, order_qty, cum_qty, leaves_qty FROM oms.fix_fields(1);

-- Any id finds it; placing it again returns it.
SELECT order_id, client_order_id FROM oms.find_order('X');
SELECT order_id, client_order_id FROM oms.place_order('TCS', 'buy', 100, 'limit', 3500, client_order_id => 'X');
SELECT seq, event_type, reason FROM oms.timeline(1);
