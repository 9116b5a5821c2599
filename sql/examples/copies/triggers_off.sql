-- Before a data-only dump is read: rows come as they are, nothing is stamped, booked or logged. As the owner; triggers_on.sql ends it, in the same transaction.
\set ON_ERROR_STOP on
LOCK TABLE oms.orders IN ACCESS EXCLUSIVE MODE;
ALTER TABLE oms.orders DISABLE TRIGGER USER;
ALTER TABLE oms.fills DISABLE TRIGGER USER;
ALTER TABLE oms.order_events DISABLE TRIGGER USER;
ALTER TABLE oms.order_requests DISABLE TRIGGER USER;
ALTER TABLE oms.execution_reports DISABLE TRIGGER USER;
ALTER TABLE oms.reconciliations DISABLE TRIGGER USER;
ALTER TABLE oms.reconciliation_decisions DISABLE TRIGGER USER;
