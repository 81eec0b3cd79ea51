-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT sum(length(i.label)) FROM lots l JOIN items i ON i.lot_id = l.id WHERE l.depot = 42 AND l.bay = 420;
CREATE TABLE lots (id integer PRIMARY KEY, depot integer NOT NULL, bay integer NOT NULL);
CREATE TABLE items (id integer PRIMARY KEY, lot_id integer NOT NULL, label text NOT NULL);
INSERT INTO lots SELECT i, i % 100, i % 100 * 10 FROM generate_series(1, 400000) i;
INSERT INTO items SELECT i, 1 + i::bigint * 7919 % 400000, repeat('x', 60) FROM generate_series(1, 600000) i;
CREATE INDEX lots_depot_idx ON lots (depot);
CREATE INDEX items_lot_id_idx ON items (lot_id);
VACUUM ANALYZE lots, items;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
