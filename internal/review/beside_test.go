package review_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

const slowLabel = ` Seq Scan on parcels  (cost=0.00..21000.00 rows=3 width=40) (actual time=0.100..812.000 rows=3 loops=1)
   Filter: ((depot_id = 7) AND (label = 'north-5512'::text))
   Rows Removed by Filter: 1900000
   Buffers: shared hit=100 read=9000
 Planning Time: 0.100 ms
 Execution Time: 812.300 ms
`

// What of the tables stands in the file of the plan is known to the rules: an
// index that is there is not proposed again, and the input is not said to lack
// it.
func TestDefinitionsBesideAPlan(t *testing.T) {
	index := "CREATE INDEX parcels_depot_label ON parcels (depot_id, label);\n"
	listing := " Table \"public.parcels\"\n Column | Type | Collation | Nullable | Default\n--------+------+------+-----+----\n id | bigint | | not null |\n depot_id | bigint | | |\n label | text | | |\nIndexes:\n    \"parcels_pkey\" PRIMARY KEY, btree (id)\n    \"parcels_dl\" btree (depot_id, label)\n\n"
	for name, c := range map[string]struct {
		text  string
		there bool
	}{
		"the plan alone":               {slowLabel, false},
		"an index above":               {index + slowLabel, true},
		"an index below":               {slowLabel + "\n" + index, true},
		"a table and its index, fence": {"```sql\ncreate table parcels (id bigint primary key, depot_id bigint, label text)\n" + strings.TrimSuffix(index, ";\n") + "\n```\nIt is slow:\n```\n" + slowLabel + "```\n", true},
		"a listing":                    {listing + slowLabel, true},
		"a listing below":              {slowLabel + "\n" + listing, true},
		"a listing without its title":  {listing[strings.Index(listing, "\n")+1:] + slowLabel, true},
		"another table's index":        {strings.ReplaceAll(index, "parcels", "depots") + slowLabel, false},
	} {
		dir := write(t, map[string]string{"post.txt": c.text})
		r := run(t, filepath.Join(dir, "post.txt"))
		if len(r.Plans) != 1 || r.Inputs[0].Kind != "plan" {
			t.Fatalf("%s: %d plans, %+v", name, len(r.Plans), r.Inputs)
		}
		asked := false
		for _, m := range r.Missing {
			asked = asked || m.Input == "index definitions"
		}
		created := false
		for _, rec := range r.Recommendations {
			created = created || rec.Action == "create_index"
		}
		if created == c.there || asked == c.there {
			t.Errorf("%s: an index is proposed: %v, asked for: %v", name, created, asked)
		}
		for _, in := range r.Inputs {
			if len(in.Warnings) > 0 {
				t.Errorf("%s: %v", name, in.Warnings)
			}
		}
		if r.Workload != nil {
			t.Errorf("%s: definitions pass for statistics", name)
		}
	}
	// The definitions may be a file of their own.
	for name, text := range map[string]string{
		"a listing":               listing,
		"an index":                index,
		"an index, in lower case": "-- ours\ncreate index concurrently on parcels\n  (depot_id, label)\n",
		"among prose":             "We have this one:\n\n" + index,
		"echoed":                  "shop=# " + index + "CREATE INDEX\n",
		"with the query":          "SELECT * FROM parcels WHERE depot_id = 7 AND label = 'x';\n" + index,
		"no semicolon before":     "CREATE TABLE parcels (id bigint, depot_id bigint, label text)\n\n" + index,
	} {
		dir := write(t, map[string]string{"d.txt": text, "plan.txt": slowLabel})
		r := run(t, dir)
		for _, m := range r.Missing {
			if m.Input == "index definitions" {
				t.Errorf("%s: asked for what is there", name)
			}
		}
		if len(r.Recommendations) > 0 {
			t.Errorf("%s: got %+v, %v", name, r.Inputs, r.Recommendations)
		}
	}
}

