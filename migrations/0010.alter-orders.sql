-- What a broker's stream adds to an order: the trading day it has reached, when the broker restated it, more legal moves.

SET lock_timeout = '5s';

ALTER TABLE oms.orders ADD COLUMN IF NOT EXISTS trade_date date;
ALTER TABLE oms.orders ADD COLUMN IF NOT EXISTS restated_at timestamptz;
COMMENT ON COLUMN oms.orders.trade_date IS 'FIX TradeDate of the newest trading day the order has lived, where anybody said; only moves forward. Day quantities count from it.';
COMMENT ON COLUMN oms.orders.restated_at IS 'When the broker last changed the order by itself.';
COMMENT ON COLUMN oms.orders.end_reason IS 'Why nothing of the order can execute any more although not all did: cancelled, expired, done_for_day, rejected, failed, closed.';

-- A bust may arrive before the execution it takes back; its quantity is unknown then.
ALTER TABLE oms.fills DROP CONSTRAINT IF EXISTS fills_quantity_ck;
ALTER TABLE oms.fills ADD CONSTRAINT fills_quantity_ck CHECK (quantity > 0 OR (kind = 'cancel' AND quantity = 0)) NOT VALID;
COMMENT ON COLUMN oms.fills.quantity IS 'FIX LastQty, above zero; zero only in a bust that arrived before what it busts.';

INSERT INTO oms.status_transitions (from_status, to_status, event_type) VALUES
  -- The day's end of a day order ends its remainder.
  ('pending',   'cancelled', 'done_for_day'),
  ('ongoing',   'closed',    'done_for_day'),
  -- Another quantity, granted or by the broker's own doing, completes an order or opens it again.
  ('ongoing',   'closed',    'replaced'),
  ('closed',    'ongoing',   'replaced'),
  ('ongoing',   'closed',    'restated'),
  ('closed',    'ongoing',   'restated'),
  -- A correction that arrives before what it corrects is the first word of an execution, one that is busted already the last.
  ('ongoing',   'pending',   'corrected'),
  ('ongoing',   'cancelled', 'corrected'),
  ('closed',    'pending',   'corrected'),
  ('closed',    'cancelled', 'corrected'),
  ('pending',   'ongoing',   'corrected'),
  ('pending',   'closed',    'corrected'),
  ('failed',    'ongoing',   'corrected'),
  ('failed',    'closed',    'corrected'),
  ('cancelled', 'ongoing',   'corrected'),
  ('cancelled', 'closed',    'corrected')
ON CONFLICT DO NOTHING;
