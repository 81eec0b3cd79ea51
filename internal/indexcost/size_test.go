package indexcost

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/workload"
)

// TestMeasuredBuild compares the disk that a build needs beside the index with the
// temporary file (log_temp_files) that PostgreSQL 15 wrote for
//
//	CREATE TABLE t AS SELECT g AS id, (random() * 1000)::int AS k, md5(g::text) AS m,
//		CASE WHEN g % 10 <> 0 THEN g * 2::bigint END AS n FROM generate_series(1, 1000000) g;
func TestMeasuredBuild(t *testing.T) {
	snap := new(workload.Snapshot)
	table := snap.TableFor("public", "t")
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(11236.0), opt.Of(1e6)
	for _, c := range []struct {
		name, kind             string
		width, nulls, distinct float64
	}{{"id", "integer", 4, 0, -1}, {"k", "integer", 4, 0, 1001}, {"m", "text", 33, 0, -1}, {"n", "bigint", 8, 0.1, -0.9}} {
		table.Columns = append(table.Columns, &workload.Column{Name: c.name, Type: c.kind, Stats: &workload.ColumnStats{
			AvgWidth: opt.Of(c.width), NullFrac: opt.Of(c.nulls), NDistinct: opt.Of(c.distinct),
		}})
	}
	table.Columns[2].Stats.Histogram = pgtest.Values("{00035af6bfe9f30a67cba17a63cda9f4,028885403a5b9f11f900d33d12a0a9a3,05a21b7af05ac3f2ff9d7ed86b0cf8f7}")
	m := New(snap)
	for _, c := range []struct {
		columns []string
		sort    float64
	}{
		{[]string{"id"}, 20062208},
		{[]string{"k"}, 20054016},
		{[]string{"m"}, 52133888},
		{[]string{"n", "k"}, 28082176},
	} {
		ix := pgtest.BTree(c.columns...)
		if sort := m.BuildBytes(table, ix).Or(0) - m.SizeBytes(table, ix).Or(0); math.Abs(sort/c.sort-1) > 0.01 {
			t.Errorf("%v: %.0f bytes, measured %.0f", c.columns, sort, c.sort)
		}
	}
	snap.Settings = map[string]workload.Setting{"maintenance_work_mem": {Value: "64", Unit: "MB"}}
	if got, want := m.BuildBytes(table, pgtest.BTree("id")), m.SizeBytes(table, pgtest.BTree("id")); got != want {
		t.Errorf("a sort in memory needs %v beside the index of %v", got, want)
	}
}
