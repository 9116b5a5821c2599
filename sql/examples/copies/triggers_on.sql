-- After a data-only dump was read: what triggers_off.sql switched off.
\set ON_ERROR_STOP on
ALTER TABLE oms.orders ENABLE TRIGGER USER;
ALTER TABLE oms.fills ENABLE TRIGGER USER;
ALTER TABLE oms.order_events ENABLE TRIGGER USER;
ALTER TABLE oms.order_requests ENABLE TRIGGER USER;
ALTER TABLE oms.execution_reports ENABLE TRIGGER USER;
ALTER TABLE oms.reconciliations ENABLE TRIGGER USER;
ALTER TABLE oms.reconciliation_decisions ENABLE TRIGGER USER;
