package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// scanOf is a sequential scan that keeps a few rows of a million.
func scanOf(indent, what string) string {
	return fmt.Sprintf(`%sSeq Scan on %s  (cost=0.00..25000.00 rows=10 width=24) (actual time=0.400..400.000 rows=12 loops=1)
%s  Filter: (device_id = 42)
%s  Rows Removed by Filter: 1000000
%s  Buffers: shared hit=10000
`, indent, what, strings.Repeat(" ", len(indent)), strings.Repeat(" ", len(indent)), strings.Repeat(" ", len(indent)))
}

// planOf puts scans under a node, or is the only one, behind the query's text.
func planOf(query, over string, scans ...string) string {
	var b strings.Builder
	b.WriteString(query)
	if query != "" {
		b.WriteString("\n\n")
	}
	indent := ""
	if over != "" {
		fmt.Fprintf(&b, "%s  (cost=0.00..%d.00 rows=20 width=24) (actual time=0.500..%d.000 rows=25 loops=1)\n  Buffers: shared hit=%d\n", over, 25000*len(scans), 410*len(scans), 10000*len(scans))
		indent = "  ->  "
	}
	for _, s := range scans {
		b.WriteString(scanOf(indent, s))
	}
	fmt.Fprintf(&b, "Planning Time: 0.500 ms\nExecution Time: %d.000 ms\n", 411*len(scans))
	return b.String()
}

// An index goes to the table that a part belongs to, as far as the plan shows
// which that is; otherwise none is proposed, with the reason.
func TestPartsByPlan(t *testing.T) {
	for name, c := range map[string]struct{ plan, on, refused string }{
		"chunks under ChunkAppend":          {planOf("", "Custom Scan (ChunkAppend) on metrics", "_hyper_1_1_chunk", "_hyper_1_2_chunk"), "ON metrics (device_id) WITH (timescaledb.transaction_per_chunk);", ""},
		"a chunk alone":                     {planOf("", "", "_timescaledb_internal._hyper_7_31_chunk"), "", "is a chunk"},
		"a chunk, and its query":            {planOf("SELECT * FROM readings WHERE device_id = 42;", "", "_hyper_7_31_chunk"), "ON readings (device_id) WITH (timescaledb", ""},
		"a compressed chunk":                {planOf("", "", "_timescaledb_internal.compress_hyper_2_9_chunk"), "", "is a compressed chunk"},
		"a compressed chunk, and its query": {planOf("SELECT * FROM readings WHERE device_id = 42;", "Custom Scan (ColumnarScan) on _hyper_2_9_chunk", "_hyper_2_9_chunk_compressed"), "", "is a compressed chunk"},
		"partitions, the query by alias":    {planOf("SELECT * FROM visits v WHERE device_id = 42;", "Append", "visits_eu v_1", "visits_us v_2"), "ON ONLY visits (device_id);", ""},
		"partitions, no query":              {planOf("", "Append", "visits_eu visits_1", "visits_us visits_2"), "ON ONLY visits (device_id);", ""},
		"partitions, a short alias":         {planOf("", "Append", "visits_eu v_1", "visits_us v_2"), "", "is a partition"},
		"one partition left":                {planOf("", "", "visits_p2026_05 visits"), "ON ONLY visits (device_id);", ""},
		"a default partition":               {planOf("SELECT * FROM visits AS v WHERE device_id = 42;", "", "visits_default v"), "ON ONLY visits (device_id);", ""},
		"UNION ALL of tables":               {planOf("SELECT * FROM visits_eu WHERE device_id = 42 UNION ALL SELECT * FROM visits_us WHERE device_id = 42;", "Append", "visits_eu", "visits_us"), "ON visits_eu (device_id);", ""},
		"a table by an alias":               {planOf("SELECT * FROM visits_2026 visits WHERE device_id = 42;", "", "visits_2026 visits"), "ON visits_2026 (device_id);", ""},
		"an alias that is a beginning":      {planOf("", "", "visits_archive visits"), "ON visits_archive (device_id);", ""},
		"a shard":                           {"Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=24) (actual time=410.000..410.100 rows=96 loops=1)\n  Task Count: 32\n  Tasks Shown: One of 32\n  ->  Task\n        Node: host=db7 port=5432 dbname=shop\n" + scanOf("        ->  ", "shop.visits_102008 visits") + "Execution Time: 411.000 ms\n", "CONCURRENTLY visits_device_id_idx\n  ON shop.visits (device_id);", ""},
		"a table of PostGIS":                {planOf("", "", "spatial_ref_sys"), "", "belongs to the extension PostGIS"},
		"a table of pg_cron":                {planOf("", "", "cron.job_run_details"), "", "belongs to the extension pg_cron"},
		"TimescaleDB's catalogue":           {planOf("", "", "_timescaledb_catalog.chunk"), "", "belongs to the extension TimescaleDB"},
		"a table called cron":               {planOf("", "", "public.cron"), "ON public.cron (device_id);", ""},
	} {
		r, errs := review.Run(input.Open([]string{"-"}, strings.NewReader(c.plan)), review.Options{})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		var created []string
		for _, rec := range r.Recommendations {
			if rec.Action == "create_index" {
				created = append(created, rec.Statement)
			}
		}
		all := strings.Join(created, "\n")
		why := ""
		for _, x := range r.Refused {
			why += x.Why + "\n"
		}
		switch {
		case c.on == "" && (len(created) > 0 || !strings.Contains(why, c.refused)):
			t.Errorf("%s: proposes %q, refuses because %q", name, created, why)
		case c.on != "" && !strings.Contains(all, c.on):
			t.Errorf("%s: proposes %q, lacks %q; refused: %s", name, all, c.on, why)
		case strings.Contains(all, "timescaledb") && strings.Contains(all, "CONCURRENTLY"):
			t.Errorf("%s: TimescaleDB refuses %s", name, all)
		}
	}
}

