SET lock_timeout = '5s';

-- What has these rows and types as parameter or result: yoyo by itself leaves sql/ loaded.
DROP FUNCTION IF EXISTS oms.reconcile(jsonb, timestamptz, text, boolean, boolean, text, text, text, text);
DROP FUNCTION IF EXISTS oms.apply_decisions(oms.reconciliation_decisions[], timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.apply_decision(oms.reconciliation_decisions, timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.plan_reconciliation(jsonb, timestamptz, text, oms.broker_profiles, boolean, text);
DROP FUNCTION IF EXISTS oms.absent_orders(bigint[], timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.decide_order(oms.broker_order, oms.orders, timestamptz, oms.broker_profiles, text);
DROP FUNCTION IF EXISTS oms.new_decision(integer, text, oms.broker_order, oms.orders, text, jsonb, text, timestamptz);
DROP FUNCTION IF EXISTS oms.unbooked_fills(bigint, text, oms.broker_trade[], timestamptz);
DROP FUNCTION IF EXISTS oms.are_booked(oms.broker_trade[], bigint, text);
DROP FUNCTION IF EXISTS oms.means_order(oms.broker_order, oms.orders, text, text);
DROP FUNCTION IF EXISTS oms.agrees(oms.broker_order, oms.orders);
DROP FUNCTION IF EXISTS oms.read_book(jsonb, oms.broker_profiles, date);
DROP FUNCTION IF EXISTS oms.read_orders(jsonb[], oms.broker_profiles, date);
DROP FUNCTION IF EXISTS oms.read_trades(jsonb[], text[], text[], oms.broker_profiles, date);
DROP INDEX IF EXISTS oms.fills_synthetic_ix;
DROP TABLE IF EXISTS oms.reconciliation_decisions;
DROP TABLE IF EXISTS oms.reconciliations;
DROP TYPE IF EXISTS oms.broker_order;
DROP TYPE IF EXISTS oms.broker_trade;
