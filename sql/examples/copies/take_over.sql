-- On what was a subscriber, as the owner: replication brings rows, but leaves sequences where they were. Numbers go on after the highest that came.
\set ON_ERROR_STOP on
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_subscription s WHERE s.subenabled AND s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) THEN
    RAISE EXCEPTION 'this database still receives from a publisher' USING HINT = 'DROP SUBSCRIPTION first, or numbers of here and of there collide';
  END IF;
END $$;
SELECT setval('oms.orders_order_id_seq', greatest(max(o.order_id), (SELECT s.last_value FROM oms.orders_order_id_seq s))) FROM oms.orders o;
SELECT setval('oms.fills_fill_id_seq', greatest(max(f.fill_id), (SELECT s.last_value FROM oms.fills_fill_id_seq s))) FROM oms.fills f;
SELECT setval('oms.execution_reports_report_id_seq', greatest(max(r.report_id), (SELECT s.last_value FROM oms.execution_reports_report_id_seq s)))
FROM oms.execution_reports r;
SELECT setval('oms.reconciliations_reconciliation_id_seq', greatest(max(r.reconciliation_id), (SELECT s.last_value FROM oms.reconciliations_reconciliation_id_seq s)))
FROM oms.reconciliations r;
