package workload

import (
	"fmt"
	"strings"
	"testing"
)

// After Since all counters are those of the time between; what they were since
// their reset stays at hand.
func TestSince(t *testing.T) {
	const head = "exported_at,dbid,queryid,query,calls,total_exec_time,mean_exec_time,min_exec_time\n"
	a := exported(t, head+"2026-01-01 10:00:00+00,5,1,SELECT a,9000,9000,1,0.5\n2026-01-01 10:00:00+00,5,2,SELECT b,50,100,2,0.5\n")
	b := exported(t, head+"2026-01-01 11:00:00+00,5,1,SELECT a,9010,9100,1.01,0.5\n2026-01-01 11:00:00+00,5,2,SELECT b,7,70,10,0.5\n2026-01-01 11:00:00+00,5,3,SELECT c,4,8,2,0.5\n")
	if note := b.Since(a); note != "" {
		t.Fatal(note)
	}
	got := ""
	for _, st := range b.Statements {
		got += fmt.Sprint(st.QueryID, ": ", st.Calls, st.TotalMs, st.MeanMs, st.MinMs, " of ", st.SinceReset().Calls, "\n")
	}
	// 2 was evicted in between and began anew, 3 is new: both counted all since.
	const want = `1: 10 100 10 absent of 9010
2: 7 70 10 0.5 of 7
3: 4 8 2 0.5 of 4
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Which row of hidden text is which nothing tells: what they did together is
// known, and no share is lost by it.
func TestSinceOfHidden(t *testing.T) {
	const head = "exported_at,dbid,userid,queryid,query,calls,total_exec_time\n"
	const secret = "<insufficient privilege>"
	a := exported(t, head+"2026-01-01 10:00:00+00,5,10,1,SELECT a,9000,9000\n2026-01-01 10:00:00+00,5,11,,"+secret+",500,50000\n2026-01-01 10:00:00+00,5,12,,"+secret+",50,500\n")
	tests := map[string]struct {
		hidden string // rows of the later export
		want   string
	}{
		"both went on":    {"2026-01-01 11:00:00+00,5,11,," + secret + ",600,52000\n2026-01-01 11:00:00+00,5,12,," + secret + ",60,540\n", "110 2040, 0 0"},
		"one is new":      {"2026-01-01 11:00:00+00,5,11,," + secret + ",500,50000\n2026-01-01 11:00:00+00,5,12,," + secret + ",50,500\n2026-01-01 11:00:00+00,5,13,," + secret + ",7,70\n", "7 70, 0 0, 0 0"},
		"one was evicted": {"2026-01-01 11:00:00+00,5,11,," + secret + ",510,50010\n", "absent absent"},
	}
	for name, test := range tests {
		b := exported(t, head+"2026-01-01 11:00:00+00,5,10,1,SELECT a,9010,9100\n"+test.hidden)
		if note := b.Since(a); note != "" {
			t.Fatal(name, note)
		}
		var got []string
		for _, st := range b.Statements {
			if st.Hidden() {
				got = append(got, fmt.Sprintf("%v %v", st.Calls, st.TotalMs))
			}
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%s: got %s, want %s", name, s, test.want)
		}
	}
}
