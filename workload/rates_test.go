package workload

import (
	"fmt"
	"testing"
)

// A rate per day is of more than a call: of a handful it is only in a window of
// a day or more.
func TestCallsPerDay(t *testing.T) {
	for _, c := range []struct {
		calls int
		reset string
		want  string
	}{
		{1, "2026-10-31 20:00:00+00", "none"}, {1, "2026-10-01 00:00:00+00", "none"},
		{9, "2026-10-31 20:00:00+00", "none"}, {2, "2026-10-30 00:00:00+00", "1"},
		{10, "2026-10-31 19:00:00+00", "48"}, {0, "2026-10-31 19:00:00+00", "0"},
	} {
		s := snapshotOf(t,
			fmt.Sprintf("exported_at,queryid,query,calls,total_exec_time\n2026-11-01 00:00:00+00,1,SELECT 1,%d,5\n", c.calls),
			"exported_at,datname,xact_commit,stats_reset\n2026-11-01 00:00:00+00,post,9,"+c.reset+"\n")
		got := "none"
		if v, ok := s.CallsPerDay(s.Statements[0]).Get(); ok {
			got = fmt.Sprintf("%.0f", v)
		}
		if got != c.want {
			t.Errorf("%d calls since %s: %s per day, want %s", c.calls, c.reset, got, c.want)
		}
	}
}
