-- How brokers write their orders and trades, as rows: which field says what, which word means what, how an id becomes unique.
-- Another broker is rows in these two tables.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.broker_profiles (
  broker        text COLLATE "C" NOT NULL,
  time_zone     text NOT NULL DEFAULT 'UTC',
  missing       text[] NOT NULL DEFAULT '{""}',
  order_ids     text COLLATE "C" NOT NULL DEFAULT 'unique',
  client_ids    text COLLATE "C" NOT NULL DEFAULT 'unique',
  trade_ids     text COLLATE "C" NOT NULL DEFAULT 'unique',
  order_fields  jsonb NOT NULL,
  trade_fields  jsonb NOT NULL DEFAULT '{}',
  words         jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT broker_profiles_pk PRIMARY KEY (broker),
  CONSTRAINT broker_profiles_broker_ck CHECK (btrim(broker) <> ''),
  CONSTRAINT broker_profiles_time_zone_ck CHECK ((timestamptz '2000-01-01 00:00+00' AT TIME ZONE time_zone) IS NOT NULL),
  CONSTRAINT broker_profiles_order_ids_ck CHECK (order_ids IN ('unique', 'daily', 'symbol')),
  CONSTRAINT broker_profiles_client_ids_ck CHECK (client_ids IN ('unique', 'shared')),
  CONSTRAINT broker_profiles_trade_ids_ck CHECK (trade_ids IN ('unique', 'reused')),
  CONSTRAINT broker_profiles_order_fields_ck CHECK (jsonb_typeof(order_fields -> 'broker_order_id') = 'string' AND order_fields ? 'status'),
  CONSTRAINT broker_profiles_trade_fields_ck CHECK (trade_fields = '{}' OR (trade_fields ?& '{broker_order_id,quantity}' AND jsonb_typeof(trade_fields -> 'exec_id') = 'string'))
);
COMMENT ON TABLE oms.broker_profiles IS 'How a broker writes its orders and trades: which field says what, and how its ids become unique.';
COMMENT ON COLUMN oms.broker_profiles.broker IS 'Name of the profile: a broker, or a common form of several.';
COMMENT ON COLUMN oms.broker_profiles.time_zone IS 'IANA zone of times that say none.';
COMMENT ON COLUMN oms.broker_profiles.missing IS 'Texts that mean "no value", besides null.';
COMMENT ON COLUMN oms.broker_profiles.order_ids IS 'unique; daily: numbers restart every day; symbol: unique per symbol only.';
COMMENT ON COLUMN oms.broker_profiles.client_ids IS 'unique: the field is ours alone; shared: orders may share it (a tag), so it only finds an unconfirmed order of ours and is never stored.';
COMMENT ON COLUMN oms.broker_profiles.trade_ids IS 'unique within an order; reused: several executions may share one, so content counts too.';
COMMENT ON COLUMN oms.broker_profiles.order_fields IS 'Our name of a field to the broker''s: one path, or two alternatives (of a time up to four, of broker_order_id one only); dots between steps.';
COMMENT ON COLUMN oms.broker_profiles.trade_fields IS 'The same for trades (of exec_id one only).';
COMMENT ON COLUMN oms.broker_profiles.words IS 'Per field (side, order_type, time_in_force) the broker''s words, in lower case, and ours.';

CREATE TABLE IF NOT EXISTS oms.broker_statuses (
  broker      text COLLATE "C" NOT NULL,
  status      text COLLATE "C" NOT NULL,
  ord_status  text COLLATE "C" NOT NULL,
  CONSTRAINT broker_statuses_pk PRIMARY KEY (broker, status),
  CONSTRAINT broker_statuses_broker_fk FOREIGN KEY (broker) REFERENCES oms.broker_profiles (broker),
  CONSTRAINT broker_statuses_status_ck CHECK (status = lower(btrim(status))),
  CONSTRAINT broker_statuses_ord_status_ck CHECK (ord_status IN ('Pending New', 'New', 'Partially Filled', 'Filled', 'Done for Day', 'Canceled', 'Replaced',
    'Pending Cancel', 'Stopped', 'Rejected', 'Suspended', 'Calculated', 'Expired', 'Accepted for Bidding', 'Pending Replace', 'Closed'))
);
COMMENT ON TABLE oms.broker_statuses IS 'A broker''s status words and what they mean. A word that isn''t here is a discrepancy, never a guess.';
COMMENT ON COLUMN oms.broker_statuses.broker IS 'Name of the profile.';
COMMENT ON COLUMN oms.broker_statuses.status IS 'The broker''s word, in lower case.';
COMMENT ON COLUMN oms.broker_statuses.ord_status IS 'FIX OrdStatus by name; Closed, which FIX lacks: nothing can execute any more, however much did.';

