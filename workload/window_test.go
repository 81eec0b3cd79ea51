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
	const want = `1: {10 true}{100 true}{10 true}{0 false} of {9010 true}
2: {7 true}{70 true}{10 true}{0.5 true} of {7 true}
3: {4 true}{8 true}{2 true}{0.5 true} of {4 true}
`
	if strings.ReplaceAll(got, "} {", "}{") != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A counter of live rows that more rows than were ever inserted refute is no
// row count.
func TestForgetLive(t *testing.T) {
	const head = "relname,seq_scan,seq_tup_read,n_tup_ins,n_tup_upd,n_tup_del,n_live_tup,n_dead_tup,last_vacuum,last_analyze\n"
	tests := map[string]struct {
		row   string
		known bool
	}{
		"a scan read more than was inserted":  {"t,4,24000000,120,14500,0,120,14380,,", false},
		"more deleted than inserted":          {"t,0,0,100,0,5000,0,5000,,", false},
		"rows updated, none inserted":         {"t,0,0,0,50,0,0,50,,", false},
		"all rows were inserted and counted":  {"t,4,4000,1000,10,0,1000,10,,", true},
		"rows came and went":                  {"t,10,5000,1000,0,900,100,900,,", true},
		"ANALYZE has set it right":            {"t,4,24000000,120,14500,0,120,14380,,2026-01-01 10:00:00+00", true},
		"a vacuum has set it right":           {"t,4,24000000,120,14500,0,120,14380,2026-01-01 10:00:00+00,", true},
		"a scan that a LIMIT ended read less": {"t,4,40,1000,0,0,1000,0,,", true},
	}
	for name, test := range tests {
		s := exported(t, head+test.row+"\n")
		forgot := len(s.ForgetLive()) > 0
		if known := s.Table("", "t").Live.Known(); known != test.known || forgot == known {
			t.Errorf("%s: known %v", name, known)
		}
	}
}

func exported(t *testing.T, text string) *Snapshot {
	t.Helper()
	s := new(Snapshot)
	if got, err := s.Read("x.csv", strings.NewReader(text)); err != nil || len(got.Warnings) > 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	return s
}
