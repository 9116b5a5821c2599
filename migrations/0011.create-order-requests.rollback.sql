SET lock_timeout = '5s';
-- What has its rows as parameter or result: yoyo by itself leaves sql/ loaded.
DROP FUNCTION IF EXISTS oms.request_cancel(text, text, text, timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.request_replace(text, text, numeric, numeric, numeric, text, timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.acknowledge_request(text, timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.accept_request(text, numeric, numeric, numeric, text, timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.reject_request(text, text, timestamptz, text, text);
DROP FUNCTION IF EXISTS oms.open_request(text, text, text, numeric, numeric, numeric, text, bigint, text);
DROP FUNCTION IF EXISTS oms.lock_request(text, text);
DROP FUNCTION IF EXISTS oms.raise_decided(oms.order_requests, text);
DROP TABLE IF EXISTS oms.order_requests;
