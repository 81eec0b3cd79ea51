-- plan: SELECT id FROM members WHERE length(email) > 10;
-- explain: COSTS
CREATE TABLE members (id integer PRIMARY KEY, email text NOT NULL);
INSERT INTO members SELECT i, 'U' || i || '@X.example' FROM generate_series(1, 60000) i;
CREATE INDEX members_email_idx ON members (email);
VACUUM ANALYZE members;
SELECT pg_stat_reset();
