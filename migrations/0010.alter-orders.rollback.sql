SET lock_timeout = '5s';

DELETE FROM oms.status_transitions
WHERE event_type IN ('done_for_day', 'replaced', 'restated')
  OR (event_type = 'corrected' AND (from_status, to_status) NOT IN (('ongoing', 'closed'), ('closed', 'ongoing')));
ALTER TABLE oms.fills DROP CONSTRAINT IF EXISTS fills_quantity_ck;
ALTER TABLE oms.fills ADD CONSTRAINT fills_quantity_ck CHECK (quantity > 0) NOT VALID;
ALTER TABLE oms.orders DROP COLUMN IF EXISTS restated_at;
ALTER TABLE oms.orders DROP COLUMN IF EXISTS trade_date;
