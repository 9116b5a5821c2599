-- oms_reader reads the orders of its accounts and everything derived from them; it writes nothing.
GRANT USAGE ON SCHEMA oms TO oms_reader;
GRANT SELECT ON oms.orders, oms.fills, oms.positions, oms.position_lots, oms.order_events, oms.order_requests, oms.execution_reports, oms.reconciliations, oms.reconciliation_decisions, oms.broker_profiles, oms.broker_statuses, oms.accounts, oms.status_transitions TO oms_reader;
GRANT SELECT ON oms.markets, oms.trading_sessions, oms.reject_rules, oms.retry_policies, oms.retry_claims, oms.retry_queue TO oms_reader;
GRANT SELECT ON oms.error_codes, oms.net_fills, oms.open_orders, oms.unconfirmed_orders, oms.order_history, oms.discrepancies, oms.open_exposure, oms.manual_orders TO oms_reader;

-- What the views and queries need.
GRANT EXECUTE ON FUNCTION
  oms.average_price(numeric, numeric),
  oms.clock(),
  oms.current_account(),
  oms.my_accounts(),
  oms.check_account(text),
  oms.raise_error(text, jsonb, text),
  oms.raise_not_found(bigint, text),
  oms.blank_order(),
  oms.order_by_client_id(text, text),
  oms.fix_ord_status(oms.orders),
  oms.execution_day(bigint, text, text),
  oms.local_date(text, timestamptz),
  oms.is_annotation(text)
TO oms_reader;

-- Retries.
GRANT EXECUTE ON FUNCTION
  oms.failures_of(bigint, text),
  oms.match_reject_rule(text, text),
  oms.next_session(text, timestamptz, integer)
TO oms_reader;

-- The queries.
GRANT EXECUTE ON FUNCTION
  oms.get_order(bigint, text),
  oms.find_order(text, text, text, text),
  oms.fix_fields(bigint, text),
  oms.list_orders(text, timestamptz, integer, bigint, text),
  oms.timeline(bigint, text),
  oms.order_statistics(text),
  oms.order_at_version(bigint, integer, text),
  oms.order_as_of(bigint, timestamptz, text)
TO oms_reader;
