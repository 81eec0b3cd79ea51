package indexadvisor

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// suiteLevels are statements of several levels, with an index each that one of
// the levels may use: sub-selects in FROM, in outputs and in conditions, CTEs,
// set operations, window functions, and what else stands above a join.
var suiteLevels = []struct{ name, statement, on string }{
	{"derived", "SELECT d.id, p.name FROM (SELECT id, person_id FROM visits WHERE place_id = {place}) d JOIN people p ON p.id = d.person_id", "visits (place_id)"},
	{"derived", "SELECT p.id, d.at FROM people p JOIN (SELECT person_id, at, minutes FROM visits) d ON d.person_id = p.id WHERE p.place_id = {place} AND d.minutes > 300", "visits (person_id)"},
	{"grouped", "SELECT p.id, d.n FROM people p JOIN (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id) d ON d.person_id = p.id WHERE p.id = {person}", "visits (person_id)"},
	{"grouped", "SELECT p.id, d.n FROM people p LEFT JOIN (SELECT person_id, count(*) AS n FROM visits WHERE at > {at} GROUP BY person_id) d ON d.person_id = p.id WHERE p.place_id = {place}", "people (place_id)"},
	{"grouped", "SELECT * FROM (SELECT product, avg(price) AS mean FROM items GROUP BY product) d WHERE d.product = {product}", "items (product)"},
	{"grouped", "SELECT count(*) FROM (SELECT DISTINCT person_id FROM visits WHERE place_id = {place}) d", "visits (place_id)"},
	{"grouped", "SELECT max(n) FROM (SELECT count(*) AS n FROM visits WHERE place_id = {place} GROUP BY person_id) d", "visits (place_id)"},
	{"limited", "SELECT d.id, i.price FROM (SELECT id FROM visits WHERE place_id = {place} ORDER BY at DESC LIMIT 20) d JOIN items i ON i.visit_id = d.id", "items (visit_id)"},
	{"limited", "SELECT d.id, i.price FROM (SELECT id FROM visits ORDER BY minutes DESC LIMIT 10) d JOIN items i ON i.visit_id = d.id", "visits (minutes)"},
	{"limited", "SELECT count(*) FROM (SELECT 1 FROM visits WHERE place_id = {place} LIMIT 500) d", "visits (place_id)"},
	{"CTE once", "WITH d AS (SELECT person_id, minutes FROM visits WHERE place_id = {place}) SELECT p.name, d.minutes FROM people p JOIN d ON d.person_id = p.id", "visits (place_id)"},
	{"CTE once", "WITH d AS (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id) SELECT p.id, d.n FROM people p JOIN d ON d.person_id = p.id WHERE p.id = {person}", "visits (person_id)"},
	{"CTE once", "WITH a AS (SELECT id FROM people WHERE place_id = {place}), b AS (SELECT v.id FROM visits v JOIN a ON a.id = v.person_id) SELECT i.* FROM items i JOIN b ON b.id = i.visit_id", "visits (person_id)"},
	{"CTE twice", "WITH d AS (SELECT person_id, minutes FROM visits WHERE place_id = {place}) SELECT count(*) FROM d a JOIN d b ON b.person_id = a.person_id", "visits (place_id)"},
	{"CTE materialized", "WITH d AS MATERIALIZED (SELECT id FROM people WHERE place_id = {place}) SELECT v.* FROM d JOIN visits v ON v.person_id = d.id", "people (place_id)"},
	{"CTE materialized", "WITH d AS MATERIALIZED (SELECT id FROM people WHERE place_id = {place}) SELECT v.* FROM d JOIN visits v ON v.person_id = d.id", "visits (person_id)"},
	{"CTE that writes", "WITH d AS (DELETE FROM visits WHERE person_id = {person} RETURNING id) SELECT count(*) FROM d", "visits (person_id)"},
	{"CTE that writes", "WITH d AS (UPDATE visits SET minutes = 0 WHERE person_id = {person} RETURNING id) DELETE FROM items i USING d WHERE i.visit_id = d.id", "items (visit_id)"},
	{"LATERAL", "SELECT p.id, d.at FROM people p CROSS JOIN LATERAL (SELECT v.at FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 3) d WHERE p.place_id = {place}", "visits (person_id, at)"},
	{"LATERAL", "SELECT p.id, d.at FROM people p LEFT JOIN LATERAL (SELECT v.at FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 1) d ON true WHERE p.place_id = {place}", "visits (person_id)"},
	{"LATERAL", "SELECT p.id, d.n FROM people p, LATERAL (SELECT count(*) AS n FROM visits v WHERE v.person_id = p.id) d WHERE p.place_id = {place}", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT count(*) FROM visits v WHERE v.person_id = p.id) AS n FROM people p WHERE p.place_id = {place}", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT max(v.at) FROM visits v WHERE v.person_id = p.id) AS last, (SELECT count(*) FROM reviews r WHERE r.person_id = p.id) AS n FROM people p WHERE p.id = {person}", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT v.at FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 1) AS last FROM people p ORDER BY p.id LIMIT {limit}", "visits (person_id, at)"},
	{"output", "SELECT d.id, EXISTS (SELECT 1 FROM reviews r WHERE r.product_id = d.id AND r.stars = 1) AS bad FROM products d WHERE d.brand_id = {brand}", "reviews (product_id)"},
	{"output", "SELECT p.id, ARRAY(SELECT r.stars FROM reviews r WHERE r.person_id = p.id) AS stars FROM people p WHERE p.place_id = {place}", "reviews (person_id)"},
	{"output", "SELECT v.id, (SELECT max(id) FROM reviews) AS newest FROM visits v WHERE v.place_id = {place}", "visits (place_id)"},
	{"output", "SELECT EXISTS (SELECT 1 FROM visits WHERE place_id = {place} AND minutes > 500)", "visits (place_id)"},
	{"output", "SELECT (SELECT count(*) FROM visits WHERE place_id = {place}) AS a, (SELECT count(*) FROM items WHERE product = {product}) AS b", "items (product)"},
	{"condition", "SELECT * FROM visits WHERE person_id = (SELECT id FROM people WHERE name = md5('77') LIMIT 1)", "visits (person_id)"},
	{"condition", "SELECT * FROM visits WHERE at > (SELECT max(at) FROM reviews) AND place_id = {place}", "visits (place_id)"},
	{"condition", "SELECT * FROM visits v WHERE v.place_id = {place} AND v.at = (SELECT max(w.at) FROM visits w WHERE w.person_id = v.person_id)", "visits (person_id, at)"},
	{"condition", "SELECT p.* FROM people p WHERE p.place_id = {place} AND (SELECT count(*) FROM visits v WHERE v.person_id = p.id) > 7", "visits (person_id)"},
	{"IN", "SELECT * FROM items WHERE visit_id IN (SELECT v.id FROM visits v JOIN people p ON p.id = v.person_id WHERE p.place_id = {place})", "items (visit_id)"},
	{"IN", "SELECT * FROM items WHERE visit_id IN (SELECT v.id FROM visits v JOIN people p ON p.id = v.person_id WHERE p.place_id = {place})", "visits (person_id)"},
	{"IN", "SELECT * FROM visits WHERE id IN (SELECT max(id) FROM visits WHERE place_id = {place} GROUP BY person_id)", "visits (place_id)"},
	{"IN", "DELETE FROM visits WHERE id IN (SELECT id FROM visits WHERE minutes = {minutes} LIMIT 100)", "visits (minutes)"},
	{"IN", "UPDATE visits SET minutes = 1 WHERE id IN (SELECT visit_id FROM items WHERE product = {product})", "items (product)"},
	{"NOT IN", "SELECT * FROM people WHERE place_id = {place} AND id NOT IN (SELECT person_id FROM reviews WHERE person_id IS NOT NULL)", "people (place_id)"},
	{"NOT IN", "SELECT * FROM products WHERE id NOT IN (SELECT product FROM items WHERE color = {color})", "items (color)"},
	{"OR EXISTS", "SELECT * FROM people p WHERE p.place_id = {place} AND (p.score > 9000 OR EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id AND v.minutes > 550))", "visits (person_id)"},
	{"OR EXISTS", "SELECT * FROM visits v WHERE v.place_id = {place} AND (v.minutes > 500 OR v.person_id IN (SELECT id FROM people WHERE kind = 'a'))", "visits (place_id)"},
	{"union", "SELECT id, at FROM visits WHERE place_id = {place} UNION ALL SELECT id, at FROM reviews WHERE product_id = {product}", "visits (place_id)"},
	{"union", "SELECT person_id FROM visits WHERE place_id = {place} UNION SELECT person_id FROM reviews WHERE product_id = {product}", "reviews (product_id)"},
	{"union", "SELECT * FROM (SELECT person_id, at FROM visits UNION ALL SELECT person_id, at FROM reviews) d WHERE d.person_id = {person}", "visits (person_id)"},
	{"union", "SELECT id, at FROM visits WHERE place_id = {place} UNION ALL SELECT id, at FROM reviews WHERE product_id = {product} ORDER BY at DESC LIMIT 10", "visits (place_id)"},
	{"except", "SELECT person_id FROM visits WHERE place_id = {place} INTERSECT SELECT person_id FROM reviews WHERE product_id = {product}", "visits (place_id)"},
	{"except", "SELECT person_id FROM visits WHERE place_id = {place} EXCEPT SELECT person_id FROM reviews WHERE stars = 1", "visits (place_id)"},
	{"written", "INSERT INTO colors SELECT v.id, 'x' FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.place_id = {place}", "visits (place_id)"},
	{"written", "UPDATE visits v SET minutes = p.score FROM people p WHERE p.id = v.person_id AND p.place_id = {place}", "visits (person_id)"},
	{"written", "DELETE FROM items i USING visits v WHERE v.id = i.visit_id AND v.person_id = {person}", "items (visit_id)"},
	{"window", "SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY at) FROM visits WHERE place_id = {place}", "visits (place_id)"},
	{"window", "SELECT * FROM (SELECT v.*, row_number() OVER (PARTITION BY v.person_id ORDER BY v.at DESC) AS rn FROM visits v WHERE v.place_id = {place}) d WHERE d.rn = 1", "visits (place_id)"},
	{"window", "SELECT id, sum(minutes) OVER (PARTITION BY person_id ORDER BY at) FROM visits WHERE person_id < 300", "visits (person_id, at)"},
	{"window", "SELECT * FROM (SELECT person_id, at, lag(at) OVER (PARTITION BY person_id ORDER BY at) AS before FROM visits) d WHERE d.person_id = {person}", "visits (person_id)"},
	{"distinct on", "SELECT DISTINCT ON (person_id) * FROM visits WHERE place_id = {place} ORDER BY person_id, at DESC", "visits (place_id)"},
	{"distinct on", "SELECT DISTINCT ON (person_id) person_id, at FROM visits ORDER BY person_id, at", "visits (person_id, at)"},
	{"having", "SELECT person_id, count(*) FROM visits WHERE place_id = {place} GROUP BY person_id HAVING count(*) > 2", "visits (place_id)"},
	{"having", "SELECT product, sum(price) FROM items GROUP BY product HAVING sum(price) > 40000 ORDER BY product", "items (product)"},
	{"full", "SELECT * FROM people p FULL JOIN reviews r ON r.person_id = p.id WHERE p.place_id = {place} OR r.product_id = {product}", "reviews (person_id)"},
	{"full", "SELECT a.id, b.id FROM (SELECT * FROM visits WHERE place_id = {place}) a FULL JOIN (SELECT * FROM reviews WHERE product_id = {product}) b ON b.person_id = a.person_id", "visits (place_id)"},
	{"VALUES", "SELECT v.* FROM (VALUES ({person}), ({person}), ({person})) d(id) JOIN visits v ON v.person_id = d.id", "visits (person_id)"},
	{"function", "SELECT v.* FROM unnest(ARRAY[{person}, {person}, {person}]) AS d(id) JOIN visits v ON v.person_id = d.id", "visits (person_id)"},
	{"function", "SELECT g.n, count(v.id) FROM generate_series(1, 30) AS g(n) LEFT JOIN visits v ON v.place_id = g.n GROUP BY g.n", "visits (place_id)"},
	{"extreme", "SELECT max(at) FROM visits WHERE person_id = {person}", "visits (person_id, at)"},
	{"extreme", "SELECT min(at), max(at) FROM visits", "visits (at)"},
	{"locked", "SELECT * FROM visits WHERE place_id = {place} FOR UPDATE", "visits (place_id)"},
	{"locked", "UPDATE visits SET minutes = 2 WHERE id IN (SELECT id FROM visits WHERE minutes = {minutes} ORDER BY at LIMIT 10 FOR UPDATE SKIP LOCKED)", "visits (minutes)"},
}

