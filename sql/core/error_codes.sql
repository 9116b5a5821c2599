-- The registry of errors: SQLSTATE, name, message and default hint, each once. The Python exceptions and the README mirror it.
CREATE OR REPLACE VIEW oms.error_codes AS
SELECT c.sqlstate, c.condition, c.message, c.hint
FROM (VALUES
  ('OM001', 'order_not_found',     'order not found',                       'check the id and the account; oms.find_order() looks orders up by client_order_id or broker_order_id'),
  ('OM002', 'illegal_transition',  'illegal status change',                 'oms.status_transitions lists the legal changes'),
  ('OM003', 'immutable_column',    'column never changes',                  'cancel this order and place a new one'),
  ('OM004', 'append_only',         'rows here are never edited or removed', 'correct by a new row: orders end with oms.mark_cancelled(), fills are busted by a fill of kind cancel'),
  ('OM005', 'duplicate_mismatch',  'known key with other content',          'repeat a call with exactly what it was first called with, or use a new key'),
  ('OM006', 'overfill',            'more executed than ordered',            'check quantity and exec_id; adjust the order''s quantity first if the broker really executed more'),
  ('OM007', 'invalid_argument',    'invalid argument',                      'see the detail'),
  ('OM008', 'stale_version',       'order has changed since that version',  'read the order again and decide anew'),
  ('OM009', 'wrong_account',       'role may not act for this account',     'an owner adds the login role to oms.account_members (a role taken on by SET ROLE doesn''t count)'),
  ('OM010', 'execution_lowered',   'executions are not undone by an update', 'bust or correct the fill: insert a fill of kind cancel or correct with its exec_ref_id'),
  ('OM011', 'nothing_held',        'nothing is held',                       'oms.positions shows what is held per symbol and book'),
  ('OM012', 'actor_required',      'a change needs an actor',               'say who does it: pass actor, or oms.set_context(actor => …) in the transaction, or SET oms.actor'),
  ('OM090', 'not_installed',       'orderstamp is not installed completely', 'run make migrate')
) AS c (sqlstate, condition, message, hint);

COMMENT ON VIEW oms.error_codes IS 'Every error the product raises: SQLSTATE, condition name, message, default hint.';
COMMENT ON COLUMN oms.error_codes.sqlstate IS 'Five-character SQLSTATE, class OM.';
COMMENT ON COLUMN oms.error_codes.condition IS 'Name of the condition; the Python exception is named after it.';
COMMENT ON COLUMN oms.error_codes.message IS 'The message: stable text; the particulars are in the detail.';
COMMENT ON COLUMN oms.error_codes.hint IS 'What to do, where the error doesn''t say something more precise.';
