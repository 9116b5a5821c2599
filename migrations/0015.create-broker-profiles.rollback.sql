SET lock_timeout = '5s';

DROP FUNCTION IF EXISTS oms.snapshot_kind(jsonb, oms.broker_profiles);
DROP FUNCTION IF EXISTS oms.entry_time(jsonb, jsonb, text, oms.broker_profiles, date);
DROP FUNCTION IF EXISTS oms.snapshot_entries(jsonb, oms.broker_profiles);
DROP TABLE IF EXISTS oms.broker_statuses;
DROP TABLE IF EXISTS oms.broker_profiles;
