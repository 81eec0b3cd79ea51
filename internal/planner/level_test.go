package planner

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// A sub-select costs what it costs once for each time that it is asked: for
// each row where it depends on it, else once; and where what stands in it
// cannot become part of the level, nothing of it stays there.
func TestLevels(t *testing.T) {
	snap := pgtest.TableOf(&workload.Column{Name: "a", Type: "integer", Stats: &workload.ColumnStats{
		NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(100.0), Correlation: opt.Of(0.0), MCVFreqs: []float64{0.01},
	}})
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	a := plannerOf(snap)
	// cost_seqscan with and without one operator, and cost_agg over the 1,000
	// rows that pass.
	all, some := 1000+100000*0.01, 1000+100000*(0.01+0.0025)
	counted := some + 1000*0.0025 + 0.01
	for _, test := range []struct {
		text string
		cost float64
	}{
		{"SELECT (SELECT count(*) FROM t u WHERE u.a = t.a) FROM t", all + 100000*counted},
		{"SELECT (SELECT count(*) FROM t u WHERE u.a = $1) FROM t", all + counted},
		{"SELECT * FROM (SELECT a FROM t) d WHERE d.a = $1", some},
		{"WITH d AS (SELECT a FROM t) SELECT * FROM d WHERE d.a = $1", some},
		{"WITH d AS MATERIALIZED (SELECT a FROM t) SELECT * FROM d WHERE d.a = $1", all + 100000*(2*0.01+0.0025)},
		{"SELECT * FROM t WHERE a = (SELECT a FROM t LIMIT 1)", some + all/100000},
		{"SELECT a FROM t UNION ALL SELECT a FROM t", 2*all + 0.5*0.01*200000},
		{"SELECT a FROM t FOR UPDATE", all + 0.01*100000},
		{"SELECT 1 FROM t x WHERE EXISTS (SELECT 1 FROM generate_series(1, 3) g FULL JOIN t z ON z.a = (SELECT z.x FROM t LIMIT 1))", -1},
	} {
		q, err := sql.Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		l := a.Read(q, Call{})
		if l == nil {
			t.Errorf("%s: no level", test.text)
			continue
		}
		if got := a.Cost(l, nil); test.cost > 0 && math.Abs(got-test.cost) > 1e-6*test.cost || got <= 0 {
			t.Errorf("%s: %v, want %v", test.text, got, test.cost)
		}
	}
}

func plannerOf(snap *workload.Snapshot) *Planner { return New(snap, indexcost.New(snap)) }
