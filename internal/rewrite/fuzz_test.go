package rewrite

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// No query makes a rewrite fail, and a draft is SQL.
func FuzzDraft(f *testing.F) {
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	for _, text := range []string{
		"SELECT 1", "SELECT * FROM a, b WHERE a.x = b.x ORDER BY 1 LIMIT 5 OFFSET 3", "VALUES (1), (2) ORDER BY 1 LIMIT 1 OFFSET 1", "SELECT a.* FROM a NATURAL JOIN b WHERE (a.x, b.y) NOT IN (VALUES (1, 2))",
		"INSERT INTO a SELECT DISTINCT b.x FROM b JOIN c USING (x) ON CONFLICT DO NOTHING", "SELECT DISTINCT s.t.c FROM s.t JOIN u ON true WHERE s.t.x IN (SELECT 1)", "SELECT count(*) FROM a JOIN b ON a.x = b.x GROUP BY GROUPING SETS ((), (1))",
		"SELECT f(x) OVER w FROM a JOIN b ON a.x = b.x WINDOW w AS (PARTITION BY x)", "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE", "SELECT (SELECT count(*) FROM b WHERE b.x = a.x) FROM a, LATERAL (SELECT 1) s",
		"TABLE a ORDER BY x LIMIT 3 OFFSET 2", "SELECT x::date = '' OR NULL = ANY (y) FROM a WHERE extract(year FROM x) = -1", "SELECT * FROM ROWS FROM (f(1), g(2)) t WHERE coalesce() = 1", "EXPLAIN ANALYZE SELECT 1", "SELECT x FROM a WHERE date_trunc('month', x) = $1::date",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range names {
			byName[name].Draft(redact.SQL(text), Place{}, nil)
		}
	})
}
