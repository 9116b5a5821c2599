-- oms_operator may do exactly what oms_trader may: humans who repair. The database holds what they change to an actor, and their corrections to a
-- reason (core/check_actor.sql, core/check_correction.sql).
GRANT USAGE ON SCHEMA oms TO oms_operator;
GRANT SELECT ON oms.orders, oms.fills, oms.positions, oms.position_lots, oms.order_events, oms.order_requests, oms.execution_reports, oms.reconciliations, oms.reconciliation_decisions, oms.broker_profiles, oms.broker_statuses, oms.accounts, oms.status_transitions TO oms_operator;
GRANT SELECT ON oms.markets, oms.trading_sessions, oms.reject_rules, oms.retry_policies, oms.retry_claims, oms.retry_queue TO oms_operator;
GRANT SELECT ON oms.error_codes, oms.net_fills, oms.open_orders, oms.unconfirmed_orders, oms.order_history, oms.discrepancies, oms.audit_gaps, oms.audit_log_gaps, oms.audit_fill_gaps, oms.audit_stamp_gaps, oms.audit_request_gaps, oms.open_exposure, oms.manual_orders TO oms_operator;
GRANT INSERT, UPDATE ON oms.orders TO oms_operator;
GRANT INSERT ON oms.fills TO oms_operator;
GRANT USAGE ON SEQUENCE oms.fills_fill_id_seq TO oms_operator;

-- What the triggers and calls use on the caller's behalf.
GRANT EXECUTE ON FUNCTION
  oms.average_price(numeric, numeric),
  oms.clock(),
  oms.current_account(),
  oms.my_accounts(),
  oms.check_account(text),
  oms.raise_error(text, jsonb, text),
  oms.raise_not_found(bigint, text),
  oms.enter_call(timestamptz, text),
  oms.leave_call(text[]),
  oms.swap_reason(text),
  oms.check_decision(text),
  oms.is_operator(),
  oms.check_actor(text),
  oms.check_correction(text),
  oms.is_calendar_time(timestamptz),
  oms.context_time(),
  oms.lock_bookings(text),
  oms.check_broker_order_id(bigint, text, text, text),
  oms.held_quantity(bigint, text),
  oms.check_version(bigint, text, integer),
  oms.check_fill(oms.fills),
  oms.order_defect(oms.orders),
  oms.check_defects(oms.orders, bigint),
  oms.currency_label(text),
  oms.default_reason(text, text, text, text, numeric),
  oms.is_annotation(text),
  oms.blank_order(),
  oms.order_by_client_id(text, text),
  oms.fix_ord_status(oms.orders),
  oms.execution_day(bigint, text, text),
  oms.local_date(text, timestamptz),
  oms.is_reported(bigint, text, text),
  oms.split_price(numeric, numeric),
  oms.split_quantity(numeric, numeric),
  oms.split_fills(bigint, text, numeric, timestamptz),
  oms.split_execution(bigint, text, text),
  oms.book_correction(bigint, text, text, text, text, numeric, numeric, date, timestamptz, text)
TO oms_operator;

-- The calls.
GRANT EXECUTE ON FUNCTION
  oms.place_order(text, text, numeric, text, numeric, numeric, text, text, text, text, text, text, text, bigint, text, text, numeric, jsonb, text, timestamptz, text, text),
  oms.record_status_check(bigint, text),
  oms.record_status_checks(bigint[], text),
  oms.mark_executed(bigint, numeric, numeric, text, numeric, text, date, timestamptz, text, integer, text),
  oms.mark_rejected(bigint, text, timestamptz, text, integer, text),
  oms.mark_cancelled(bigint, text, timestamptz, text, integer, text),
  oms.mark_failed(bigint, text, timestamptz, text, integer, text),
  oms.record_attempt(bigint, text, timestamptz, text, integer, text),
  oms.modify_order(bigint, numeric, numeric, numeric, text, jsonb, text, text, text, timestamptz, text, integer, text),
  oms.adjust_quantity(bigint, numeric, text, timestamptz, text, integer, text),
  oms.adjust_quantities(jsonb, text, timestamptz, text, text),
  oms.cancel_pending_reentries(text, text, text, timestamptz, text, text),
  oms.close_position(text, numeric, text, text, timestamptz, text, text),
  oms.adjust_position(text, numeric, numeric, text, text, timestamptz, text, text),
  oms.record_manual_order(text, text, text, numeric, numeric, bigint, text, text, text, timestamptz, text, integer, text),
  oms.claim_manual_order(bigint, text, text, timestamptz, text, integer, text),
  oms.dismiss_manual_order(bigint, text, timestamptz, text, integer, text),
  oms.accept_order(bigint, text, numeric, timestamptz, text, integer, text),
  oms.retry_order(bigint, text, timestamptz, text, integer, text),
  oms.expire_order(bigint, text, timestamptz, text, integer, text),
  oms.bust_fill(bigint, text, text, text, timestamptz, text, integer, text),
  oms.correct_fill(bigint, text, numeric, numeric, text, text, timestamptz, text, integer, text),
  oms.hold_order(bigint, text, text, date, timestamptz, text, integer, text),
  oms.resume_order(bigint, text, date, timestamptz, text, integer, text),
  oms.restate_order(bigint, numeric, numeric, numeric, numeric, date, text, timestamptz, text, integer, text),
  oms.request_cancel(text, text, text, timestamptz, text, text),
  oms.request_replace(text, text, numeric, numeric, numeric, text, timestamptz, text, text),
  oms.acknowledge_request(text, timestamptz, text, text),
  oms.accept_request(text, numeric, numeric, numeric, text, timestamptz, text, text),
  oms.reject_request(text, text, timestamptz, text, text),
  oms.apply_execution_report(jsonb, text, text, text),
  oms.set_context(text, text, text)
TO oms_operator;

-- Retries.
GRANT EXECUTE ON FUNCTION
  oms.failures_of(bigint, text),
  oms.match_reject_rule(text, text),
  oms.claim_retries(text, integer, interval, text),
  oms.expire_orders(text, integer, timestamptz, text, text),
  oms.next_session(text, timestamptz, integer)
TO oms_operator;

-- The queries.
GRANT EXECUTE ON FUNCTION
  oms.get_order(bigint, text),
  oms.find_order(text, text, text, text),
  oms.fix_fields(bigint, text),
  oms.list_orders(text, timestamptz, integer, bigint, text),
  oms.timeline(bigint, text),
  oms.order_statistics(text),
  oms.order_at_version(bigint, integer, text),
  oms.order_as_of(bigint, timestamptz, text),
  oms.reconcile(jsonb, timestamptz, text, boolean, boolean, text, text, text, text)
TO oms_operator;
