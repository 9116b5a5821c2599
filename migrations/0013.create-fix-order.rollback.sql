SET lock_timeout = '5s';
-- The only function of that type: yoyo by itself leaves sql/ loaded.
DROP FUNCTION IF EXISTS oms.fix_fields(bigint, text);
DROP TYPE IF EXISTS oms.fix_order;
