-- What is held per account, symbol and book, and the queue of lots it consists of.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.positions (
  account        text COLLATE "C" NOT NULL DEFAULT oms.current_account(),
  symbol         text COLLATE "C" NOT NULL,
  book           text COLLATE "C" NOT NULL DEFAULT '',
  quantity       numeric NOT NULL DEFAULT 0,
  cost           numeric,
  average_price  numeric,
  opened_at      timestamptz,
  updated_at     timestamptz NOT NULL,
  closed_at      timestamptz,
  CONSTRAINT positions_pk PRIMARY KEY (symbol, account, book),
  CONSTRAINT positions_closed_at_ck CHECK ((closed_at IS NULL) = (quantity <> 0))
) WITH (fillfactor = 70);
COMMENT ON TABLE oms.positions IS 'What is held per account, symbol and book. Written only by booking fills.';
COMMENT ON COLUMN oms.positions.account IS 'Tenant key.';
COMMENT ON COLUMN oms.positions.symbol IS 'Instrument.';
COMMENT ON COLUMN oms.positions.book IS 'Book the position nets within.';
COMMENT ON COLUMN oms.positions.quantity IS 'Signed: above zero long, below zero short.';
COMMENT ON COLUMN oms.positions.cost IS 'Sum of quantity x price of the lots held, exact; null while one of them is unknown.';
COMMENT ON COLUMN oms.positions.average_price IS 'Average entry price of what is held (first in, first out); null when flat or unknown.';
COMMENT ON COLUMN oms.positions.opened_at IS 'When the position last left zero or crossed it.';
COMMENT ON COLUMN oms.positions.updated_at IS 'When it was last booked.';
COMMENT ON COLUMN oms.positions.closed_at IS 'Set if and only if the quantity is zero.';

CREATE TABLE IF NOT EXISTS oms.position_lots (
  fill_id   bigint NOT NULL,
  order_id  bigint,
  account   text COLLATE "C" NOT NULL,
  symbol    text COLLATE "C" NOT NULL,
  book      text COLLATE "C" NOT NULL,
  quantity  numeric NOT NULL,
  price     numeric,
  CONSTRAINT position_lots_pk PRIMARY KEY (symbol, account, book, fill_id)
) WITH (fillfactor = 70);
-- Not by account too: a plan made while the table is empty would find a lot by its account alone, as cheap as by its key then.
CREATE INDEX IF NOT EXISTS position_lots_order_ix ON oms.position_lots (order_id);
COMMENT ON TABLE oms.position_lots IS 'The first-in-first-out queue: what is still held of each fill. An order''s open_qty is the sum of its lots. Written only by booking fills.';
COMMENT ON COLUMN oms.position_lots.fill_id IS 'The fill that opened the lot: its place in the queue.';
COMMENT ON COLUMN oms.position_lots.order_id IS 'The order of that fill; null for an adjustment of the position.';
COMMENT ON COLUMN oms.position_lots.account IS 'Tenant key.';
COMMENT ON COLUMN oms.position_lots.symbol IS 'Instrument.';
COMMENT ON COLUMN oms.position_lots.book IS 'Book.';
COMMENT ON COLUMN oms.position_lots.quantity IS 'What is still held, above zero; the position''s sign says long or short.';
COMMENT ON COLUMN oms.position_lots.price IS 'Price of the fill; null while unknown.';
