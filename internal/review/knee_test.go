package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

// shelves are the exports of tables that are alike, each of which is searched by a column
// without an index, so many times.
func shelves(calls ...int) map[string]string {
	tables, indexes := "schemaname,relname,relkind,relpages,reltuples,relallvisible\n", "schemaname,tablename,indexname,indexdef,indisunique,indisprimary,indisvalid\n"
	stats, statements := "schemaname,tablename,attname,data_type,inherited,null_frac,avg_width,n_distinct,correlation\n", "dbid,queryid,query,calls,total_exec_time,rows,shared_blks_hit,shared_blks_read\n"
	for i, n := range calls {
		name := fmt.Sprintf("shelf_%d", i+1)
		tables += fmt.Sprintf("public,%s,r,20000,1000000,0\n", name)
		indexes += fmt.Sprintf("public,%s,%s_pkey,CREATE UNIQUE INDEX %[2]s_pkey ON public.%[2]s USING btree (id),t,t,t\n", name, name)
		for _, column := range []string{"id", "crate"} {
			stats += fmt.Sprintf("public,%s,%s,bigint,f,0,8,-1,0\n", name, column)
		}
		statements += fmt.Sprintf("5,%d,SELECT * FROM %s WHERE crate = $1,%d,%d,%d,%d,0\n", i+1, name, n, 100*n, n, 20000*n)
	}
	return map[string]string{"pg_class.csv": tables, "pg_index.csv": indexes, "pg_stats.csv": stats, "pg_stat_statements.csv": statements}
}

// The report on indexes says which few give most of what all save: the tables are alike,
// so each index saves as much as its share of the calls.
func TestKnee(t *testing.T) {
	for name, tt := range map[string]struct {
		calls []int
		want  string
	}{
		"two of five":         {[]int{1000, 1000, 20, 20, 20}, "R1 and R2 give 97% of what all new indexes save"},
		"one of four":         {[]int{20, 2000, 20, 20}, "R1 gives 97% of what all new indexes save"},
		"all alike":           {[]int{500, 500, 500, 500, 500}, ""},
		"three of five":       {[]int{500, 500, 500, 20, 20}, ""},
		"only three in total": {[]int{2000, 20, 20}, ""},
	} {
		r, errs := review.Run(input.Open([]string{write(t, shelves(tt.calls...))}, nil), review.Options{Indexes: true})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		said := strings.Contains(r.Summary.Verdict, "of what all new indexes save")
		if created := len(r.Recommendations); created != len(tt.calls) {
			t.Errorf("%s: %d changes, want an index for each table", name, created)
		}
		if !strings.Contains(r.Summary.Verdict, tt.want) || said != (tt.want != "") {
			t.Errorf("%s: want %q, got %q", name, tt.want, r.Summary.Verdict)
		}
	}
}
