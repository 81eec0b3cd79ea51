package selectivity

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Bounds of [0,10), [10,20) and [20,30): of the upper ones a tenth lies below 12
// (a fifth of the first of two bins), of the lower ones 0.7 not above 14.
//
// With lengths spread evenly from 0 to 20 a range holds [12,14) that begins in
// [10,12] and is longer than 2 to 4, in the mean 0.85 of them, or begins in
// [0,10] and is longer than 4 to 14: 0.85 * 0.2/2 + 0.55 * 1/2. Within [0,20) is
// a range that begins in [10,20) and is no longer than 0 to 10, a quarter, or in
// [0,10) and no longer than 10 to 20, by the server's sum a quarter too.
func TestOverlap(t *testing.T) {
	stats := &workload.ColumnStats{NullFrac: opt.Of(0.5), NDistinct: opt.Of(-1.0), RangeEmpty: opt.Of(0.2)}
	stats.RangeBounds, _ = workload.ParseValues(`{"[0,10)","[10,20)","[20,30)"}`)
	long := *stats
	long.RangeLengths = []float64{0, 20}
	snap := pgtest.TableOf(&workload.Column{Name: "long", Type: "int4range", Stats: &long}, &workload.Column{Name: "r", Type: "int4range", Stats: stats}, &workload.Column{Name: "none", Type: "int4range", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0)}})
	snap.Tables[0].Tuples = opt.Of(1000.0)
	for _, tt := range []struct {
		cond  string
		want  float64
		known bool
	}{
		{"r && '[12,14)'", (1 - 0.1 - 0.3) * 0.8 * 0.5, true},
		{"r @> 12", (1 - 0.1 - 0.4) * 0.8 * 0.5, true},
		{"r && '(,4)'", 0.2 * 0.8 * 0.5, true}, // only what begins up to 4: a fifth
		{"r && '[40,)'", 0, true},
		{"r && $1", 0.01, false},
		{"r @> '[12,14)'", 0.005, false}, // by the lengths of the ranges, which are not there
		{"long @> '[12,13]'", (0.85*0.2/2 + 0.55/2) * 0.8 * 0.5, true},
		{"long <@ '[0,20)'", ((0.25/2+0.25/2)*0.8 + 0.2) * 0.5, true},
		{"none && '[12,14)'", 0.01, false},
	} {
		q, err := sql.Parse("SELECT * FROM t WHERE " + tt.cond)
		if err != nil {
			t.Fatal(err)
		}
		if got := Of(snap.Tables[0], q.Where[0]); math.Abs(got-tt.want) > 1e-9 || IntervalShare(snap.Tables[0], q.Where[0]).Known() != tt.known {
			t.Errorf("%s: %v, want %v", tt.cond, got, tt.want)
		}
	}
}
