-- Executions, append-only: what order totals and positions are made of.

SET lock_timeout = '5s';

CREATE SEQUENCE IF NOT EXISTS oms.fills_fill_id_seq;
COMMENT ON SEQUENCE oms.fills_fill_id_seq IS 'Numbers of oms.fills; drawn under the account''s booking lock, so that they rise in booking order.';

CREATE TABLE IF NOT EXISTS oms.fills (
  fill_id       bigint NOT NULL,
  place         bigint NOT NULL,
  order_id      bigint,
  account       text COLLATE "C" NOT NULL DEFAULT oms.current_account(),
  symbol        text COLLATE "C" NOT NULL,
  book          text COLLATE "C" NOT NULL DEFAULT '',
  side          text COLLATE "C" NOT NULL,
  kind          text COLLATE "C" NOT NULL DEFAULT 'trade',
  exec_id       text COLLATE "C" NOT NULL,
  exec_ref_id   text COLLATE "C",
  quantity      numeric NOT NULL,
  price         numeric,
  fees          numeric,
  fee_currency  text COLLATE "C",
  trade_date    date,
  occurred_at   timestamptz NOT NULL,
  recorded_at   timestamptz NOT NULL,
  actor         text,
  db_user       text,
  reason        text,
  CONSTRAINT fills_pk PRIMARY KEY (fill_id, account),
  CONSTRAINT fills_order_fk FOREIGN KEY (order_id, account) REFERENCES oms.orders (order_id, account),
  CONSTRAINT fills_exec_uq UNIQUE NULLS NOT DISTINCT (order_id, exec_id, account),
  CONSTRAINT fills_order_ck CHECK (order_id IS NOT NULL OR kind = 'adjust'),
  CONSTRAINT fills_quantity_ck CHECK (quantity > 0)
);
CREATE INDEX IF NOT EXISTS fills_position_ix ON oms.fills (symbol, account, book, place);
CREATE INDEX IF NOT EXISTS fills_exec_ref_ix ON oms.fills (order_id, exec_ref_id, account) WHERE exec_ref_id IS NOT NULL;

COMMENT ON TABLE oms.fills IS 'Append-only: one row per execution, bust, correction or adjustment. Inserting books it; order totals and positions follow.';
COMMENT ON COLUMN oms.fills.fill_id IS 'Booking order within the account; drawn by the database.';
COMMENT ON COLUMN oms.fills.place IS 'Place in the queue of matching: its own fill_id, or that of the execution it corrects.';
COMMENT ON COLUMN oms.fills.order_id IS 'The order that executed; null only for an adjustment of a position.';
COMMENT ON COLUMN oms.fills.account IS 'Tenant key.';
COMMENT ON COLUMN oms.fills.symbol IS 'Instrument; taken from the order.';
COMMENT ON COLUMN oms.fills.book IS 'Book; taken from the order.';
COMMENT ON COLUMN oms.fills.side IS 'buy adds to the position, sell takes from it. Taken from the order; an order''s adjust is the opposite side.';
COMMENT ON COLUMN oms.fills.kind IS 'trade; cancel (busts exec_ref_id); correct (replaces exec_ref_id); adjust (a change without a trade).';
COMMENT ON COLUMN oms.fills.exec_id IS 'FIX ExecID: unique per order. The database makes one up where none is given.';
COMMENT ON COLUMN oms.fills.exec_ref_id IS 'FIX ExecRefID: the execution that a cancel or correct refers to.';
COMMENT ON COLUMN oms.fills.quantity IS 'FIX LastQty, above zero.';
COMMENT ON COLUMN oms.fills.price IS 'FIX LastPx; null while unknown.';
COMMENT ON COLUMN oms.fills.fees IS 'Fees of this execution, in fee_currency; negative for a rebate.';
COMMENT ON COLUMN oms.fills.fee_currency IS 'Currency of fees.';
COMMENT ON COLUMN oms.fills.trade_date IS 'FIX TradeDate, where the broker says it.';
COMMENT ON COLUMN oms.fills.occurred_at IS 'FIX TransactTime: when the market executed, as reported.';
COMMENT ON COLUMN oms.fills.recorded_at IS 'When it was booked here.';
COMMENT ON COLUMN oms.fills.actor IS 'Who booked it, as claimed; only without an order (an order''s event says it otherwise).';
COMMENT ON COLUMN oms.fills.db_user IS 'Which database role booked it; only without an order.';
COMMENT ON COLUMN oms.fills.reason IS 'Why; only without an order.';
