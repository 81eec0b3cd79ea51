package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

// cratesAlone are a table, its parent and a foreign key without an index; no row
// of the parent was deleted.
func cratesAlone() map[string]string {
	return map[string]string{
		"d.csv": database("2026-11-01 00:00:00+00", "2026-10-01 00:00:00+00"),
		"c.csv": "schemaname,relname,relkind,relpages,reltuples,relallvisible,relation_bytes\npublic,crates,r,4000,500000,0,32768000\npublic,shelves,r,40,5000,0,327680\n",
		"i.csv": "schemaname,tablename,indexname,indexdef,indisunique\npublic,crates,crates_pkey,CREATE UNIQUE INDEX crates_pkey ON public.crates USING btree (id),t\n",
		"k.csv": "schemaname,tablename,conname,contype,convalidated,constraintdef,ref_schema,ref_table\npublic,crates,crates_pkey,p,t,PRIMARY KEY (id),,\npublic,crates,crates_shelf_fkey,f,t,FOREIGN KEY (shelf) REFERENCES shelves(id),public,shelves\n",
		"t.csv": "exported_at,schemaname,relname,seq_scan,seq_tup_read,idx_scan,idx_tup_fetch,n_tup_ins,n_tup_upd,n_tup_del,n_tup_hot_upd,n_live_tup,n_dead_tup,last_analyze\n" +
			"2026-11-01 00:00:00+00,public,crates,3,1500000,5,5,500000,0,0,0,500000,0,2026-10-20 00:00:00+00\n2026-11-01 00:00:00+00,public,shelves,1,5000,0,0,5000,0,0,0,5000,0,2026-10-20 00:00:00+00\n",
	}
}

// texts are rows of pg_stat_statements: an id, a text, calls and ms.
func texts(rows ...string) string {
	return "exported_at,userid,dbid,toplevel,queryid,query,calls,total_exec_time,rows,shared_blks_hit,shared_blks_read\n2026-11-01 00:00:00+00,10,5,t," +
		strings.Join(rows, "\n2026-11-01 00:00:00+00,10,5,t,") + "\n"
}

const hiddenRow = ",<insufficient privilege>,%d,%d,%d,1000,10"

func foreignKey(t *testing.T, r *report.Report) report.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Rule == "missing-fk-index" {
			return f
		}
	}
	t.Fatalf("no finding on the foreign key: %v", r.Findings)
	return report.Finding{}
}

// Of a workload that is not in the input, or hidden, or could not be read, a
// rule does not say what it does not do.
func TestNothingIsSaidOfUnseenStatements(t *testing.T) {
	other := "7,SELECT count(*) FROM shelves,60,600,60,10,0"
	for name, c := range map[string]struct{ statements, says string }{
		"all are seen":      {texts(other), "no exported statement filters on this column"},
		"one is EXPLAIN":    {texts(other, "8,EXPLAIN SELECT * FROM crates WHERE shelf = 4,1,1,1,10,0"), "no exported statement filters on this column"},
		"none was exported": {"", "unknown: pg_stat_statements is missing"},
		"one is hidden":     {texts(other, fmt.Sprintf(hiddenRow, 50, 400, 50)), "unknown: the text of 1 of 2 statements (40% of total execution time) is hidden"},
		"one is no SQL":     {texts(other, "8,SELECT * FROM crates WHERE shelf = $1 AND,60,600,60,10,0"), "unknown: a statement that names crates could not be read"},
	} {
		files := cratesAlone()
		if c.statements != "" {
			files["s.csv"] = c.statements
		}
		r := run(t, write(t, files))
		f := foreignKey(t, r)
		said := f.Detail + " " + f.Question
		if f.Section != "B" || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s %s\nlacks %q", name, f.Section, said, c.says)
		}
		costless := strings.Contains(said, "costs nothing")
		if costless != strings.Contains(c.says, "no exported") {
			t.Errorf("%s: %s", name, said)
		}
		for _, e := range f.Evidence {
			if e.Source == "pg_stat_statements" && !costless {
				t.Errorf("%s: %s is said to be from %s", name, e.Name, e.Source)
			}
		}
	}
}

