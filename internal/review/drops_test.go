package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

// oldIndexes are the counters of a database that was reset half a year ago, with
// a table whose indexes were not scanned, so many of each size.
func oldIndexes(names ...string) map[string]string {
	counters := "schemaname,relname,indexrelname,idx_scan,idx_tup_read,idx_tup_fetch,index_size\n"
	for i, name := range names {
		counters += fmt.Sprintf("public,crates,%s,0,0,0,%d\n", name, (i+10)<<20)
	}
	return map[string]string{
		"d.csv": "exported_at,datname,numbackends,xact_commit,xact_rollback,blks_read,blks_hit,stats_reset\n2026-11-01 00:00:00+00,depot,3,100000,1,1000,100000,2026-05-01 00:00:00+00\n",
		"t.csv": "schemaname,relname,seq_scan,seq_tup_read,idx_scan,idx_tup_fetch,n_tup_ins,n_tup_upd,n_tup_del,n_tup_hot_upd,n_live_tup,n_dead_tup\npublic,crates,40,2400000,90211,90000,2000000,0,0,0,2000000,0\n",
		"u.csv": counters,
	}
}

// with adds a file.
func with(files map[string]string, name, text string) map[string]string {
	files[name] = text
	return files
}

func drops(r *report.Report) (list []string) {
	for _, rec := range r.Recommendations {
		if rec.Action == "drop_index" {
			list = append(list, rec.Statement)
		}
	}
	return list
}

// No index is proposed for dropping before it is known what it is, whichever
// input tells.
func TestNoDropOfUnknownIndex(t *testing.T) {
	const flags = "schemaname,relname,indexrelname,indexdef,indisunique\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int // drops
	}{
		"counters alone":          {oldIndexes("crates_shelf", "crates_pkey"), 0},
		"pg_indexes":              {with(oldIndexes("crates_shelf"), "x.csv", "schemaname,tablename,indexname,indexdef\npublic,crates,crates_shelf,CREATE INDEX crates_shelf ON public.crates USING btree (shelf)\n"), 1},
		"pg_indexes, unique":      {with(oldIndexes("crates_shelf"), "x.csv", "schemaname,tablename,indexname,indexdef\npublic,crates,crates_shelf,CREATE UNIQUE INDEX crates_shelf ON public.crates USING btree (shelf)\n"), 0},
		"a schema dump":           {with(oldIndexes("crates_shelf"), "x.sql", "CREATE TABLE public.crates (id bigint, shelf int);\nCREATE INDEX crates_shelf ON public.crates USING btree (shelf);\n"), 1},
		"a schema dump, unique":   {with(oldIndexes("crates_shelf"), "x.sql", "CREATE TABLE public.crates (id bigint, shelf int);\nALTER TABLE ONLY public.crates ADD CONSTRAINT crates_shelf UNIQUE (shelf);\n"), 0},
		"\\d":                     {with(oldIndexes("crates_shelf"), "x.txt", "          Table \"public.crates\"\n Column |  Type  | Collation | Nullable | Default \n--------+--------+-----------+----------+---------\n id     | bigint |           |          | \n shelf  | integer |           |          | \nIndexes:\n    \"crates_shelf\" btree (shelf)\n"), 1},
		"flags, no definition":    {with(oldIndexes("crates_shelf"), "x.csv", flags+"public,crates,crates_shelf,,f\n"), 0},
		"GiST, no constraints":    {with(oldIndexes("crates_span"), "x.csv", "schemaname,tablename,indexname,indexdef\npublic,crates,crates_span,CREATE INDEX crates_span ON public.crates USING gist (span)\n"), 0},
		"GiST, constraints known": {with(with(oldIndexes("crates_span"), "x.csv", "schemaname,tablename,indexname,indexdef\npublic,crates,crates_span,CREATE INDEX crates_span ON public.crates USING gist (span)\n"), "c.csv", "schemaname,tablename,conname,contype,convalidated,constraintdef\npublic,crates,crates_pkey,p,t,PRIMARY KEY (id)\n"), 1},
	} {
		r := run(t, write(t, c.files))
		if got := drops(r); len(got) != c.want {
			t.Errorf("%s: drops %q, want %d", name, got, c.want)
		}
		for _, rec := range r.Recommendations {
			if rec.Rollback == "" {
				t.Errorf("%s: %s has no way back", name, rec.Statement)
			}
		}
	}
}

// Of two unique indexes on the same columns none goes before it is known which
// of them a constraint needs.
func TestNoDropOfUnknownConstraint(t *testing.T) {
	const twins = "schemaname,tablename,indexname,indexdef\n" +
		"public,crates,crates_code,CREATE UNIQUE INDEX crates_code ON public.crates USING btree (code)\n" +
		"public,crates,crates_code_again,CREATE UNIQUE INDEX crates_code_again ON public.crates USING btree (code)\n"
	if got := drops(run(t, write(t, map[string]string{"i.csv": twins}))); len(got) > 0 {
		t.Errorf("pg_indexes alone: %q", got)
	}
	known := map[string]string{"i.csv": twins, "c.csv": "schemaname,tablename,conname,contype,convalidated,constraintdef\npublic,crates,crates_seal,u,t,UNIQUE (seal)\n"}
	if got := drops(run(t, write(t, known))); len(got) != 1 {
		t.Errorf("with pg_constraint: %q, want one of the twins", got)
	}
}

// All indexes without definitions are one finding in question. Those that
// PostgreSQL itself names after a constraint are not in it.
func TestUnknownIndexesAreOneFinding(t *testing.T) {
	r := run(t, write(t, oldIndexes("crates_shelf", "on_crates_seal", "crates_pkey", "crates_code_key", "crates_span_excl1", "crates_weight")))
	var found []report.Finding
	for _, f := range r.Findings {
		if f.Where.Index != nil {
			found = append(found, f)
		}
	}
	if len(found) != 1 || found[0].Section != "B" {
		t.Fatalf("%d findings on indexes, want one in B: %+v", len(found), found)
	}
	said := found[0].Title + " " + found[0].Detail + " " + found[0].Question + " " + found[0].Settles
	for _, name := range []string{"crates_shelf", "on_crates_seal", "crates_weight", "pg_index", "pg_dump -s"} {
		if !strings.Contains(said, name) {
			t.Errorf("%s is not in %s", name, said)
		}
	}
	for _, name := range []string{"crates_pkey", "crates_code_key", "crates_span_excl1"} {
		if strings.Contains(said, name) {
			t.Errorf("%s is in %s", name, said)
		}
	}
}

// Names of indexes do not tell that a foreign key has none.
func TestForeignKeyWithoutDefinitions(t *testing.T) {
	files := with(oldIndexes("crates_shelf"), "c.csv", "schemaname,tablename,conname,contype,convalidated,constraintdef,ref_schema,ref_table\npublic,crates,crates_shelf_fkey,f,t,FOREIGN KEY (shelf) REFERENCES shelves(id),public,shelves\n")
	for _, f := range run(t, write(t, files)).Findings {
		if f.Rule == "missing-fk-index" {
			t.Errorf("%s %s", f.Title, f.Detail)
		}
	}
}
