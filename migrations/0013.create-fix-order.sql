-- The shape of oms.fix_fields(): an order as a FIX ExecutionReport tells it. A type, because a function can't return a column named like its parameter.

SET lock_timeout = '5s';

DO $do$
BEGIN
  IF to_regtype('oms.fix_order') IS NULL THEN
    CREATE TYPE oms.fix_order AS (
      ord_status       text,
      order_qty        numeric,
      cum_qty          numeric,
      leaves_qty       numeric,
      avg_px           numeric,
      day_order_qty    numeric,
      day_cum_qty      numeric,
      cl_ord_id        text,
      orig_cl_ord_id   text,
      order_id         text
    );
  END IF;
END $do$;
COMMENT ON TYPE oms.fix_order IS 'An order as a FIX ExecutionReport tells it.';
COMMENT ON COLUMN oms.fix_order.ord_status IS 'OrdStatus by name, by FIX precedence.';
COMMENT ON COLUMN oms.fix_order.order_qty IS 'OrderQty.';
COMMENT ON COLUMN oms.fix_order.cum_qty IS 'CumQty.';
COMMENT ON COLUMN oms.fix_order.leaves_qty IS 'LeavesQty.';
COMMENT ON COLUMN oms.fix_order.avg_px IS 'AvgPx; null while unknown.';
COMMENT ON COLUMN oms.fix_order.day_order_qty IS 'DayOrderQty: what was left to execute when the trading day began.';
COMMENT ON COLUMN oms.fix_order.day_cum_qty IS 'DayCumQty: executed on the newest trading day.';
COMMENT ON COLUMN oms.fix_order.cl_ord_id IS 'ClOrdID: of the request the broker is deciding, else of the order.';
COMMENT ON COLUMN oms.fix_order.orig_cl_ord_id IS 'OrigClOrdID: the id before that one.';
COMMENT ON COLUMN oms.fix_order.order_id IS 'OrderID: the broker''s id, else ours; NONE for an order nobody knows.';
