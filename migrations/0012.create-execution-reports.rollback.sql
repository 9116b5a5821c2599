SET lock_timeout = '5s';
DROP TABLE IF EXISTS oms.execution_reports;
