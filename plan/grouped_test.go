package plan_test

import (
	"fmt"
	"testing"
)

// Authors group the digits of large counts.
func TestGroupedDigits(t *testing.T) {
	for _, c := range []struct {
		removed, buffers string
		wantRemoved      float64
		hit, read        float64
	}{
		{"40 920 000", "shared hit=40 553 119", 40920000, 40553119, 0},
		{"40,920,000", "shared hit=40,553,119 read=1,234, temp read=5 written=6", 40920000, 40553119, 1234},
		{"40.920", "shared hit=553.119 read=7", 40920, 553119, 7},
		{"40_920", "shared hit=553_119 read=1_007", 40920, 553119, 1007},
		{"40\u00a0920", "shared hit=553\u00a0119 read=12", 40920, 553119, 12},
		{"409200", "shared hit=1234 read=12", 409200, 1234, 12},
	} {
		n := read(t, fmt.Sprintf(`Index Scan using t_x on t  (cost=0.57..9.34 rows=1 width=4) (actual time=0.1..9.5 rows=7 loops=1)
  Index Cond: (x > 1)
  Filter: (y = '1 000')
  Rows Removed by Filter: %s
  Buffers: %s
`, c.removed, c.buffers))[0]
		if got := n.Number("Rows Removed by Filter").Or(-1); got != c.wantRemoved {
			t.Errorf("%s: got %v", c.removed, got)
		}
		if hit, read := n.Buffers.SharedHit.Or(-1), n.Buffers.SharedRead.Or(-1); hit != c.hit || read != c.read {
			t.Errorf("%s: got %v and %v", c.buffers, hit, read)
		}
		if got := n.Text("Filter").Raw(); got != "(y = '1 000')" {
			t.Errorf("got %s", got)
		}
	}
}
