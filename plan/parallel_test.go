package plan_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// Below a Gather the planner divides rows by get_parallel_divisor: 2.4 for two
// workers and the leader, 4 for four workers. Rows that each process produces
// completely are not divided.
func TestExpectedTotal(t *testing.T) {
	two := `Gather  (cost=1000.00..9000.00 rows=24000 width=8) (actual time=1.000..90.000 rows=300 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Nested Loop  (cost=0.00..8000.00 rows=10000 width=8) (actual time=1.000..80.000 rows=100 loops=3)
        ->  Parallel Seq Scan on parcels  (cost=0.00..4000.00 rows=5000 width=8) (actual time=1.000..30.000 rows=50 loops=3)
        ->  Index Scan using stops_parcel on stops  (cost=0.10..0.50 rows=2 width=8) (actual time=0.010..0.020 rows=2 loops=150)
`
	counts := `Finalize Aggregate  (cost=9000.00..9001.00 rows=1 width=8) (actual time=1.000..90.000 rows=1 loops=1)
  ->  Gather  (cost=1000.00..9000.00 rows=4 width=8) (actual time=1.000..90.000 rows=5 loops=1)
        Workers Planned: 4
        Workers Launched: 4
        ->  Partial Aggregate  (cost=0.00..8000.00 rows=1 width=8) (actual time=1.000..80.000 rows=1 loops=5)
              ->  Parallel Seq Scan on parcels  (cost=0.00..4000.00 rows=5000 width=8) (actual time=1.000..30.000 rows=50 loops=5)
`
	for name, c := range map[string]struct {
		in   string
		want []float64
	}{
		"two workers and the leader": {two, []float64{24000, 24000, 12000, 300}},
		"two workers alone":          {two + "Settings: parallel_leader_participation = 'off'\n", []float64{24000, 20000, 10000, 300}},
		"one of the two":             {strings.ReplaceAll(two, "Launched: 2", "Launched: 1"), []float64{24000, 24000, 12000, 300}},
		"scanned twice":              {strings.NewReplacer("loops=1)", "loops=2)", "loops=3", "loops=6").Replace(two), []float64{48000, 48000, 24000, 300}},
		"four, and their counts":     {counts, []float64{1, 4, 5, 20000}},
		"without a Gather":           {two[strings.Index(two, "  ->  Nested"):], []float64{30000, 15000, 300}},
	} {
		i := 0
		for n := range onePlan(t, c.in)[0].Nodes() {
			if got := n.ExpectedTotal.Or(-1); i >= len(c.want) || got < c.want[i]-0.01 || got > c.want[i]+0.01 {
				t.Errorf("%s, node %d: got %v, want %v", name, i, got, c.want)
			}
			i++
		}
	}
	// An estimate is printed per process as well.
	p, _ := plan.Parse([]byte("Gather  (cost=1.00..9.00 rows=24 width=8)\n  Workers Planned: 2\n  ->  Parallel Seq Scan on parcels  (cost=0.00..4.00 rows=10 width=8)\n"))
	if got := p[0].Root.Children[0].ExpectedTotal.Or(0); got != 24 {
		t.Errorf("got %v", got)
	}
}
