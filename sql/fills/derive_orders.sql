-- Has every order whose fills or lots changed derive itself, in order of id: the written lock order. One that an update has completed already is left
-- alone, and so is one whose update implied a fill that is still to be booked: it derives itself then. fills: the fill, null where another
-- order's took from it. Raises OM007 for a fill whose number is not above what its order has counted: it would never count.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.derive_orders(orders bigint[], accounts text[], fills bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_order record;
  v_last_fill_id bigint;
BEGIN
  FOR v_order IN
    SELECT t.order_id, t.account, max(t.fill_id) AS fill_id, bool_or(t.fill_id IS NULL) AS by_another
    FROM unnest(derive_orders.orders, derive_orders.accounts, derive_orders.fills) AS t (order_id, account, fill_id)
    WHERE t.order_id IS NOT NULL
    GROUP BY t.order_id, t.account
    ORDER BY t.order_id, t.account
  LOOP
    SELECT o.last_fill_id INTO v_last_fill_id
    FROM oms.orders o
    WHERE o.order_id = v_order.order_id AND o.account = v_order.account;
    IF v_order.fill_id < v_last_fill_id THEN
      PERFORM oms.raise_error('invalid_argument',
        jsonb_build_object('order_id', v_order.order_id, 'argument', 'fill_id', 'value', v_order.fill_id, 'last_fill_id', v_last_fill_id),
        'the sequence of fill ids is behind, as after a copy (orderstamp doctor says how to set it), or the same statement writes totals of this order');
    END IF;
    CONTINUE WHEN v_last_fill_id > 0 AND NOT oms.is_booked(v_last_fill_id, v_order.account);
    UPDATE oms.orders o SET open_qty = NULL
    WHERE o.order_id = v_order.order_id AND o.account = v_order.account
      AND (v_order.by_another OR o.last_fill_id <> v_order.fill_id
        OR o.open_qty <> oms.held_quantity(o.order_id, o.account));
  END LOOP;
END
$$;

COMMENT ON FUNCTION oms.derive_orders(bigint[], text[], bigint[]) IS 'Internal: has the orders derive themselves whose fills or lots changed.';
