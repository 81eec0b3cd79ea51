-- plan: SELECT id, stake FROM bets WHERE game = 5 AND placed >= '2026-01-03' ORDER BY stake DESC LIMIT 10;
CREATE TABLE bets (id bigint PRIMARY KEY, game integer NOT NULL, placed timestamptz NOT NULL, stake numeric(12,2) NOT NULL);
INSERT INTO bets SELECT i, i % 12, '2026-01-01'::timestamptz + i * interval '3 s', i::bigint * 7919 % 1000003 / 100.0 FROM generate_series(1, 250000) i;
CREATE INDEX bets_game_placed_idx ON bets (game, placed);
VACUUM ANALYZE bets;
SELECT pg_stat_reset();
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
