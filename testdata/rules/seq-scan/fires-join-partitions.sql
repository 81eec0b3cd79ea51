-- A partitioned table without an index on the column of the join: all partitions are read for sixteen rows.
CREATE TABLE doc (id bigint PRIMARY KEY, tenant int NOT NULL, author int NOT NULL, kind text NOT NULL, created timestamptz NOT NULL, deleted timestamptz, labels int[] NOT NULL, body text NOT NULL, score int);
INSERT INTO doc SELECT i, (i*31)%200, (i*7919::bigint)%50000, (ARRAY['note','task','memo','mail'])[1+i%4], '2023-01-01'::timestamptz + ((i*613%900000)||' seconds')::interval, CASE WHEN i%3=0 THEN now() END, ARRAY[i%50, i%77], md5(i::text)||md5((i+1)::text), CASE WHEN i%5>0 THEN (i*17)%1000 END FROM generate_series(1,800000) i;
CREATE INDEX doc_author ON doc(author);
CREATE TABLE hist (doc_id bigint NOT NULL, at timestamptz NOT NULL, who int NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE hist_1 PARTITION OF hist FOR VALUES FROM ('2023-01-01') TO ('2023-02-01');
CREATE TABLE hist_2 PARTITION OF hist FOR VALUES FROM ('2023-02-01') TO ('2023-03-01');
CREATE TABLE hist_3 PARTITION OF hist FOR VALUES FROM ('2023-03-01') TO ('2023-04-01');
CREATE TABLE hist_4 PARTITION OF hist FOR VALUES FROM ('2023-04-01') TO ('2023-05-01');
INSERT INTO hist SELECT 1+(i*7::bigint)%800000, '2023-01-01'::timestamptz + ((i%10000000)||' seconds')::interval, i%1000, 'edit' FROM generate_series(1,9000000,9) i;
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT d.id, h.at FROM doc d LEFT JOIN hist h ON h.doc_id = d.id WHERE d.author = 77 ORDER BY h.at DESC NULLS LAST LIMIT 10;