// Where lines of a plan could not be read, nothing is said to be well, and that is
// an error.
func TestGapsAreNoAllClear(t *testing.T) {
	whole := " Limit  (cost=0.10..9.00 rows=5 width=8) (actual time=0.010..0.020 rows=5 loops=1)\n   ->  Seq Scan on parcels  (cost=0.00..9.00 rows=5 width=8) (actual time=0.010..0.015 rows=5 loops=1)\n Execution Time: 0.050 ms\n"
	cut := strings.Replace(whole, "  (cost=0.00..9.00 rows=5 width=8) (actual time=0.010..0.015 rows=5 loops=1)", "  (in 0.015 ms)", 1)
	for text, well := range map[string]bool{whole: true, cut: false} {
		dir := write(t, map[string]string{"plan.txt": text})
		r, errs := review.Run(input.Open([]string{filepath.Join(dir, "plan.txt")}, nil), review.Options{})
		if got := strings.Contains(r.Summary.Verdict, "No problem found"); got != well || (len(errs) == 0) != well {
			t.Errorf("%s\n%s\n%v", text, r.Summary.Verdict, errs)
		}
	}
}

// An index that a text creates between the slow plan and the fast one is the cure, whether
// the statement, a listing or the server's views show it: nobody is sent to look for why the
// slow plan does not use it. The schema's rules know it all the same.
func TestIndexBetweenPlans(t *testing.T) {
	fast := ` Index Scan using parcels_depot_label on parcels  (cost=0.43..8.45 rows=3 width=40) (actual time=0.030..0.041 rows=3 loops=1)
   Index Cond: ((depot_id = 7) AND (label = 'north-5512'::text))
   Buffers: shared hit=5
 Planning Time: 0.100 ms
 Execution Time: 0.060 ms
`
	index := "shop=# CREATE INDEX parcels_depot_label ON Parcels (depot_id, label);\nCREATE INDEX\n"
	listing := " Table \"public.parcels\"\n Column | Type | Collation | Nullable | Default\n--------+------+------+-----+----\n id | bigint | | not null |\n depot_id | bigint | | |\n label | text | | |\nIndexes:\n    \"parcels_pkey\" PRIMARY KEY, btree (id)\n    \"parcels_depot_label\" btree (depot_id, label)\nForeign-key constraints:\n    \"parcels_depot_fk\" FOREIGN KEY (depot_id) REFERENCES depots(id)\n\n"
	view := "      indexname      |                                     indexdef                                     \n---------------------+----------------------------------------------------------------------------------\n parcels_depot_label | CREATE INDEX parcels_depot_label ON public.parcels USING btree (depot_id, label)\n(1 row)\n\n"
	for name, between := range map[string]string{
		"created": index, "listed": listing, "in pg_indexes": view, "all of them": index + listing + view, "nothing": "",
	} {
		dir := write(t, map[string]string{"post.txt": slowLabel + "\n" + between + "\n" + fast})
		r := run(t, filepath.Join(dir, "post.txt"))
		if !strings.Contains(r.Summary.Verdict, "Do not create an index: plan 2 reads parcels with parcels_depot_label (#0)") {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
		if len(r.Recommendations) > 0 {
			t.Errorf("%s: %+v", name, r.Recommendations[0])
		}
	}
}

// A query that was fast as it is in another plan, by an index on the expression, needs no
// other form; and the verdict on several plans of one query begins with what changed.
func TestFastAsItIs(t *testing.T) {
	const query = "EXPLAIN ANALYZE SELECT * FROM visits WHERE about ->> 'name' = 'Jo';\n"
	slow := query + ` Seq Scan on visits  (cost=0.00..341343.39 rows=106 width=168) (actual time=138.840..9136.990 rows=42 loops=1)
   Filter: ((about ->> 'name'::text) = 'Jo'::text)
   Rows Removed by Filter: 3333291
 Planning Time: 1.000 ms
 Execution Time: 9137.000 ms

`
	fast := query + ` Index Scan using visits_name on visits  (cost=0.43..120.00 rows=106 width=168) (actual time=0.100..0.640 rows=42 loops=1)
   Index Cond: ((about ->> 'name'::text) = 'Jo'::text)
 Planning Time: 1.000 ms
 Execution Time: 0.700 ms

`
	for name, c := range map[string]struct {
		text, verdict string
		rewrites      bool
	}{
		"slow alone":      {slow, "9.14 s", true},
		"slow, then fast": {slow + fast, "Plan 1 took 9.14 s, plan 2 0.7 ms, 13,053x faster.", false},
		"fast, then slow": {fast + slow, "Plan 1 took 0.7 ms, plan 2 9.14 s, 13,053x slower.", false},
		"three runs":      {slow + slow + fast, "Plan 1 took 9.14 s, plan 3 0.7 ms, 13,053x faster.", false},
	} {
		r := run(t, filepath.Join(write(t, map[string]string{"post.txt": c.text}), "post.txt"))
		if !strings.Contains(r.Summary.Verdict, c.verdict) {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
		rewrites := false
		for _, rec := range r.Recommendations {
			rewrites = rewrites || rec.Action == "rewrite_query"
		}
		if rewrites != c.rewrites || !c.rewrites && !strings.Contains(r.Summary.Verdict, "reads visits with visits_name (#0)") {
			t.Errorf("%s: a rewrite %v: %s", name, rewrites, r.Summary.Verdict)
		}
	}
}

// An index that a finding calls for in words is the one that the fast plan uses, even if the
// query stands only above one of the plans.
func TestIndexInWordsBetweenPlans(t *testing.T) {
	const slow = ` Nested Loop  (cost=0.00..1758595.88 rows=858 width=454) (actual time=7.974..143885.701 rows=896 loops=1)
   Join Filter: st_intersects(a.outline, b.outline)
   Rows Removed by Join Filter: 376514320
   ->  Seq Scan on fields a  (cost=0.00..2575.36 rows=6845 width=231) (actual time=0.047..759.190 rows=19404 loops=1)
   ->  Materialize  (cost=0.00..2576.58 rows=6845 width=231) (actual time=0.001..2.241 rows=19404 loops=19404)
         ->  Seq Scan on fields b  (cost=0.00..2575.36 rows=6845 width=231) (actual time=0.135..250.811 rows=19404 loops=1)
 Execution Time: 143975.786 ms

`
	const fast = ` Nested Loop  (cost=0.28..9476.66 rows=858 width=454) (actual time=0.056..5454.399 rows=896 loops=1)
   ->  Seq Scan on fields a  (cost=0.00..2575.36 rows=6845 width=231) (actual time=0.047..759.190 rows=19404 loops=1)
   ->  Index Scan using fields_outline on fields b  (cost=0.28..100.80 rows=1 width=231) (actual time=0.221..0.227 rows=0 loops=19404)
         Index Cond: (outline && a.outline)
         Filter: st_intersects(a.outline, outline)
 Execution Time: 5651.158 ms
`
	const served = "reads fields with fields_outline (#2)"
	const query = "EXPLAIN ANALYZE SELECT count(*) FROM fields a JOIN fields b ON st_intersects(a.outline, b.outline);\n"
	for text, there := range map[string]bool{slow: false, slow + fast: true, query + fast + "\n" + slow: true} {
		r := run(t, filepath.Join(write(t, map[string]string{"post.txt": text}), "post.txt"))
		if strings.Contains(r.Summary.Verdict, served) != there || strings.Contains(r.Summary.Verdict, "Create a GiST index") == there {
			t.Error(r.Summary.Verdict)
		}
	}
}

// What an author left out of the slow plan, the fast one tells.
func TestIndexExplainsDifference(t *testing.T) {
	slow := "-- Seq Scan on members (actual time=8.369..97.478 rows=1 loops=1)\n-- Rows Removed by Filter: 100001\n-- Execution Time: 97.521 ms\n"
	fast := "-- Index Scan using members_mail on members (actual time=0.131..0.132 rows=1 loops=1)\n-- Execution Time: 0.163 ms\n"
	query := "\nEXPLAIN ANALYZE\nSELECT * FROM members WHERE mail = 'a@example.com';\n\n"
	r := run(t, filepath.Join(write(t, map[string]string{"post.sql": query + slow + query + fast}), "post.sql"))
	if want := "members_mail explains the difference: plan 2 reads members with it (#0)."; !strings.Contains(r.Summary.Verdict, want) {
		t.Error(r.Summary.Verdict)
	}
	// A count of rows and a page of them are two queries.
	count := " Aggregate  (actual time=90.0..90.1 rows=1 loops=1)\n   ->  Seq Scan on members  (actual time=0.1..80.0 rows=5000 loops=1)\n         Filter: (town = 3)\n Execution Time: 90.2 ms\n\n"
	page := " Limit  (actual time=0.1..0.2 rows=25 loops=1)\n   ->  Index Scan using members_at on members  (actual time=0.1..0.2 rows=25 loops=1)\n         Filter: (town = 3)\n Execution Time: 0.3 ms\n"
	r = run(t, filepath.Join(write(t, map[string]string{"post.txt": count + page}), "post.txt"))
	if len(r.Changes) > 0 {
		t.Errorf("%+v", r.Changes)
	}
}
