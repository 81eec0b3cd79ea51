package indexadvisor_test

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/testcase"
	"github.com/pgverdict/pgverdict/plan"
)

// A hash join priced as a nested loop over an index costs what PostgreSQL 15
// says of it once the index is built.
func TestForHashJoin(t *testing.T) {
	for name, c := range map[string]struct {
		index string
		cost  float64 // of the join with the index; 0: it proposes none that pays
	}{
		"fires-join":          {"reading (sensor_id)", 6616.85},
		"fires-join-covering": {"reading (sensor_id)", 0},
	} {
		files, err := testcase.Files("../testdata/rules/seq-scan/" + name)
		if err != nil {
			t.Fatal(err)
		}
		plans, _ := plan.Parse([]byte(files["plan.txt"]))
		joins := 0
		for n := range plans[0].Nodes() {
			if n.Type != "Hash Join" {
				continue
			}
			joins++
			l := indexadvisor.New(nil).ForHashJoin(n, n.Children[0])
			if l.Index == nil || l.Index.String() != c.index {
				t.Fatalf("%s: proposes %v", name, l.Index)
			}
			if after := l.ScanAfter.Or(0); c.cost > 0 && math.Abs(after/c.cost-1) > 0.01 || c.cost == 0 && !l.Right() {
				t.Errorf("%s: the join with it costs %.2f, the server says %.2f", name, after, c.cost)
			}
		}
		if joins != 1 {
			t.Errorf("%s: %d hash joins", name, joins)
		}
	}
}
