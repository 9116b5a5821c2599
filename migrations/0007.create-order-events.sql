-- The log: one row per change of an order.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.order_events (
  order_id        bigint NOT NULL,
  seq             integer NOT NULL,
  epoch           integer NOT NULL DEFAULT 1,
  txid            xid8 NOT NULL,
  recorded_at     timestamptz NOT NULL,
  occurred_at     timestamptz,
  account         text COLLATE "C" NOT NULL,
  event_type      text COLLATE "C" NOT NULL,
  from_status     text COLLATE "C",
  to_status       text COLLATE "C" NOT NULL,
  actor           text,
  db_user         text NOT NULL,
  application     text,
  reason          text,
  correlation_id  text,
  exec_id         text COLLATE "C",
  last_qty        numeric,
  last_price      numeric,
  changes         jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT order_events_pk PRIMARY KEY (order_id, seq, account)
);
CREATE INDEX IF NOT EXISTS order_events_recorded_ix ON oms.order_events USING brin (recorded_at);

COMMENT ON TABLE oms.order_events IS 'The log: one row per change of an order, append-only. Folding an order''s rows by seq reproduces the order.';
COMMENT ON COLUMN oms.order_events.order_id IS 'The order.';
COMMENT ON COLUMN oms.order_events.seq IS 'Number of the event within its order: 1, 2, … without gaps.';
COMMENT ON COLUMN oms.order_events.epoch IS 'Rises when transaction ids restart after a restore; the column''s default is the current epoch.';
COMMENT ON COLUMN oms.order_events.txid IS 'Transaction that recorded the event; unique only within its epoch.';
COMMENT ON COLUMN oms.order_events.recorded_at IS 'When the database recorded it; equals the order''s updated_at of that version.';
COMMENT ON COLUMN oms.order_events.occurred_at IS 'When it happened, as the caller or the market says; null where nobody said other than recorded_at.';
COMMENT ON COLUMN oms.order_events.account IS 'Tenant key.';
COMMENT ON COLUMN oms.order_events.event_type IS 'What happened.';
COMMENT ON COLUMN oms.order_events.from_status IS 'Status before; null for the first event.';
COMMENT ON COLUMN oms.order_events.to_status IS 'Status after; equal to from_status where it did not change.';
COMMENT ON COLUMN oms.order_events.actor IS 'Who, as claimed by the caller.';
COMMENT ON COLUMN oms.order_events.db_user IS 'Which role was logged in: a fact.';
COMMENT ON COLUMN oms.order_events.application IS 'application_name of the session.';
COMMENT ON COLUMN oms.order_events.reason IS 'Why: the reason set with oms.set_context, else the order''s new reason.';
COMMENT ON COLUMN oms.order_events.correlation_id IS 'The caller''s request or trace id.';
COMMENT ON COLUMN oms.order_events.exec_id IS 'The execution booked by this event.';
COMMENT ON COLUMN oms.order_events.last_qty IS 'Quantity of that execution.';
COMMENT ON COLUMN oms.order_events.last_price IS 'Price of that execution; null while unknown.';
COMMENT ON COLUMN oms.order_events.changes IS 'New value of every other column that changed. true stands for the event''s own value: recorded_at for a stamp, reason for the reason.';
