-- Inserts the fill that busts or corrects another, logged with that reason. Raises OM005 where the exec_id is taken, OM007 where nothing says which
-- fill is meant. The booking lock is held already.
CREATE OR REPLACE FUNCTION oms.book_correction(order_id bigint, account text, kind text, exec_id text, exec_ref_id text, quantity numeric, price numeric,
  trade_date date, occurred_at timestamptz, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_reason CONSTANT text := coalesce(current_setting('oms.reason', true), '');
BEGIN
  IF book_correction.exec_ref_id IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', book_correction.order_id, 'argument', 'exec_id'), 'say which execution: its exec_id');
  END IF;
  PERFORM set_config('oms.reason', coalesce(book_correction.reason, v_reason), true);
  INSERT INTO oms.fills (order_id, account, kind, exec_id, exec_ref_id, quantity, price, trade_date, occurred_at, reason)
  VALUES (book_correction.order_id, book_correction.account, book_correction.kind, book_correction.exec_id, book_correction.exec_ref_id,
    book_correction.quantity, book_correction.price, book_correction.trade_date, book_correction.occurred_at,
    book_correction.reason)
  ON CONFLICT (order_id, exec_id, account) DO NOTHING;
  IF NOT FOUND THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('order_id', book_correction.order_id, 'exec_id', book_correction.exec_id));
  END IF;
  PERFORM set_config('oms.reason', v_reason, true);
END
$$;

COMMENT ON FUNCTION oms.book_correction(bigint, text, text, text, text, numeric, numeric, date, timestamptz, text) IS 'Internal: books the bust or correction of an execution.';
