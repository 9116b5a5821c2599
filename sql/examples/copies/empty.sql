-- Makes a freshly migrated database ready for the rows of another: takes out those that the migrations put there. As its owner, with psql -1.
\set ON_ERROR_STOP on
-- Fails outside a transaction, and keeps everybody out inside it.
LOCK TABLE oms.orders IN ACCESS EXCLUSIVE MODE;
DO $$
BEGIN
  IF EXISTS (SELECT FROM oms.orders) OR EXISTS (SELECT FROM oms.fills) OR EXISTS (SELECT FROM oms.order_requests) THEN
    RAISE EXCEPTION 'this database has orders of its own' USING HINT = 'a copy needs a database in which orderstamp migrate has run, and nothing else';
  END IF;
END $$;
-- Not oms.installation and oms.status_transitions: they belong to the release, not to its user.
TRUNCATE oms.account_members, oms.accounts, oms.broker_profiles, oms.broker_statuses, oms.markets, oms.trading_sessions, oms.retry_policies, oms.reject_rules;
