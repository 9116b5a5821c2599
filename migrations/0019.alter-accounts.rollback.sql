SET lock_timeout = '5s';

DELETE FROM oms.account_members WHERE role = 'oms_operator' AND account = 'default';
ALTER TABLE oms.accounts DROP COLUMN IF EXISTS require_actor;
