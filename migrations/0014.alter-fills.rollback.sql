SET lock_timeout = '5s';
ALTER TABLE oms.fills DROP CONSTRAINT IF EXISTS fills_quantity_ck;
ALTER TABLE oms.fills ADD CONSTRAINT fills_quantity_ck CHECK (quantity > 0 OR (kind = 'cancel' AND quantity = 0)) NOT VALID;
