package planner

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// suiteSchema is what the model is compared on: skewed and even columns, NULLs,
// time in the order of the rows, text, and tables that join.
const suiteSchema = `
SELECT setseed(0.5);
CREATE TABLE places (id int PRIMARY KEY, country text NOT NULL, size int NOT NULL);
INSERT INTO places SELECT g, 'c' || (random() ^ 2 * 40)::int, (random() * 1000)::int FROM generate_series(1, 5000) g;
CREATE TABLE people (id int PRIMARY KEY, place_id int NOT NULL, name text NOT NULL, born date, score int NOT NULL, active boolean NOT NULL, kind text NOT NULL, removed timestamptz);
INSERT INTO people SELECT g, 1 + (random() ^ 2 * 4999)::int, md5((g % 30000)::text), CASE WHEN random() < 0.8 THEN '1940-01-01'::date + (random() * 25000)::int END,
	(random() ^ 3 * 10000)::int, random() < 0.9, (ARRAY['a', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd', 'd'])[1 + (random() * 9)::int], CASE WHEN random() < 0.05 THEN now() END
	FROM generate_series(1, 60000) g;
CREATE TABLE visits (id bigint PRIMARY KEY, person_id int NOT NULL, place_id int NOT NULL, at timestamptz NOT NULL, minutes int NOT NULL, note text);
INSERT INTO visits SELECT g, 1 + (random() * 59999)::int, 1 + (random() ^ 3 * 4999)::int, '2025-01-01'::timestamptz + g * interval '1 minute', (random() ^ 2 * 600)::int,
	CASE WHEN random() < 0.3 THEN md5(g::text) END FROM generate_series(1, 300000) g;
CREATE TABLE items (id bigint PRIMARY KEY, visit_id bigint NOT NULL, product int NOT NULL, price numeric(8,2) NOT NULL, color smallint NOT NULL);
INSERT INTO items SELECT g, 1 + g / 2, (random() ^ 2 * 8000)::int, (random() * 300)::numeric(8,2), (random() * 12)::int FROM generate_series(1, 500000) g;
VACUUM ANALYZE;
`

// suiteColumn is a column with values to ask for.
type suiteColumn struct {
	name   string
	value  func(r *rand.Rand) string
	ranged bool
}

func upTo(top int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return fmt.Sprint(1 + r.IntN(top)) }
}

var suiteTables = map[string][]suiteColumn{
	"people": {
		{"place_id", upTo(5000), true},
		{"name", func(r *rand.Rand) string { return fmt.Sprintf("'%x'", r.Uint64()) }, false},
		{"born", func(r *rand.Rand) string { return fmt.Sprintf("'%d-0%d-1%d'", 1942+r.IntN(60), 1+r.IntN(9), r.IntN(9)) }, true},
		{"score", upTo(9000), true},
		{"kind", func(r *rand.Rand) string { return "'" + string("abcd"[r.IntN(4)]) + "'" }, false},
	},
	"visits": {
		{"person_id", upTo(60000), true},
		{"place_id", upTo(5000), true},
		{"at", func(r *rand.Rand) string { return fmt.Sprintf("'2025-0%d-1%d 12:00+00'", 1+r.IntN(6), r.IntN(9)) }, true},
		{"minutes", upTo(600), true},
	},
	"items": {
		{"visit_id", upTo(250000), true},
		{"product", upTo(8000), true},
		{"price", upTo(300), true},
		{"color", upTo(12), false},
	},
}

// suitePairs generates statements of one to three conditions, with ORDER BY,
// LIMIT and aggregates, each with indexes on its columns and some on others;
// and joins of two to four tables.
func suitePairs() []pair {
	r := rand.New(rand.NewPCG(7, 7))
	var list []pair
	for _, table := range []string{"people", "visits", "items"} {
		columns := suiteTables[table]
		for range 90 {
			picked := r.Perm(len(columns))[:1+r.IntN(3)]
			var where, keys []string
			for _, i := range picked {
				c := columns[i]
				keys = append(keys, c.name)
				switch n := r.IntN(4); {
				case n == 0 && c.ranged:
					where = append(where, fmt.Sprintf("%s > %s", c.name, c.value(r)))
				case n == 1 && c.ranged:
					where = append(where, fmt.Sprintf("%s <= %s", c.name, c.value(r)))
				default:
					where = append(where, fmt.Sprintf("%s = %s", c.name, c.value(r)))
				}
			}
			tail := ""
			what := "*"
			switch r.IntN(5) {
			case 0:
				tail = fmt.Sprintf(" ORDER BY %s", columns[r.IntN(len(columns))].name)
			case 1:
				tail = fmt.Sprintf(" ORDER BY %s LIMIT %d", columns[r.IntN(len(columns))].name, []int{10, 100}[r.IntN(2)])
			case 2:
				what = "count(*)"
			}
			text := fmt.Sprintf("SELECT %s FROM %s WHERE %s%s", what, table, strings.Join(where, " AND "), tail)
			list = append(list, pair{text, fmt.Sprintf("%s (%s)", table, strings.Join(keys, ", "))}, pair{text, fmt.Sprintf("%s (%s)", table, keys[0])})
		}
	}
	joins := []struct{ from, on string }{
		{"people p JOIN visits v ON v.person_id = p.id WHERE p.place_id = %d", "visits (person_id)"},
		{"people p JOIN visits v ON v.person_id = p.id WHERE p.id = %d", "visits (person_id)"},
		{"visits v JOIN items i ON i.visit_id = v.id WHERE v.person_id = %d", "items (visit_id)"},
		{"visits v JOIN items i ON i.visit_id = v.id WHERE v.person_id = %d", "visits (person_id)"},
		{"visits v JOIN items i ON i.visit_id = v.id WHERE i.product = %d", "items (product)"},
		{"places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id WHERE l.id = %d", "people (place_id)"},
		{"places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id WHERE l.size = %d", "visits (person_id)"},
		{"people p JOIN visits v ON v.person_id = p.id JOIN items i ON i.visit_id = v.id WHERE p.place_id = %d", "items (visit_id)"},
		{"places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id JOIN items i ON i.visit_id = v.id WHERE l.size = %d", "items (visit_id)"},
		{"places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id JOIN items i ON i.visit_id = v.id WHERE l.size = %d", "visits (person_id)"},
	}
	for _, j := range joins {
		for range 6 {
			list = append(list, pair{"SELECT * FROM " + fmt.Sprintf(j.from, 1+r.IntN(900)), j.on})
		}
	}
	return list
}
