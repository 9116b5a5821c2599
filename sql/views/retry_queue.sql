-- Every failed order: what its failure means, when it is due again, and who has it in hand. The one place where that is decided; claims and
-- expiry read it. What only the log knows comes from there, so that a rule that is added counts for what has failed already.
CREATE OR REPLACE VIEW oms.retry_queue WITH (security_invoker = true) AS
SELECT o.order_id, o.account, CASE
    WHEN f.unconfirmed THEN 'unconfirmed'
    WHEN w.expires_at <= n.now THEN 'expired'
    WHEN o.manual_detected_at IS NOT NULL AND o.strategy_id IS NULL THEN 'manual'
    WHEN c.class = 'permanent' THEN 'permanent'
    WHEN f.identical_rejections >= p.circuit THEN 'circuit_open'
    WHEN d.due_at IS NULL THEN 'exhausted'
    WHEN l.leased_until > n.now THEN 'leased'
    WHEN d.due_at > n.now THEN 'waiting'
    ELSE 'due' END AS state,
  c.class, r.note, c.refusal, f.failures, f.identical_rejections, f.failed_at, d.due_at, w.expires_at, l.worker, l.leased_until,
  o.client_order_id, o.broker, o.symbol, o.side, o.book, o.strategy_id, o.trade_mode, o.quantity, o.first_failed_at, o.version
FROM oms.orders o
LEFT JOIN oms.accounts a ON a.account = o.account
CROSS JOIN LATERAL (SELECT oms.clock() AS now, coalesce(a.market, 'XNSE') AS market, coalesce(a.retry_sessions, 1) AS sessions) n
CROSS JOIN LATERAL oms.failures_of(o.order_id, o.account) f
CROSS JOIN LATERAL oms.match_reject_rule(coalesce(o.rejection_reason, f.refusal), o.broker) r
-- What the broker refused without a rule is unknown; what never reached it may be tried again.
CROSS JOIN LATERAL (
  SELECT coalesce(o.rejection_reason, f.refusal) AS refusal,
    coalesce(r.class, CASE WHEN o.rejection_reason IS NULL THEN 'transient' ELSE 'unknown' END) AS class) c
LEFT JOIN oms.retry_policies p ON p.class = c.class
CROSS JOIN LATERAL (
  SELECT CASE WHEN f.failures <= p.max_retries THEN greatest(
    f.failed_at + make_interval(secs => least(extract(epoch FROM greatest(p.max_delay, r.first_delay)),
      extract(epoch FROM coalesce(r.first_delay, p.first_delay)) * power(p.factor, f.failures - 1))::double precision),
    CASE WHEN r.at_open THEN (oms.next_session(n.market, f.failed_at)).opens_at END) END AS due_at) d
CROSS JOIN LATERAL (
  SELECT CASE WHEN n.sessions > 0 THEN (oms.next_session(n.market, o.first_failed_at, n.sessions)).closes_at END AS expires_at) w
LEFT JOIN oms.retry_claims l ON l.order_id = o.order_id AND l.account = o.account AND l.version >= f.failed_version
WHERE o.status = 'failed';

COMMENT ON VIEW oms.retry_queue IS 'Every failed order: what its failure means, when it is due again, who has it in hand.';
COMMENT ON COLUMN oms.retry_queue.state IS 'due, waiting (until due_at), leased, or handed out no more: exhausted (as often as its class allows), permanent, circuit_open (identical rejections), manual (placed by hand, nobody''s), unconfirmed (an attempt ended unknown, and no word of the broker has come since), expired.';
COMMENT ON COLUMN oms.retry_queue.class IS 'transient, permanent or unknown: by the rule that matches, else unknown for a rejection, transient for what never reached the broker.';
COMMENT ON COLUMN oms.retry_queue.note IS 'What the rule says; null where none matches.';
COMMENT ON COLUMN oms.retry_queue.refusal IS 'What the broker said, else why it failed.';
COMMENT ON COLUMN oms.retry_queue.failures IS 'How often it has failed or was rejected.';
COMMENT ON COLUMN oms.retry_queue.identical_rejections IS 'How many of the newest rejections say the same, amounts aside.';
COMMENT ON COLUMN oms.retry_queue.failed_at IS 'When it last failed.';
COMMENT ON COLUMN oms.retry_queue.due_at IS 'When it is worth another attempt; null: it has had as many as its class allows.';
COMMENT ON COLUMN oms.retry_queue.expires_at IS 'When its window is over, counted from first_failed_at; null: never.';
COMMENT ON COLUMN oms.retry_queue.worker IS 'Who was handed it since it last failed.';
COMMENT ON COLUMN oms.retry_queue.leased_until IS 'Until when; afterwards it may be handed to anybody.';
COMMENT ON COLUMN oms.retry_queue.order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.account IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.client_order_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.broker IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.symbol IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.side IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.book IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.strategy_id IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.trade_mode IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.quantity IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.first_failed_at IS 'As in oms.orders.';
COMMENT ON COLUMN oms.retry_queue.version IS 'As in oms.orders.';
