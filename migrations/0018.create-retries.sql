-- Retries that know rejections: rules that say what a refusal means, how often and how soon each class is tried again, and who has which
-- failed order in hand. What follows from them is the view oms.retry_queue.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.retry_policies (
  class        text COLLATE "C" NOT NULL,
  max_retries  integer NOT NULL,
  first_delay  interval NOT NULL,
  factor       numeric NOT NULL,
  max_delay    interval NOT NULL,
  circuit      integer NOT NULL,
  CONSTRAINT retry_policies_pk PRIMARY KEY (class),
  CONSTRAINT retry_policies_class_ck CHECK (class IN ('transient', 'permanent', 'unknown')),
  CONSTRAINT retry_policies_max_retries_ck CHECK (max_retries BETWEEN 0 AND 100),
  CONSTRAINT retry_policies_permanent_ck CHECK (class <> 'permanent' OR max_retries = 0),
  CONSTRAINT retry_policies_delay_ck CHECK (first_delay >= interval '0' AND first_delay <= max_delay AND max_delay <= interval '366 days'),
  CONSTRAINT retry_policies_factor_ck CHECK (factor BETWEEN 1 AND 10),
  CONSTRAINT retry_policies_circuit_ck CHECK (circuit >= 1)
);
COMMENT ON TABLE oms.retry_policies IS 'How often and how soon a failed order is handed out again, by the class of its failure. The same for every account.';
COMMENT ON COLUMN oms.retry_policies.class IS 'transient (it may pass), permanent (only another order will), unknown (no rule says).';
COMMENT ON COLUMN oms.retry_policies.max_retries IS 'How many attempts follow the first failure at most; 0 for permanent, always.';
COMMENT ON COLUMN oms.retry_policies.first_delay IS 'From the first failure to the first retry.';
COMMENT ON COLUMN oms.retry_policies.factor IS 'Each further delay is that many times the one before.';
COMMENT ON COLUMN oms.retry_policies.max_delay IS 'Longest delay.';
COMMENT ON COLUMN oms.retry_policies.circuit IS 'So many identical rejections in a row, amounts aside, end the retries.';

INSERT INTO oms.retry_policies (class, max_retries, first_delay, factor, max_delay, circuit) VALUES
  ('transient', 5, '30 seconds', 2, '1 hour', 3),
  ('permanent', 0, '0', 1, '0', 1),
  -- Worth one more attempt, after a time in which somebody can add a rule.
  ('unknown', 1, '5 minutes', 2, '1 hour', 2)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS oms.reject_rules (
  broker       text COLLATE "C" NOT NULL DEFAULT '',
  priority     integer NOT NULL,
  code         text COLLATE "C",
  pattern      text,
  class        text COLLATE "C" NOT NULL,
  at_open      boolean NOT NULL DEFAULT false,
  first_delay  interval,
  note         text NOT NULL,
  CONSTRAINT reject_rules_pk PRIMARY KEY (broker, priority),
  CONSTRAINT reject_rules_class_fk FOREIGN KEY (class) REFERENCES oms.retry_policies (class),
  CONSTRAINT reject_rules_code_ck CHECK (code ~ '^[[:alnum:]_]([[:alnum:]_ -]*[[:alnum:]_])?$'),
  -- Evaluates it: a bad expression is refused here, and can't break a claim.
  CONSTRAINT reject_rules_pattern_ck CHECK (pattern IS NULL OR (pattern <> '' AND ('' ~* pattern) IS NOT NULL)),
  CONSTRAINT reject_rules_matches_ck CHECK (code IS NOT NULL OR pattern IS NOT NULL),
  CONSTRAINT reject_rules_first_delay_ck CHECK (first_delay BETWEEN interval '0' AND interval '366 days')
);
COMMENT ON TABLE oms.reject_rules IS 'What a rejection or failure text means. The first rule that matches counts: the broker''s own by priority, then those of any broker.';
COMMENT ON COLUMN oms.reject_rules.broker IS 'Whose texts, as in oms.orders; empty: any broker''s.';
COMMENT ON COLUMN oms.reject_rules.priority IS 'Lower ones are looked at first.';
COMMENT ON COLUMN oms.reject_rules.code IS 'Matches where the text has it as a whole word; null for any.';
COMMENT ON COLUMN oms.reject_rules.pattern IS 'Regular expression found anywhere in the text, in any case; null for any. With a code, both must match.';
COMMENT ON COLUMN oms.reject_rules.class IS 'transient, permanent or unknown.';
COMMENT ON COLUMN oms.reject_rules.at_open IS 'Not worth another attempt before the next session opens.';
COMMENT ON COLUMN oms.reject_rules.first_delay IS 'Instead of the class''s first delay; null for that.';
COMMENT ON COLUMN oms.reject_rules.note IS 'What it means, for people.';

