SET lock_timeout = '5s';
DROP TABLE IF EXISTS oms.fills;
DROP SEQUENCE IF EXISTS oms.fills_fill_id_seq;
