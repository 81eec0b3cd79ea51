package review_test

import (
	"slices"
	"strings"
	"testing"
)

// What writes cannot run on a standby; the end of a session has to run where the session is.
func TestChangesOfAStandby(t *testing.T) {
	const (
		tables  = "exported_at,schemaname,relname,seq_scan,n_live_tup,n_dead_tup,n_mod_since_analyze\n2026-11-29 21:00:00+00,public,boats,9,50000,400000,10\n"
		waiting = "pid,backend_type,state,wait_event_type,wait_event,xact_start,query_start,state_change,blocked_by,query\n" +
			"10,client backend,idle in transaction,Client,ClientRead,2026-11-29 20:00:00+00,2026-11-29 20:00:00+00,2026-11-29 20:00:01+00,{},select 1\n" +
			"11,client backend,active,Lock,relation,2026-11-29 20:10:00+00,2026-11-29 20:10:00+00,2026-11-29 20:10:00+00,{10},select 2 from boats\n"
	)
	for recovery, want := range map[string]bool{"t": true, "f": false} {
		rep := run(t, write(t, map[string]string{"t.csv": tables, "a.csv": waiting, "d.csv": "datname,in_recovery,xact_commit,stats_reset\napp," + recovery + ",10,2026-08-01 00:00:00+00\n"}))
		said := map[string]bool{}
		for _, r := range rep.Recommendations {
			said[r.Action] = slices.ContainsFunc(r.Lock.Cautions, func(c string) bool { return strings.Contains(c, "on the primary") })
		}
		if vacuum, there := said["vacuum"]; !there || vacuum != want {
			t.Errorf("in_recovery %s: %v", recovery, said)
		}
		if end, there := said["end_session"]; !there || end {
			t.Errorf("in_recovery %s: %v", recovery, said)
		}
	}
}
