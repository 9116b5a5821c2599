-- An account may demand that every change of an order names its actor; operators come as a fourth group role.

SET lock_timeout = '5s';

ALTER TABLE oms.accounts ADD COLUMN IF NOT EXISTS require_actor boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN oms.accounts.require_actor IS 'Refuse (OM012) every change of the account''s orders and fills that names no actor.';

INSERT INTO oms.account_members (role, account)
VALUES ('oms_operator', 'default')
ON CONFLICT DO NOTHING;
