-- The newest fifty of a tenant's documents: all of the tenant's are fetched, a block each.
CREATE TABLE doc (id bigint PRIMARY KEY, tenant int NOT NULL, author int NOT NULL, kind text NOT NULL, created timestamptz NOT NULL, deleted timestamptz, labels int[] NOT NULL, body text NOT NULL, score int);
INSERT INTO doc SELECT i, (i*31)%200, (i*7919::bigint)%50000, (ARRAY['note','task','memo','mail'])[1+i%4], '2023-01-01'::timestamptz + ((i*613%900000)||' seconds')::interval, CASE WHEN i%3=0 THEN now() END, ARRAY[i%50, i%77], md5(i::text)||md5((i+1)::text), CASE WHEN i%5>0 THEN (i*17)%1000 END FROM generate_series(1,800000) i;
CREATE INDEX doc_tenant ON doc(tenant);
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM doc WHERE tenant = 7 AND deleted IS NULL ORDER BY created DESC LIMIT 50;
