SET lock_timeout = '5s';

-- What has its rows as result: yoyo by itself leaves sql/ loaded.
DROP FUNCTION IF EXISTS oms.next_session(text, timestamptz, integer);
ALTER TABLE oms.accounts DROP COLUMN IF EXISTS retry_sessions;
ALTER TABLE oms.accounts DROP COLUMN IF EXISTS market;
DROP TABLE IF EXISTS oms.trading_sessions;
DROP TABLE IF EXISTS oms.markets;
