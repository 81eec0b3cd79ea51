-- Loaded and analysed in one session: the rows are reported after ANALYZE, counted as changed since, and twice as live.
CREATE TABLE members(id int primary key, name text);
CREATE TABLE banned(member_id int);
INSERT INTO members SELECT i,'m'||i FROM generate_series(1,20000) i;
INSERT INTO banned SELECT i FROM generate_series(1,150000) i;
VACUUM ANALYZE;
