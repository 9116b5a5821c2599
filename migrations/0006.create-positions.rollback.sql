SET lock_timeout = '5s';
DROP TABLE IF EXISTS oms.position_lots;
DROP TABLE IF EXISTS oms.positions;