// whole is what a statement's levels cost together.
func (a *Advisor) whole(list []*level, indexes ...*built) float64 {
	sum := 0.0
	for _, l := range list {
		have := slices.Clone(indexes)
		for _, t := range l.tables() {
			have = append(have, a.existing(t)...)
		}
		sum += a.costOf(l, have)
	}
	return sum
}

// The cost of a statement of several levels is that of the planner, without
// and with an index.
func TestLevelsAgainstServer(t *testing.T) {
	s := startServer(t)
	s.psql(suiteSchema)
	s.psql(suiteMore)
	a := New(s.snapshot())
	all, today := new(accuracy), new(accuracy)
	by := map[string]*accuracy{}
	verbose := os.Getenv("PGVERDICT_SUITE") != ""
	r := rand.New(rand.NewPCG(13, 13))
	for _, of := range suiteLevels {
		statements := make([]string, 3)
		for i := range statements {
			statements[i] = filled(of.statement, r)
		}
		was := s.explain(statements, "", "")
		real := s.explain(statements, "CREATE INDEX suite_idx ON "+of.on, "DROP INDEX suite_idx")
		def := definitionOf(t, of.on)
		table := a.snap.Table("public", strings.Fields(of.on)[0])
		for i, text := range statements {
			q, err := sql.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			levels, _ := a.levelsOf(q, measured{rows: limitOf(text)})
			before, after := a.whole(levels), a.whole(levels, a.imagined(table, def))
			used := slices.Contains(real[i].indexes, "suite_idx")
			use := after < 0.99*before
			today.add(before, was[i].cost, true, true)
			if by[of.name] == nil {
				by[of.name] = new(accuracy)
			}
			for _, to := range []*accuracy{all, by[of.name]} {
				to.add(after, real[i].cost, use, used)
			}
			off := math.Max(math.Abs(after-real[i].cost)/real[i].cost, math.Abs(before-was[i].cost)/was[i].cost)
			if verbose && (off > 0.05 || use != used) {
				t.Logf("%s: before %.2f real %.2f, after %.2f real %.2f, %d levels, used %v  %s  ON %s", of.name, before, was[i].cost, after, real[i].cost, len(levels), used, text, of.on)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		t.Logf("%-16s %s", name, by[name])
	}
	t.Logf("levels, without the index: %s", today)
	t.Logf("levels: %s", all)
	if n := len(all.errors); all.within(0.05) < 0.90 || float64(all.right) < 0.95*float64(all.calls) || all.errors[n/2] > 0.05 {
		t.Errorf("levels: %s", all)
	}
}
