-- Statement trigger, after INSERT of fills: matches the statement's fills first in, first out. A fill takes from what its book holds on the
-- other side, oldest lot first; only its remainder opens a lot of its own. Positions are written once each, in order of their keys, then
-- every order that was touched is told to derive itself, in order of id: the written lock order. A bust or correction, or a fill that one was
-- waiting for, matches its position anew from all net fills; so does one with an id of its own where a total told of executions (synthetic ones).
-- Linear in the fills and lots it touches. Protects I6 and I9. Raises OM007. fills__stamp holds the account's booking lock already.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.fills__book()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  v_anew boolean;
  v_single boolean;
  v_synthetic boolean;
  v_fills_to_match refcursor;
  v_fill record;
  v_lot oms.position_lots;
  v_position oms.positions;
  v_left numeric;
  v_taken numeric;
  v_sign integer;
  v_orders bigint[] := '{}';
  v_fills bigint[] := '{}';
  v_accounts text[] := '{}';
BEGIN
  SELECT bool_or(n.kind IN ('cancel', 'correct') OR (
      SELECT min(r.fill_id) FROM oms.fills r
      WHERE r.order_id = n.order_id AND r.account = n.account AND r.exec_ref_id = n.exec_id AND r.exec_ref_id IS NOT NULL) IS NOT NULL), count(*) = 1,
      bool_or(n.kind = 'trade' AND n.exec_id NOT LIKE 'synthetic-%' AND n.exec_id <> 'fill-' || n.fill_id AND (
        SELECT min(s.fill_id) FROM oms.fills s
        WHERE s.order_id = n.order_id AND s.account = n.account AND s.exec_id LIKE 'synthetic-%') IS NOT NULL)
    INTO v_anew, v_single, v_synthetic
  FROM new_fills n;
  IF v_synthetic THEN
    SELECT v_anew OR bool_or(r.replaced) INTO v_anew
    FROM (
      SELECT oms.replace_synthetic(n.order_id, n.account, array_agg(n.exec_id ORDER BY n.fill_id), array_agg(n.quantity ORDER BY n.fill_id),
        array_agg(n.price ORDER BY n.fill_id)) AS replaced
      FROM new_fills n
      WHERE n.kind = 'trade' AND n.exec_id NOT LIKE 'synthetic-%' AND n.exec_id <> 'fill-' || n.fill_id
      GROUP BY n.order_id, n.account
      ORDER BY n.order_id, n.account
      OFFSET 0) r;
  END IF;
  IF v_anew THEN
    OPEN v_fills_to_match FOR
      SELECT k.account, k.symbol, k.book, n.place, n.fill_id, n.order_id, n.side, n.kind, n.quantity, n.price,
        lag(k.account) OVER w IS NULL AS is_first, lead(k.account) OVER w IS NULL AS is_last
      FROM (SELECT DISTINCT d.account, d.symbol, d.book FROM new_fills d) k
      LEFT JOIN oms.net_fills n ON n.account = k.account AND n.symbol = k.symbol AND n.book = k.book
      WINDOW w AS (PARTITION BY k.symbol, k.account, k.book ORDER BY n.place, n.fill_id)
      ORDER BY k.symbol, k.account, k.book, n.place, n.fill_id;
  ELSIF v_single THEN
    -- The common case, spared the set-up of windows and sorts.
    OPEN v_fills_to_match FOR
      SELECT n.account, n.symbol, n.book, n.place, n.fill_id, n.order_id, n.side, n.kind, n.quantity, n.price,
        true AS is_first, true AS is_last
      FROM new_fills n;
  ELSE
    OPEN v_fills_to_match FOR
      SELECT n.account, n.symbol, n.book, n.place, n.fill_id, n.order_id, n.side, n.kind, n.quantity, n.price,
        lag(n.account) OVER w IS NULL AS is_first, lead(n.account) OVER w IS NULL AS is_last
      FROM new_fills n
      WINDOW w AS (PARTITION BY n.symbol, n.account, n.book ORDER BY n.fill_id)
      ORDER BY n.symbol, n.account, n.book, n.fill_id;
  END IF;
  LOOP
    FETCH v_fills_to_match INTO v_fill;
    EXIT WHEN NOT FOUND;
    IF v_fill.is_first THEN
      v_position := oms.open_position(v_fill.account, v_fill.symbol, v_fill.book, v_anew);
      v_lot := NULL;
      v_lot.fill_id := 0;
      v_lot.quantity := 0;
    END IF;
    v_left := coalesce(v_fill.quantity, 0);
    v_sign := CASE v_fill.side WHEN 'buy' THEN 1 ELSE -1 END;

    IF v_fill.kind = 'adjust' AND v_fill.order_id IS NOT NULL THEN
      -- A release takes from what its own order holds, and from nothing else.
      IF v_lot.quantity > 0 THEN
        UPDATE oms.position_lots l SET quantity = v_lot.quantity
        WHERE l.symbol = v_fill.symbol AND l.account = v_fill.account AND l.book = v_fill.book AND l.fill_id = v_lot.fill_id;
      END IF;
      v_lot.fill_id := 0;
      v_lot.quantity := 0;
      SELECT r.quantity, v_position.quantity + v_sign * r.quantity, v_position.cost - r.cost
        INTO v_taken, v_position.quantity, v_position.cost
      FROM oms.release_lots(v_fill.order_id, v_fill.account, v_left) r;
      -- Only a release of this statement: an older one found all it took, before a bust took that away.
      IF v_taken < v_left AND EXISTS (SELECT FROM new_fills n WHERE n.fill_id = v_fill.fill_id) THEN
        PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', v_fill.order_id, 'argument', 'quantity', 'value', v_left, 'held', v_taken),
          'the same statement takes what this would release; release in a statement of its own');
      END IF;
      v_left := 0;
    END IF;
    WHILE v_left > 0 AND v_position.quantity * v_sign < 0 LOOP
      IF v_lot.quantity = 0 THEN
        SELECT * INTO STRICT v_lot
        FROM oms.position_lots l
        WHERE l.symbol = v_fill.symbol AND l.account = v_fill.account AND l.book = v_fill.book AND l.fill_id > v_lot.fill_id
        ORDER BY l.fill_id
        LIMIT 1;
        v_orders := array_append(v_orders, v_lot.order_id);
        v_accounts := array_append(v_accounts, v_fill.account::text);
        v_fills := array_append(v_fills, NULL::bigint);
      END IF;
      v_taken := least(v_left, v_lot.quantity);
      v_left := v_left - v_taken;
      v_lot.quantity := v_lot.quantity - v_taken;
      v_position.quantity := v_position.quantity + v_sign * v_taken;
      v_position.cost := v_position.cost - v_taken * v_lot.price;
      IF v_lot.quantity = 0 THEN
        DELETE FROM oms.position_lots l
        WHERE l.symbol = v_fill.symbol AND l.account = v_fill.account AND l.book = v_fill.book AND l.fill_id = v_lot.fill_id;
      END IF;
    END LOOP;
    IF v_left > 0 THEN
      INSERT INTO oms.position_lots (fill_id, order_id, account, symbol, book, quantity, price)
      VALUES (v_fill.place, v_fill.order_id, v_fill.account, v_fill.symbol, v_fill.book, v_left, v_fill.price);
      v_position.quantity := v_position.quantity + v_sign * v_left;
      v_position.cost := v_position.cost + v_left * v_fill.price;
    END IF;
    v_orders := array_append(v_orders, v_fill.order_id);
    v_accounts := array_append(v_accounts, v_fill.account::text);
    v_fills := array_append(v_fills, v_fill.fill_id);

    IF v_fill.is_last THEN
      IF v_lot.quantity > 0 THEN
        UPDATE oms.position_lots l SET quantity = v_lot.quantity
        WHERE l.symbol = v_fill.symbol AND l.account = v_fill.account AND l.book = v_fill.book AND l.fill_id = v_lot.fill_id;
      END IF;
      PERFORM oms.save_position(v_position);
    END IF;
  END LOOP;
  CLOSE v_fills_to_match;

  IF v_anew THEN
    SELECT array_agg(f.order_id), array_agg(f.account), array_agg(f.fill_id) INTO v_orders, v_accounts, v_fills
    FROM (SELECT DISTINCT d.account, d.symbol, d.book FROM new_fills d) k
    JOIN oms.fills f ON f.account = k.account AND f.symbol = k.symbol AND f.book = k.book;
  END IF;
  PERFORM oms.derive_orders(v_orders, v_accounts, v_fills);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.fills__book() IS 'Trigger: matches the statement''s fills, writes the positions, has the orders derive themselves.';