-- What says more than the word beside it comes first: a time-out before "server", a duplicate before "order".
INSERT INTO oms.reject_rules (priority, class, at_open, first_delay, pattern, note) VALUES
  (10, 'permanent', false, NULL, 'duplicate|already (exists|placed|submitted)', 'another copy of the order may live: look for it'),
  (20, 'permanent', false, NULL, 'timed? ?-?out|timeout|deadline exceeded|bad gateway|broken pipe|connection ?(aborted|reset)|reset by peer|econnreset|etimedout|hang ?up|remote ?disconnected|unexpected eof|no response|internal (server )?error|\m50[0234]\M',
    'nobody knows whether it arrived: record_attempt() is for that; ask the broker'),
  (30, 'transient', false, NULL, 'too many requests|rate.?limit|throttl|\m429\M|order requests exceeded|ddosprotection', 'sent too fast'),
  (40, 'transient', true, NULL, '(exchange|market|markets) (is |are )?(now |currently )?closed|closed (exchange|market)|outside (of )?(market|trading) hours|after.?market orders? (is |are )?not|too late to enter|not (a )?trading (day|session)',
    'the market is closed'),
  (50, 'transient', true, NULL, 'auto square.?off block', 'intraday orders are closed for the day'),
  (60, 'permanent', false, NULL, 'insufficient (stock )?(holding|quantity|position)|short sell|holdings? (not|check|quantity)|tpin|\medis\M', 'what is to be sold isn''t there'),
  (70, 'transient', false, '15 minutes', 'margin exceeds|insufficient|not enough (fund|margin|balance|cash|buying)|(margin|fund|balance|buying power).*(shortfall|required|low|exceed)|marginexception',
    'not enough money or margin: other orders may free some'),
  (80, 'permanent', false, NULL, 'circuit|price.?(band|range)|(out of|outside|beyond).*(execution )?range|daily price|dpr', 'the price is outside the day''s limits'),
  (90, 'permanent', false, NULL, 'tick.?size|price increment|(invalid|incorrect|bad) (limit |trigger |stop )?price|(price|trigger).*(multiple|greater|less|higher|lower|above|below)|would (trigger|execute) immediately',
    'the price isn''t one that can be ordered'),
  (100, 'permanent', false, NULL, 'lot.?size|freeze|(invalid|incorrect|minimum|maximum|less|exceeds?).*(quantity|qty|notional|order value)|(quantity|qty|notional).*(multiple|exceed|minimum|maximum|less|invalid)|incorrect allocated',
    'the quantity isn''t one that can be ordered'),
  (110, 'permanent', false, NULL, '(unknown|invalid|incorrect|no such|bad) (trading ?)?(symbol|instrument|scrip|security|contract|token)|(symbol|instrument|scrip|security|contract|asset).*(not found|not exist|expired|inactive|not tradable|delisted)|badsymbol',
    'no such instrument'),
  (120, 'transient', false, '5 minutes', 'trading halt|halted|call auction|pre.?open', 'trading is halted'),
  (130, 'permanent', false, NULL, 'blocked|\mban(ned)?\M|surveillance|suspended|not (allowed|permitted|enabled|authori[sz]ed|eligible|supported)|restricted|disabled|forbidden',
    'it may not be traded so'),
  (140, 'permanent', false, NULL, 'order exceeds limit|(exposure|position|credit|risk|value) limit|limit (is )?exceeded', 'a risk limit: somebody has to decide'),
  (150, 'permanent', false, NULL, '(unknown|invalid) (order|account|investor|client|product|variety|validity|parameter)|trade along required|unsupported order characteristic|inputexception|invalidorder',
    'the order itself is wrong'),
  (160, 'transient', false, NULL, 'session (has )?(expired|ended)|(access|auth).?token|invalid session|tokenexception|log ?in again|unauthori[sz]ed', 'log in again'),
  (170, 'transient', false, NULL, 'stale order', 'it was too old when it arrived'),
  (180, 'transient', false, NULL, 'unavailable|tempora|try again|\mbusy\M|overload|maintenance|system (error|down|failure)|not (connected|reachable)|disconnect|refused|networkexception|could not (connect|resolve)|unreachable',
    'a system is down')
ON CONFLICT DO NOTHING;
-- Codes of exchanges, where the text beside them varies.
INSERT INTO oms.reject_rules (priority, class, code, note) VALUES
  (200, 'permanent', '16387', 'NSE: the security may not be traded in this market'),
  (210, 'permanent', '16556', 'NSE: less than the lot size'),
  (220, 'permanent', '17070', 'NSE: the price is out of the execution range')
ON CONFLICT DO NOTHING;

-- Working state, not a log: no key to orders, which would cost each of their updates, and no history.
CREATE TABLE IF NOT EXISTS oms.retry_claims (
  order_id      bigint NOT NULL,
  version       integer NOT NULL,
  account       text COLLATE "C" NOT NULL,
  worker        text COLLATE "C" NOT NULL,
  db_user       text NOT NULL,
  claimed_at    timestamptz NOT NULL,
  leased_until  timestamptz NOT NULL,
  CONSTRAINT retry_claims_pk PRIMARY KEY (order_id, account),
  CONSTRAINT retry_claims_lease_ck CHECK (leased_until > claimed_at)
);
COMMENT ON TABLE oms.retry_claims IS 'Who was last handed which failed order, and until when. Written only by oms.claim_retries().';
COMMENT ON COLUMN oms.retry_claims.order_id IS 'The order.';
COMMENT ON COLUMN oms.retry_claims.version IS 'Version of the order that was handed out; a later failure ends the claim.';
COMMENT ON COLUMN oms.retry_claims.account IS 'Tenant key.';
COMMENT ON COLUMN oms.retry_claims.worker IS 'Who has it in hand, as claimed.';
COMMENT ON COLUMN oms.retry_claims.db_user IS 'Which database role asked.';
COMMENT ON COLUMN oms.retry_claims.claimed_at IS 'When it was handed out.';
COMMENT ON COLUMN oms.retry_claims.leased_until IS 'When it may be handed to somebody else.';

ALTER TABLE oms.retry_claims ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS retry_claims_member ON oms.retry_claims;
CREATE POLICY retry_claims_member ON oms.retry_claims USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY retry_claims_member ON oms.retry_claims IS 'Rows of the accounts the session''s role may act for.';

-- The few that failed among all that ever were.
CREATE INDEX IF NOT EXISTS orders_failed_ix ON oms.orders (account, order_id) WHERE status = 'failed';