// Statements whose text the role may not see stay apart, are counted in one
// line with what lets the role see them, and no plan of them is asked for.
func TestHiddenStatements(t *testing.T) {
	files := cratesAlone()
	files["s.csv"] = texts("7,SELECT count(*) FROM shelves,60,100000,60,10,0", fmt.Sprintf(hiddenRow, 50, 400000, 50), fmt.Sprintf(hiddenRow, 7000, 300000, 7000), fmt.Sprintf(hiddenRow, 7000, 200000, 9))
	r := run(t, write(t, files))
	if n := len(r.Workload.Statements); n != 4 {
		t.Errorf("%d statements, want 4: each hidden one is one of its own", n)
	}
	if !strings.Contains(r.Summary.Verdict, "The text of 3 of 4 statements (90% of total execution time) is hidden") || !strings.Contains(r.Summary.Verdict, "pg_monitor") {
		t.Errorf("the verdict does not say what the role sees: %s", r.Summary.Verdict)
	}
	if strings.Contains(r.Summary.Verdict+r.Symptom.Query, "<") || !strings.Contains(r.Summary.Verdict, "40% of total execution time is a statement whose text is hidden") {
		t.Errorf("the verdict does not name the largest statement: %s, %s", r.Summary.Verdict, r.Symptom.Query)
	}
	cure := slices.IndexFunc(r.Missing, func(m report.Missing) bool { return strings.Contains(m.Why, "GRANT pg_monitor TO that role") })
	if cure < 0 || !strings.Contains(r.Missing[cure].Why, "3 of 4 statements (90%") {
		t.Errorf("what lets the role see them is not asked for: %+v", r.Missing)
	}
	for _, m := range r.Missing {
		if strings.Contains(m.Export, "EXPLAIN") && !strings.Contains(m.Why, "Q4") {
			t.Errorf("a plan is asked for: %s", m.Why)
		}
	}
	for _, note := range r.Workload.Notes {
		if strings.Contains(note, "could not be read as SQL") {
			t.Error(note)
		}
	}
}

// The statistics of columns that the role may not read are none: no cost is
// worked out of defaults. Of a table that was never analysed they are known to
// be none.
func TestHiddenColumnStatistics(t *testing.T) {
	const lookup = "9,SELECT id FROM crates WHERE shelf = $1,9000,900000,9000,36000000,10"
	const empty = "schemaname,tablename,attname,data_type,not_null,inherited,null_frac,avg_width,n_distinct,correlation\npublic,crates,id,bigint,t,,,,,\npublic,crates,shelf,integer,f,,,,,\n"
	const filled = "schemaname,tablename,attname,data_type,not_null,inherited,null_frac,avg_width,n_distinct,correlation\npublic,crates,id,bigint,t,f,0,8,-1,1\npublic,crates,shelf,integer,f,f,0,4,5000,0.01\n"
	const schema = "CREATE TABLE public.crates (id bigint NOT NULL, shelf integer);\nCREATE TABLE public.shelves (id bigint NOT NULL);\n"
	for name, c := range map[string]struct {
		file, text string
		costs, ask bool
	}{
		"readable":               {"p.csv", filled, true, false},
		"hidden":                 {"p.csv", empty, false, true},
		"a schema, no pg_stats":  {"p.sql", schema, false, false},
		"hidden, beside a table": {"p.csv", empty + "public,shelves,id,bigint,t,f,0,8,-1,1\n", false, true},
	} {
		files := cratesAlone()
		files["s.csv"], files[c.file] = texts(lookup), c.text
		r := run(t, write(t, files))
		i := slices.IndexFunc(r.Recommendations, func(rec report.Recommendation) bool { return rec.Action == "create_index" })
		if i < 0 {
			t.Fatalf("%s: no index is proposed", name)
		}
		for _, s := range r.Recommendations[i].Serves {
			if s.CostAfter.Known() != c.costs || (s.Method == "defaults") == c.costs {
				t.Errorf("%s: costs %v by %s", name, s.CostAfter, s.Method)
			}
		}
		if len(r.Recommendations[i].Index.Include) > 0 && !c.costs {
			t.Errorf("%s: INCLUDE on a guess", name)
		}
		asked := slices.ContainsFunc(r.Missing, func(m report.Missing) bool { return strings.Contains(m.Why+m.Export, "GRANT ") })
		if asked != c.ask {
			t.Errorf("%s: the privilege is asked for: %v", name, asked)
		}
	}
}

// What a schema alone tells is said to be from the schema, and what is lacking
// is asked for.
func TestSchemaAlone(t *testing.T) {
	r := run(t, write(t, map[string]string{"s.sql": `CREATE TABLE public.shelves (id bigint NOT NULL);
ALTER TABLE ONLY public.shelves ADD CONSTRAINT shelves_pkey PRIMARY KEY (id);
CREATE TABLE public.crates (id bigint NOT NULL, shelf bigint, seal text);
CREATE INDEX crates_seal ON public.crates USING btree (seal);
CREATE INDEX crates_seal_shelf ON public.crates USING btree (seal, id);
ALTER TABLE ONLY public.crates ADD CONSTRAINT crates_shelf_fkey FOREIGN KEY (shelf) REFERENCES public.shelves(id);
`}))
	if len(r.Recommendations) != 2 {
		t.Fatalf("%d recommendations, want one to create and one to drop", len(r.Recommendations))
	}
	for _, rec := range r.Recommendations {
		if rec.Basis != "schema" || !strings.HasPrefix(rec.Verify, "based on the schema alone") {
			t.Errorf("%s: %s, %s", rec.Title, rec.Basis, rec.Verify)
		}
	}
	for _, f := range r.Findings {
		for _, e := range f.Evidence {
			if e.Source != "schema" {
				t.Errorf("%s: %s is from %s", f.Rule, e.Name, e.Source)
			}
		}
	}
	for _, view := range []string{"pg_stat_statements", "pg_class", "pg_stat_user_indexes"} {
		if !slices.ContainsFunc(r.Missing, func(m report.Missing) bool { return m.Input == view }) {
			t.Errorf("%s is not asked for", view)
		}
	}
}