INSERT INTO oms.broker_profiles (broker, time_zone, missing, order_ids, client_ids, trade_ids, order_fields, trade_fields, words) VALUES
  ('kite', 'Asia/Kolkata', '{""}', 'unique', 'shared', 'unique',
   '{"broker_order_id": "order_id", "client_order_id": "tag", "symbol": "tradingsymbol", "side": "transaction_type", "order_type": "order_type",
     "time_in_force": "validity", "variety": "variety", "quantity": "quantity", "limit_price": "price", "stop_price": "trigger_price", "status": "status",
     "filled_quantity": "filled_quantity", "average_price": "average_price", "message": ["status_message_raw", "status_message"],
     "occurred_at": ["exchange_update_timestamp", "exchange_timestamp", "order_timestamp"]}',
   '{"exec_id": "trade_id", "broker_order_id": "order_id", "symbol": "tradingsymbol", "side": "transaction_type", "quantity": "quantity",
     "price": "average_price", "occurred_at": ["fill_timestamp", "exchange_timestamp", "order_timestamp"]}',
   '{"order_type": {"market": "market", "limit": "limit", "sl": "stop_limit", "sl-m": "stop"}}'),
  ('kotak_neo', 'Asia/Kolkata', '{"","NA","--","null"}', 'daily', 'shared', 'unique',
   '{"broker_order_id": "nOrdNo", "client_order_id": "rmk", "symbol": "trdSym", "side": "trnsTp", "order_type": "prcTp",
     "time_in_force": "vldt", "variety": "ordGenTp", "quantity": "qty", "limit_price": "prc", "stop_price": "trgPrc", "status": "ordSt",
     "filled_quantity": "fldQty", "average_price": "avgPrc", "message": "rejRsn", "occurred_at": ["exCfmTm", "hsUpTm", "ordDtTm"], "opened_at": "ordDtTm"}',
   '{"exec_id": "flId", "broker_order_id": "nOrdNo", "symbol": "trdSym", "side": "trnsTp", "quantity": "fldQty",
     "price": "avgPrc", "occurred_at": ["exTm", "hsUpTm"]}',
   '{"order_type": {"mkt": "market", "l": "limit", "sl": "stop_limit", "sl-m": "stop", "sl-mkt": "stop"}}'),
  ('alpaca', 'UTC', '{""}', 'unique', 'unique', 'unique',
   '{"broker_order_id": "id", "client_order_id": "client_order_id", "symbol": "symbol", "side": "side", "order_type": ["type", "order_type"],
     "time_in_force": "time_in_force", "quantity": "qty", "cash_quantity": "notional", "limit_price": "limit_price", "stop_price": "stop_price",
     "status": "status", "filled_quantity": "filled_qty", "average_price": "filled_avg_price", "replaces": "replaces", "replaced_by": "replaced_by", "orders": "legs",
     "occurred_at": ["updated_at", "submitted_at", "created_at"]}',
   '{"exec_id": "id", "broker_order_id": "order_id", "symbol": "symbol", "side": "side", "quantity": "qty", "price": "price", "occurred_at": "transaction_time"}',
   '{"side": {"sell_short": "sell"}}'),
  ('ccxt', 'UTC', '{""}', 'symbol', 'shared', 'unique',
   '{"broker_order_id": "id", "client_order_id": "clientOrderId", "symbol": "symbol", "side": "side", "order_type": "type",
     "time_in_force": "timeInForce", "quantity": "amount", "limit_price": "price", "stop_price": ["triggerPrice", "stopPrice"], "status": "status",
     "filled_quantity": "filled", "average_price": "average", "trades": "trades",
     "occurred_at": ["lastUpdateTimestamp", "lastTradeTimestamp", "timestamp", "datetime"]}',
   '{"exec_id": "id", "broker_order_id": ["order", "orderId"], "symbol": "symbol", "side": "side", "quantity": "amount", "price": "price",
     "fees": "fee.cost", "fee_currency": "fee.currency", "occurred_at": ["timestamp", "datetime"]}',
   '{}')