// partitioned is the catalogue of a table of two partitions.
func partitioned() map[string]string {
	files := map[string]string{
		"d.csv": database("2026-11-01 00:00:00+00", "2026-05-01 00:00:00+00"),
		"c.csv": "schemaname,relname,relkind,relispartition,relpages,reltuples,relation_bytes,parent_schema,parent\npublic,visits,p,f,0,-1,0,,\npublic,visits_a,r,t,10000,1000000,81920000,public,visits\npublic,visits_b,r,t,10000,1000000,81920000,public,visits\n",
		"t.csv": "exported_at,schemaname,relname,seq_scan,seq_tup_read,idx_scan,idx_tup_fetch,n_tup_ins,n_tup_upd,n_tup_del,n_tup_hot_upd,n_live_tup,n_dead_tup\n2026-11-01 00:00:00+00,public,visits_a,40,40000000,7,7,1000000,0,0,0,1000000,0\n",
		"u.csv": "schemaname,relname,indexrelname,idx_scan,idx_tup_read,idx_tup_fetch,index_size\npublic,visits_a,visits_a_note_idx,0,0,0,41943040\n",
	}
	return files
}

// A scan of one partition asks for an index on the partitioned table, and the
// recipe goes over all partitions of the catalogue.
func TestPartByCatalogue(t *testing.T) {
	files := partitioned()
	files["plan.txt"] = planOf("", "", "visits_a")
	r := run(t, write(t, files))
	if len(r.Recommendations) != 1 {
		t.Fatalf("%d recommendations", len(r.Recommendations))
	}
	for _, want := range []string{"ON ONLY public.visits (device_id);", "ON public.visits_a (device_id);", "ON public.visits_b (device_id);", "ATTACH PARTITION public.visits_b"} {
		if got := r.Recommendations[0].Statement; !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}

// An index of a part is not dropped from it alone, nor one of an extension.
func TestNoDropOnParts(t *testing.T) {
	const def = "schemaname,tablename,indexname,indexdef\npublic,visits_a,visits_a_note_idx,CREATE INDEX visits_a_note_idx ON public.visits_a USING btree (note)\n"
	for name, c := range map[string]struct {
		rename [2]string
		flags  bool // pg_index tells that the index is part of no other
		drops  int
	}{
		"a partition":                      {drops: 0},
		"a partition's own index":          {flags: true, drops: 1},
		"a chunk":                          {rename: [2]string{"visits_a", "_hyper_3_4_chunk"}, flags: true, drops: 0},
		"a table of an extension's schema": {rename: [2]string{"public", "partman"}, flags: true, drops: 0},
	} {
		files := partitioned()
		files["i.csv"] = def
		if c.flags {
			files["i.csv"] = strings.NewReplacer("indexdef\n", "indexdef,relispartition\n", "(note)\n", "(note),f\n").Replace(def)
		}
		for file, text := range files {
			if c.rename[0] != "" {
				files[file] = strings.ReplaceAll(text, c.rename[0], c.rename[1])
			}
		}
		if got := drops(run(t, write(t, files))); len(got) != c.drops {
			t.Errorf("%s: %q, want %d", name, got, c.drops)
		}
	}
}

// A foreign key that partitions have from their table is one finding, and one
// index.
func TestForeignKeyOfPartitions(t *testing.T) {
	files := partitioned()
	files["i.csv"] = "schemaname,tablename,indexname,indexdef\npublic,visits_a,visits_a_note_idx,CREATE INDEX visits_a_note_idx ON public.visits_a USING btree (note)\n" +
		"public,visits_b,visits_b_note_idx,CREATE INDEX visits_b_note_idx ON public.visits_b USING btree (note)\npublic,visits,visits_note_idx,CREATE INDEX visits_note_idx ON ONLY public.visits USING btree (note)\n"
	files["k.csv"] = "schemaname,tablename,conname,contype,convalidated,constraintdef,ref_schema,ref_table\n"
	for _, table := range []string{"visits", "visits_a", "visits_b"} {
		files["k.csv"] += fmt.Sprintf("public,%s,%s_guest_fkey,f,t,FOREIGN KEY (guest) REFERENCES guests(id),public,guests\n", table, table)
	}
	files["t.csv"] += "2026-11-01 00:00:00+00,public,guests,4,400,0,0,100,0,50,0,50,0\n"
	var found []report.Finding
	r := run(t, write(t, files))
	for _, f := range r.Findings {
		if f.Rule == "missing-fk-index" {
			found = append(found, f)
		}
	}
	if len(found) != 1 || *found[0].Where.Relation != "public.visits" {
		t.Errorf("%+v", found)
	}
	for _, rec := range r.Recommendations {
		if rec.Action == "create_index" && !strings.Contains(rec.Statement, "ON ONLY public.visits (guest)") {
			t.Error(rec.Statement)
		}
	}
}

// The coordinator of Citus does not know a shard by its own name; a table of such a name
// that no task reads is a table.
func TestAnalyzeOfAShard(t *testing.T) {
	join := func(indent string) string {
		return indent + "->  Nested Loop  (cost=0.42..900.00 rows=2 width=24) (actual time=0.050..900.000 rows=180000 loops=1)\n" +
			indent + "      ->  Seq Scan on orders_102008 orders  (cost=0.00..500.00 rows=2 width=8) (actual time=0.020..100.000 rows=180000 loops=1)\n" +
			indent + "            Filter: (state = 'x'::text)\n" +
			indent + "      ->  Index Scan using items_pkey on items_102040 items  (cost=0.42..8.00 rows=1 width=8) (actual time=0.003..0.004 rows=1 loops=180000)\n" +
			indent + "            Index Cond: (order_id = orders.id)\nExecution Time: 911.000 ms\n"
	}
	for text, want := range map[string]string{
		"Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=24) (actual time=910.000..910.100 rows=96 loops=1)\n  Task Count: 32\n  Tasks Shown: One of 32\n  ->  Task\n        Node: host=db7 port=5432 dbname=shop\n" + join("        "): "ANALYZE orders;",
		"Limit  (cost=0.42..900.00 rows=2 width=24) (actual time=0.050..901.000 rows=180000 loops=1)\n" + join("  "):                                                                                                                                     "ANALYZE orders_102008;",
	} {
		r, errs := review.Run(input.Open([]string{"-"}, strings.NewReader(text)), review.Options{})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		var got []string
		for _, rec := range r.Recommendations {
			if rec.Action == "analyze" {
				got = append(got, strings.TrimSuffix(rec.Statement, ";")+";")
			}
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("proposes %q, want %q", got, want)
		}
	}
}
