-- Row-level security by oms.account_members: enabled, not forced, so that the owner's pg_dump sees everything.

SET lock_timeout = '5s';

ALTER TABLE oms.accounts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS accounts_member ON oms.accounts;
CREATE POLICY accounts_member ON oms.accounts USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY accounts_member ON oms.accounts IS 'Rows of the accounts the session''s role may act for.';

ALTER TABLE oms.orders ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS orders_member ON oms.orders;
CREATE POLICY orders_member ON oms.orders USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY orders_member ON oms.orders IS 'Rows of the accounts the session''s role may act for.';

ALTER TABLE oms.fills ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS fills_member ON oms.fills;
CREATE POLICY fills_member ON oms.fills USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY fills_member ON oms.fills IS 'Rows of the accounts the session''s role may act for.';

ALTER TABLE oms.positions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS positions_member ON oms.positions;
CREATE POLICY positions_member ON oms.positions USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY positions_member ON oms.positions IS 'Rows of the accounts the session''s role may act for.';

ALTER TABLE oms.position_lots ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS position_lots_member ON oms.position_lots;
CREATE POLICY position_lots_member ON oms.position_lots USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY position_lots_member ON oms.position_lots IS 'Rows of the accounts the session''s role may act for.';

ALTER TABLE oms.order_events ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS order_events_member ON oms.order_events;
CREATE POLICY order_events_member ON oms.order_events USING (account = ANY ((SELECT oms.my_accounts())::text[]));
COMMENT ON POLICY order_events_member ON oms.order_events IS 'Rows of the accounts the session''s role may act for.';