ON CONFLICT DO NOTHING;

INSERT INTO oms.broker_statuses (broker, status, ord_status)
SELECT w.broker, w.status, w.ord_status
FROM (VALUES
  ('kite', 'Pending New', ARRAY['put order req received', 'validation pending', 'open pending']),
  ('kite', 'New', ARRAY['open', 'trigger pending', 'modified', 'not modified', 'not cancelled', 'amo req received', 'modify amo req received', 'update', 'after market order req received']),
  ('kite', 'Pending Replace', ARRAY['modify validation pending', 'modify pending', 'modify req received']),
  ('kite', 'Pending Cancel', ARRAY['cancel pending', 'cancel req received']),
  ('kite', 'Filled', ARRAY['complete']),
  ('kite', 'Canceled', ARRAY['cancelled', 'cancelled amo']),
  ('kite', 'Expired', ARRAY['lapsed']),
  ('kite', 'Rejected', ARRAY['rejected']),
  ('kotak_neo', 'Pending New', ARRAY['put order req received', 'validation pending', 'open pending', 'pending']),
  ('kotak_neo', 'New', ARRAY['open', 'trigger pending', 'modified', 'not modified', 'not cancelled', 'after market order req received',
    'modify after market order req received', 'modified after market order', 'partially traded']),
  ('kotak_neo', 'Pending Replace', ARRAY['modify validation pending', 'modify pending', 'modify order req received']),
  ('kotak_neo', 'Pending Cancel', ARRAY['cancel pending', 'cancel order req received']),
  ('kotak_neo', 'Filled', ARRAY['complete', 'traded']),
  ('kotak_neo', 'Canceled', ARRAY['cancelled', 'cancelled after market order']),
  ('kotak_neo', 'Expired', ARRAY['lapsed', 'expired']),
  ('kotak_neo', 'Rejected', ARRAY['rejected']),
  ('alpaca', 'Pending New', ARRAY['pending_new', 'pending_review']),
  ('alpaca', 'New', ARRAY['new', 'accepted', 'held']),
  ('alpaca', 'Accepted for Bidding', ARRAY['accepted_for_bidding']),
  ('alpaca', 'Partially Filled', ARRAY['partially_filled']),
  ('alpaca', 'Filled', ARRAY['filled']),
  ('alpaca', 'Done for Day', ARRAY['done_for_day']),
  ('alpaca', 'Canceled', ARRAY['canceled']),
  ('alpaca', 'Expired', ARRAY['expired']),
  ('alpaca', 'Replaced', ARRAY['replaced']),
  ('alpaca', 'Pending Cancel', ARRAY['pending_cancel']),
  ('alpaca', 'Pending Replace', ARRAY['pending_replace']),
  ('alpaca', 'Stopped', ARRAY['stopped']),
  ('alpaca', 'Rejected', ARRAY['rejected']),
  ('alpaca', 'Suspended', ARRAY['suspended']),
  ('alpaca', 'Calculated', ARRAY['calculated']),
  ('ccxt', 'New', ARRAY['open']),
  ('ccxt', 'Closed', ARRAY['closed']),
  ('ccxt', 'Canceled', ARRAY['canceled', 'cancelled']),
  ('ccxt', 'Pending Cancel', ARRAY['canceling']),
  ('ccxt', 'Expired', ARRAY['expired']),
  ('ccxt', 'Rejected', ARRAY['rejected'])
) AS m (broker, ord_status, statuses)
CROSS JOIN LATERAL (SELECT m.broker, s.status, m.ord_status FROM unnest(m.statuses) AS s (status)) AS w
ON CONFLICT DO NOTHING;
