SET lock_timeout = '5s';

-- What has these rows as result, or reads them: yoyo by itself leaves sql/ loaded.
DROP VIEW IF EXISTS oms.retry_queue;
DROP FUNCTION IF EXISTS oms.match_reject_rule(text, text);
DROP INDEX IF EXISTS oms.orders_failed_ix;
DROP TABLE IF EXISTS oms.retry_claims;
DROP TABLE IF EXISTS oms.reject_rules;
DROP TABLE IF EXISTS oms.retry_policies;
