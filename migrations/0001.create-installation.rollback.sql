-- By now every table is gone; what is left are this table and functions that no longer guard anything.
SET lock_timeout = '5s';
DROP SCHEMA IF EXISTS oms CASCADE;
