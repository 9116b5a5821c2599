-- Requests to cancel or replace an order, by the FIX ids that key them. They are also the chain of ids an order has had.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.order_requests (
  client_order_id       text COLLATE "C" NOT NULL,
  account               text COLLATE "C" NOT NULL DEFAULT oms.current_account(),
  orig_client_order_id  text COLLATE "C",
  order_id              bigint,
  kind                  text COLLATE "C" NOT NULL,
  state                 text COLLATE "C" NOT NULL DEFAULT 'received',
  quantity              numeric,
  limit_price           numeric,
  stop_price            numeric,
  granted_quantity      numeric,
  granted_limit_price   numeric,
  granted_stop_price    numeric,
  reason                text,
  rejection_reason      text,
  actor                 text,
  db_user               text NOT NULL DEFAULT session_user,
  received_at           timestamptz NOT NULL,
  pending_at            timestamptz,
  decided_at            timestamptz,
  CONSTRAINT order_requests_pk PRIMARY KEY (client_order_id, account),
  CONSTRAINT order_requests_order_fk FOREIGN KEY (order_id, account) REFERENCES oms.orders (order_id, account),
  CONSTRAINT order_requests_kind_ck CHECK (kind IN ('cancel', 'replace')),
  CONSTRAINT order_requests_state_ck CHECK (state IN ('received', 'pending', 'accepted', 'rejected', 'superseded')),
  CONSTRAINT order_requests_decided_ck CHECK ((decided_at IS NULL) = (state IN ('received', 'pending'))),
  CONSTRAINT order_requests_order_ck CHECK (order_id IS NOT NULL OR state = 'rejected')
);
CREATE INDEX IF NOT EXISTS order_requests_order_ix ON oms.order_requests (order_id, account);
CREATE INDEX IF NOT EXISTS order_requests_chain_ix ON oms.order_requests (orig_client_order_id, account);

COMMENT ON TABLE oms.order_requests IS 'Requests to cancel or replace an order: received, pending, then accepted, rejected or superseded. Written only by calls and triggers.';
COMMENT ON COLUMN oms.order_requests.client_order_id IS 'FIX ClOrdID of the request; the order''s own once a replace is accepted.';
COMMENT ON COLUMN oms.order_requests.account IS 'Tenant key.';
COMMENT ON COLUMN oms.order_requests.orig_client_order_id IS 'FIX OrigClOrdID: the id of the order, or of the request before, that this one is about; null where the order had none.';
COMMENT ON COLUMN oms.order_requests.order_id IS 'The order; null where nobody knows it.';
COMMENT ON COLUMN oms.order_requests.kind IS 'cancel or replace.';
COMMENT ON COLUMN oms.order_requests.state IS 'received (recorded here), pending (the broker has it), accepted, rejected, superseded (the order ended first).';
COMMENT ON COLUMN oms.order_requests.quantity IS 'Quantity asked for; null keeps.';
COMMENT ON COLUMN oms.order_requests.limit_price IS 'Limit asked for; null keeps.';
COMMENT ON COLUMN oms.order_requests.stop_price IS 'Trigger asked for; null keeps.';
COMMENT ON COLUMN oms.order_requests.granted_quantity IS 'Quantity the order had once the replace was accepted.';
COMMENT ON COLUMN oms.order_requests.granted_limit_price IS 'Limit the order had then.';
COMMENT ON COLUMN oms.order_requests.granted_stop_price IS 'Trigger the order had then.';
COMMENT ON COLUMN oms.order_requests.reason IS 'Why it was asked.';
COMMENT ON COLUMN oms.order_requests.rejection_reason IS 'Why it was rejected.';
COMMENT ON COLUMN oms.order_requests.actor IS 'Who asked, as claimed.';
COMMENT ON COLUMN oms.order_requests.db_user IS 'Which database role recorded it.';
COMMENT ON COLUMN oms.order_requests.received_at IS 'When it was recorded.';
COMMENT ON COLUMN oms.order_requests.pending_at IS 'When the broker''s acknowledgement was recorded.';
COMMENT ON COLUMN oms.order_requests.decided_at IS 'When its outcome was recorded.';

-- Ids that orders have changed before there was a chain.
INSERT INTO oms.order_requests (client_order_id, account, orig_client_order_id, order_id, kind, state, actor, db_user, received_at, decided_at)
SELECT c.client_order_id, c.account, c.orig_client_order_id, c.order_id, 'replace', 'accepted', c.actor, c.db_user, c.recorded_at, c.recorded_at
FROM (
  SELECT e.account, e.order_id, e.actor, e.db_user, e.recorded_at, e.changes ->> 'client_order_id' AS client_order_id,
    lag(e.changes ->> 'client_order_id') OVER (PARTITION BY e.order_id, e.account ORDER BY e.seq) AS orig_client_order_id
  FROM oms.order_events e
  WHERE e.changes ? 'client_order_id'
) c
WHERE c.client_order_id <> c.orig_client_order_id
ON CONFLICT DO NOTHING;

CREATE OR REPLACE TRIGGER t00_keep BEFORE DELETE OR TRUNCATE ON oms.order_requests
  FOR EACH STATEMENT
  EXECUTE FUNCTION oms.history__keep();
COMMENT ON TRIGGER t00_keep ON oms.order_requests IS 'Requests are never deleted.';

ALTER TABLE oms.order_requests ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS order_requests_member ON oms.order_requests;
CREATE POLICY order_requests_member ON oms.order_requests USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY order_requests_member ON oms.order_requests IS 'Rows of the accounts the session''s role may act for.';
