package indexadvisor

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// A BRIN is thought of where the rows lie in the column's order on a large
// table that is only added to, and only ranges are asked for; GiST where an
// operator asks for it.
func TestOtherMethods(t *testing.T) {
	stats := func(correlation float64) *workload.ColumnStats {
		return &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(-1.0), Correlation: opt.Of(correlation)}
	}
	for _, tt := range []struct {
		name, query string
		change      func(*workload.Table)
		want        string // "" or the method and column
	}{
		{"range in order", "SELECT * FROM t WHERE at > $1", nil, "brin at"},
		{"small", "SELECT * FROM t WHERE at > $1", func(t *workload.Table) { t.Pages = opt.Of(1900.0) }, ""},
		{"scattered", "SELECT * FROM t WHERE other > $1", nil, ""},
		{"an equality too", "SELECT * FROM t WHERE at > $1 AND other = $2", nil, ""},
		{"changed", "SELECT * FROM t WHERE at > $1", func(t *workload.Table) { t.Inserted, t.Updated = opt.Of(0.0), opt.Of(1e6) }, ""},
		{"overlap", "SELECT * FROM t WHERE during && $1", nil, "gist during"},
		{"nearest", "SELECT * FROM t ORDER BY spot <-> $1 LIMIT 5", nil, "gist spot"},
		{"farthest", "SELECT * FROM t ORDER BY spot <-> $1 DESC LIMIT 5", nil, ""},
		{"a part of a text", "SELECT * FROM t WHERE note ILIKE $1", nil, "gin note"},
		{"not a part of a text", "SELECT * FROM t WHERE note NOT ILIKE $1 AND note NOT LIKE $2 AND note !~ $3", nil, ""},
		{"range's element order", "SELECT * FROM t ORDER BY at LIMIT 5", nil, ""},
	} {
		snap := pgtest.TableOf(
			&workload.Column{Name: "at", Type: "timestamp with time zone", Stats: stats(0.99)}, &workload.Column{Name: "other", Type: "bigint", Stats: stats(0.1)},
			&workload.Column{Name: "during", Type: "tstzrange", Stats: stats(0)}, &workload.Column{Name: "spot", Type: "point", Stats: stats(0)},
			&workload.Column{Name: "note", Type: "text", Stats: stats(0)},
		)
		table := snap.Tables[0]
		table.Kind, table.Pages, table.Tuples = "r", opt.Of(20000.0), opt.Of(2e6)
		if tt.change != nil {
			tt.change(table)
		}
		a := New(snap)
		q, err := sql.Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, def := range candidateDefs(a.planner.Read(q, planner.Call{}), 0) {
			if def.Method != "btree" {
				got += def.Method + " " + def.Keys[0].Column
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
