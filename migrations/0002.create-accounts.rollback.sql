SET lock_timeout = '5s';
DROP TABLE IF EXISTS oms.account_members;
DROP TABLE IF EXISTS oms.accounts;
