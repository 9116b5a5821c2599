-- On the publisher, as the owner: everything but what each installation keeps about itself. Run it again after an upgrade, for the tables that came with it.
\set ON_ERROR_STOP on
SELECT 'CREATE PUBLICATION orderstamp' WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'orderstamp') \gexec
SELECT format('ALTER PUBLICATION orderstamp SET TABLE %s', string_agg(format('oms.%I', c.relname), ', ' ORDER BY c.relname))
FROM pg_class c
WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('installation', 'status_transitions') \gexec
