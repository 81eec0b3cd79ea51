package plan_test

import (
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// TestSelfIO: the time for reading and writing blocks is each node's own, and a node
// whose line is missing took none. The CTE's is subtracted from the scan that ran it.
func TestSelfIO(t *testing.T) {
	list, err := plan.Parse([]byte(`Sort  (cost=9.00..9.00 rows=2 width=8) (actual time=9.0..9.1 rows=2 loops=1)
  Sort Key: w.id
  Buffers: shared read=30, temp read=4 written=4
  I/O Timings: shared read=7.500 write=1.000, temp read=0.250 write=0.500
  CTE w
    ->  Seq Scan on t  (cost=0.00..5.00 rows=2 width=8) (actual time=0.1..5.0 rows=2 loops=1)
          Buffers: shared read=20
          I/O Timings: shared read=4.500
  ->  CTE Scan on w  (cost=0.00..6.00 rows=2 width=8) (actual time=0.1..6.0 rows=2 loops=1)
        Buffers: shared read=20
        I/O Timings: shared read=4.500
Planning Time: 0.1 ms
Execution Time: 9.2 ms
`))
	if err != nil {
		t.Fatal(err)
	}
	for n := range list[0].Nodes() {
		want := []float64{3 + 1 + 0.25 + 0.5, 4.5, 0}[n.ID]
		if got := n.SelfIO().Sum().Or(-1); got != want {
			t.Errorf("#%d %s: %v ms, want %v", n.ID, n.Type, got, want)
		}
	}
}
